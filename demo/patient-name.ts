/** A name that a hospital meets and software breaks on. */
export interface PatientName {
  /** Specific Character Set (0008,0005), its values with backslashes between. */
  characterSet: string;
  /** What a modality sends, one character for a byte. */
  bytes: string;
  /** What it says. */
  text: string;
}

type Row = [characterSet: string, bytes: string, text: string];

/** One for each character set that is read; those with code extensions after PS3.5 annexes H to K. */
// prettier-ignore
const rows: Row[] = [
  ['', 'Doe^Jane', 'Doe^Jane'],
  ['ISO_IR 192', 'Wang^XiaoDong=\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x9d\xb1=', 'Wang^XiaoDong=王^小東='],
  ['ISO_IR 100', "O'M\xfcller^Ja\xf1a", "O'Müller^Jaña"],
  ['ISO_IR 101', 'Wa\xb3\xeasa^Lech', 'Wałęsa^Lech'],
  ['ISO_IR 109', '\xa1alil^\xc5ensu', 'Ħalil^Ċensu'],
  ['ISO_IR 110', 'B\xear\xfei\xf1\xf0^Zane', 'Bęrūiņđ^Zane'],
  ['ISO_IR 144', '\xb8\xd2\xd0\xdd\xde\xd2^\xb8\xd2\xd0\xdd', 'Иванов^Иван'],
  ['ISO_IR 127', '\xe2\xc8\xc7\xe6\xea^\xe4\xe6\xd2\xc7\xd1', 'قباني^لنزار'],
  ['ISO_IR 126', '\xc4\xe9\xef\xed^\xcc\xdc\xf1\xe9\xef\xf2', 'Διον^Μάριος'],
  ['ISO_IR 138', '\xf9\xf8\xe5\xef^\xe3\xe1\xe5\xf8\xe4', 'שרון^דבורה'],
  ['ISO_IR 148', '\xdeim\xfeek^\xd6zg\xfcr', 'Şimşek^Özgür'],
  ['ISO_IR 166', '\xca\xc1\xaa\xd2\xc2^\xe3\xa8\xb4\xd5', 'สมชาย^ใจดี'],
  ['ISO_IR 13', '\xd4\xcf\xc0\xde^\xc0\xdb\xb3', 'ﾔﾏﾀﾞ^ﾀﾛｳ'],
  ['ISO_IR 203', 'C\xbdur^L\xe9a', 'Cœur^Léa'],
  [
    '\\ISO 2022 IR 87',
    'Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B',
    'Yamada^Tarou=山田^太郎=やまだ^たろう',
  ],
  [
    'ISO 2022 IR 13\\ISO 2022 IR 87',
    '\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J',
    'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう',
  ],
  ['\\ISO 2022 IR 87\\ISO 2022 IR 159', 'Qi=\x1b$(D\x30\x21\x1b(B^\x1b$BB@\x1b(B', 'Qi=丂^太'],
  [
    '\\ISO 2022 IR 149',
    'Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf',
    'Hong^Gildong=洪^吉洞=홍^길동',
  ],
  ['\\ISO 2022 IR 58', 'Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=', 'Zhang^XiaoDong=张^小东='],
  ['ISO 2022 IR 100\\ISO 2022 IR 144', 'Andr\xe9^\x1b-L\xb8\xd2\xd0\xdd', 'André^Иван'],
  ['GB18030', 'Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab=', 'Wang^XiaoDong=王^小东='],
  ['GBK', 'Wang^XiaoDong=\xcd\xf5^\xd0\xa1\x96|=', 'Wang^XiaoDong=王^小東='],
];

export const patientNames: readonly PatientName[] = rows.map(([characterSet, bytes, text]) => ({
  characterSet,
  bytes,
  text,
}));
