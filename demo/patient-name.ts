/** Names that a hospital meets and software breaks on, in the bytes that a modality sends, one for a byte. */
export interface PatientName {
  /** Specific Character Set (0008,0005), its values with backslashes between. */
  characterSet: string;
  bytes: string;
}

/** One for each character set that is read; those with code extensions after PS3.5 annexes H to K. */
export const patientNames: readonly PatientName[] = [
  { characterSet: '', bytes: 'Doe^Jane' },
  { characterSet: 'ISO_IR 192', bytes: 'Wang^XiaoDong=\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x9d\xb1=' },
  { characterSet: 'ISO_IR 100', bytes: "O'M\xfcller^Ja\xf1a" },
  { characterSet: 'ISO_IR 101', bytes: 'Wa\xb3\xeasa^Lech' },
  { characterSet: 'ISO_IR 109', bytes: '\xa1alil^\xc5ensu' },
  { characterSet: 'ISO_IR 110', bytes: 'B\xear\xfei\xf1\xf0^Zane' },
  { characterSet: 'ISO_IR 144', bytes: '\xb8\xd2\xd0\xdd\xde\xd2^\xb8\xd2\xd0\xdd' },
  { characterSet: 'ISO_IR 127', bytes: '\xe2\xc8\xc7\xe6\xea^\xe4\xe6\xd2\xc7\xd1' },
  { characterSet: 'ISO_IR 126', bytes: '\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2' },
  { characterSet: 'ISO_IR 138', bytes: '\xf9\xf8\xe5\xef^\xe3\xe1\xe5\xf8\xe4' },
  { characterSet: 'ISO_IR 148', bytes: '\xdeim\xfeek^\xd6zg\xfcr' },
  { characterSet: 'ISO_IR 166', bytes: '\xca\xc1\xaa\xd2\xc2^\xe3\xa8\xb4\xd5' },
  { characterSet: 'ISO_IR 13', bytes: '\xd4\xcf\xc0\xde^\xc0\xdb\xb3' },
  { characterSet: 'ISO_IR 203', bytes: 'C\xbdur^L\xe9a' },
  {
    characterSet: '\\ISO 2022 IR 87',
    bytes: 'Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B',
  },
  {
    characterSet: 'ISO 2022 IR 13\\ISO 2022 IR 87',
    bytes:
      '\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J',
  },
  {
    characterSet: '\\ISO 2022 IR 87\\ISO 2022 IR 159',
    bytes: 'Qi=\x1b$(D\x30\x21\x1b(B^\x1b$BB@\x1b(B',
  },
  {
    characterSet: '\\ISO 2022 IR 149',
    bytes:
      'Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf',
  },
  {
    characterSet: '\\ISO 2022 IR 58',
    bytes: 'Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=',
  },
  { characterSet: 'ISO 2022 IR 100\\ISO 2022 IR 144', bytes: 'Andr\xe9^\x1b-L\xb8\xd2\xd0\xdd' },
  { characterSet: 'GB18030', bytes: 'Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=' },
  { characterSet: 'GBK', bytes: 'Wang^XiaoDong=\xcd\xf5^\xd0\xa1\x96|=' },
];
