/** Decoded text. `lossy`: some bytes meant nothing in the character sets named, and stand as U+FFFD. */
export interface DecodedText {
  text: string;
  lossy: boolean;
}

/** A set of graphic characters as ISO 2022 invokes it: how many bytes a character takes, and how they decode. */
interface CodeSet {
  bytesPerCharacter: 1 | 2;
  /** Takes characters of this set with the high bit of every byte cleared. */
  decode(sevenBit: Uint8Array): string;
}

/** What the lower (G0) and upper (G1) halves of the code table mean at one place of the text. */
interface CodeTable {
  lower: CodeSet;
  upper: CodeSet | undefined;
}

const ascii: CodeSet = {
  bytesPerCharacter: 1,
  decode: (bytes) => String.fromCharCode(...bytes),
};

/** JIS X 0201 katakana: the half-width forms of Unicode in the same order. */
const katakana: CodeSet = {
  bytesPerCharacter: 1,
  decode: (bytes) =>
    Array.from(bytes, (byte) =>
      byte > 0x20 && byte < 0x60 ? String.fromCharCode(0xff40 + byte) : '\ufffd',
    ).join(''),
};

/** The upper half of a single-byte set, by its name in the Encoding Standard. */
function upperHalf(encoding: string): CodeSet {
  const decoder = new TextDecoder(encoding);
  return {
    bytesPerCharacter: 1,
    decode: (bytes) => decoder.decode(bytes.map((byte) => byte | 0x80)),
  };
}

/** A 94×94 set, by the encoding that carries it with high bits set, after `prefix` for each character. */
function doubleByte(encoding: string, prefix: number[] = []): CodeSet {
  const decoder = new TextDecoder(encoding);
  return {
    bytesPerCharacter: 2,
    decode(bytes) {
      const carried: number[] = [];
      for (let at = 0; at < bytes.length; at += 2)
        carried.push(...prefix, ...bytes.subarray(at, at + 2).map((byte) => byte | 0x80));
      return decoder.decode(Uint8Array.from(carried));
    },
  };
}

const jisX0208 = doubleByte('euc-jp');
const jisX0212 = doubleByte('euc-jp', [0x8f]);
const ksX1001 = doubleByte('euc-kr');
const gb2312 = doubleByte('gbk');

/** The upper half that a defined term designates at the start of a value, by ISO registration (PS3.3 C.12.1.1.2). */
const upperByRegistration: Readonly<Record<string, CodeSet>> = {
  13: katakana,
  58: gb2312,
  100: upperHalf('iso-8859-1'),
  101: upperHalf('iso-8859-2'),
  109: upperHalf('iso-8859-3'),
  110: upperHalf('iso-8859-4'),
  126: upperHalf('iso-8859-7'),
  127: upperHalf('iso-8859-6'),
  138: upperHalf('iso-8859-8'),
  144: upperHalf('iso-8859-5'),
  148: upperHalf('iso-8859-9'),
  149: ksX1001,
  166: upperHalf('windows-874'),
  203: upperHalf('iso-8859-15'),
};

/** What follows ESC to designate a set to the lower or the upper half (PS3.3 tables C.12-3 and C.12-4). */
const designations: Record<string, Partial<CodeTable>> = {
  '(B': { lower: ascii },
  '(J': { lower: ascii },
  ')I': { upper: katakana },
  $B: { lower: jisX0208 },
  '$@': { lower: jisX0208 },
  '$(D': { lower: jisX0212 },
  '$)C': { upper: ksX1001 },
  '$)A': { upper: gb2312 },
  '-A': { upper: upperByRegistration[100] },
  '-B': { upper: upperByRegistration[101] },
  '-C': { upper: upperByRegistration[109] },
  '-D': { upper: upperByRegistration[110] },
  '-F': { upper: upperByRegistration[126] },
  '-G': { upper: upperByRegistration[127] },
  '-H': { upper: upperByRegistration[138] },
  '-L': { upper: upperByRegistration[144] },
  '-M': { upper: upperByRegistration[148] },
  '-T': { upper: upperByRegistration[166] },
  '-b': { upper: upperByRegistration[203] },
};

/** Sets without code extension, which stand alone and take the whole text; by registration or defined term. */
const wholeText = new Map([
  ['192', 'utf-8'],
  ['GB18030', 'gb18030'],
  ['GBK', 'gbk'],
]);

/** The defined terms of Specific Character Set that are decoded (PS3.3 C.12.1.1.2), besides none, which is ASCII. */
export const characterSetTerms: readonly string[] = [
  ...Object.keys(upperByRegistration)
    .filter((registration) => !['58', '149'].includes(registration))
    .flatMap((registration) => [`ISO_IR ${registration}`, `ISO 2022 IR ${registration}`]),
  ...['6', '58', '87', '149', '159'].map((registration) => `ISO 2022 IR ${registration}`),
  'ISO_IR 192',
  'GB18030',
  'GBK',
];

const escape = 0x1b;
const replacement = '\ufffd';
/** TAB, LF, FF, CR and the backslash between values: what was designated ends there (PS3.5 6.1.2.5.3). */
const textDelimiters: ReadonlySet<number> = new Set([0x09, 0x0a, 0x0c, 0x0d, 0x5c]);
const personNameDelimiters: ReadonlySet<number> = new Set([...textDelimiters, 0x5e, 0x3d]);

/**
 * Decodes a text, all its values and the backslashes between them included, by the values of Specific Character Set
 * (PS3.5 6.1; none is ASCII). Never throws: what cannot be decoded becomes U+FFFD and is reported as lossy.
 */
export function decodeText(bytes: Uint8Array, charset: readonly string[]): DecodedText {
  return decodeWith(bytes, charset, textDelimiters);
}

/** The same for a person name, in which `^` and `=` end what was designated too (PS3.5 6.2.1.1). */
export function decodePersonName(bytes: Uint8Array, charset: readonly string[]): DecodedText {
  return decodeWith(bytes, charset, personNameDelimiters);
}

function decodeWith(
  bytes: Uint8Array,
  charset: readonly string[],
  delimiters: ReadonlySet<number>,
): DecodedText {
  const set = registrationOf(charset[0] ?? '');
  const encoding = wholeText.get(set);
  const text = encoding
    ? new TextDecoder(encoding).decode(bytes)
    : decodeDesignated(bytes, { lower: ascii, upper: upperHalfOf(set) }, delimiters);
  return { text, lossy: text.includes(replacement) };
}

/** `100` of `ISO_IR 100` and of its misspellings in the field; other terms are themselves. Unknown ones leave ASCII. */
function registrationOf(term: string): string {
  return /^ISO[_ -]?(?:2022[_ -]?)?IR[_ -]?(\d+)$/i.exec(term)?.[1] ?? term;
}

/** Terms come from outside: what every object inherits, such as `constructor`, is no set. */
function upperHalfOf(set: string): CodeSet | undefined {
  return Object.hasOwn(upperByRegistration, set) ? upperByRegistration[set] : undefined;
}

function decodeDesignated(
  bytes: Uint8Array,
  initial: CodeTable,
  delimiters: ReadonlySet<number>,
): string {
  if (bytes.every((byte) => byte < 0x80 && byte !== escape))
    return Buffer.from(bytes).toString('latin1');
  let table = initial;
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const designation = designationAt(bytes, at);
    if (designation) {
      table = { ...table, ...designations[designation] };
      at += 1 + designation.length;
      continue;
    }
    const character = decodeCharacter(bytes, at, table);
    if (character.length === 1 && delimiters.has(bytes[at]!)) table = initial;
    text += character.text;
    at += character.length;
  }
  return text;
}

function designationAt(bytes: Uint8Array, at: number): string | undefined {
  if (bytes[at] !== escape) return undefined;
  const following = String.fromCharCode(...bytes.subarray(at + 1, at + 4));
  return [following.slice(0, 2), following].find((designation) => designation in designations);
}

/** One character and how many bytes it took. A control character or a space is itself in every table. */
function decodeCharacter(bytes: Uint8Array, at: number, table: CodeTable) {
  const byte = bytes[at]!;
  if (byte === escape) return { text: replacement, length: 1 };
  if (byte <= 0x20) return { text: String.fromCharCode(byte), length: 1 };
  const set = byte < 0x80 ? table.lower : table.upper;
  const code = bytes.subarray(at, at + (set?.bytesPerCharacter ?? 1));
  const sameHalf = code.every((each) => each >> 7 === byte >> 7);
  if (!set || code.length < set.bytesPerCharacter || !sameHalf)
    return { text: replacement, length: 1 };
  return { text: set.decode(code.map((each) => each & 0x7f)), length: code.length };
}
