/**
 * Decoded text. `doubtful`: some bytes meant nothing in the character sets named, and stand as `<E9>`, their
 * hexadecimal value; or no set is named that is known, and the text is a guess. No byte is lost either way.
 */
export interface DecodedText {
  text: string;
  doubtful: boolean;
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

/** A set without code extension, which stands alone and takes the whole text. */
interface WholeText {
  encoding: string;
  /** How many bytes the character that begins there takes, by its first bytes. */
  length(bytes: Uint8Array, at: number): number;
}

const unicode: WholeText = {
  encoding: 'utf-8',
  length: (bytes, at) => (bytes[at]! < 0xe0 ? 2 : bytes[at]! < 0xf0 ? 3 : 4),
};

const chinese = (encoding: string): WholeText => ({
  encoding,
  length: (bytes, at) => (isDigit(bytes[at + 1] ?? 0) ? 4 : 2),
});

/** By registration or defined term, and by what the field writes for it. */
const wholeText: Readonly<Record<string, WholeText>> = {
  192: unicode,
  'UTF-8': unicode,
  UTF8: unicode,
  GB18030: chinese('gb18030'),
  GBK: chinese('gbk'),
  GB2312: chinese('gbk'),
};

/** Registrations that mean something only with code extension: ASCII, and the sets for the lower half. */
const lowerRegistrations = ['6', '14', '87', '159'];

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
 * (PS3.5 6.1; none is ASCII). Never throws. A byte that means nothing becomes its hexadecimal value, such as `<E9>`.
 * Where no set is named that is known, a text beyond ASCII is taken for UTF-8 if it is well-formed, else for
 * Windows-1252, which has Latin 1 in it.
 */
export function decodeText(bytes: Uint8Array, charset: readonly string[]): DecodedText {
  return decodeWith(bytes, charset, textDelimiters);
}

/** The same for a person name, in which `^` and `=` end what was designated too (PS3.5 6.2.1.1). */
export function decodePersonName(bytes: Uint8Array, charset: readonly string[]): DecodedText {
  return decodeWith(bytes, charset, personNameDelimiters);
}

/** The text of an attribute that no character set governs. A byte beyond ASCII becomes its hexadecimal value. */
export function decodeAscii(bytes: Uint8Array): string {
  if (isPlain(bytes)) return latin1(bytes);
  return Array.from(bytes, (byte) =>
    byte < 0x80 ? String.fromCharCode(byte) : named([byte]),
  ).join('');
}

function decodeWith(
  bytes: Uint8Array,
  charset: readonly string[],
  delimiters: ReadonlySet<number>,
): DecodedText {
  if (isPlain(bytes)) return { text: latin1(bytes), doubtful: false };
  const sets = charset.map(registrationOf);
  const whole = entryOf(wholeText, sets[0] ?? '');
  if (whole) return decodeWhole(bytes, whole);
  // Some equipment designates its one double-byte set only once, or never: then that is what the upper half means.
  const [upper] = sets.flatMap((set) => entryOf(upperByRegistration, set) ?? []);
  const isKnown = upper !== undefined || sets.some((set) => lowerRegistrations.includes(set));
  return isKnown || bytes.includes(escape)
    ? decodeDesignated(bytes, { lower: ascii, upper }, delimiters)
    : guess(bytes);
}

function isPlain(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte < 0x80 && byte !== escape);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

/** `100` of `ISO_IR 100` and of its misspellings in the field; other terms are themselves. */
function registrationOf(term: string): string {
  const upper = term.toUpperCase();
  return /^ISO[_ -]?(?:2022[_ -]?)?IR[_ -]?(\d+)$/.exec(upper)?.[1] ?? upper;
}

/** Terms come from outside: what every object inherits, such as `constructor`, is no set. */
function entryOf<T>(table: Readonly<Record<string, T>>, set: string): T | undefined {
  return Object.hasOwn(table, set) ? table[set] : undefined;
}

function guess(bytes: Uint8Array): DecodedText {
  const sound = tryDecoding('utf-8', bytes);
  if (sound !== undefined) return { text: sound, doubtful: true };
  const windows = Array.from(new TextDecoder('windows-1252').decode(bytes), (character, at) =>
    isControl(character) ? named([bytes[at]!]) : character,
  );
  return { text: windows.join(''), doubtful: true };
}

/** In one go where it is sound; otherwise character by character, so that one bad byte spoils no other. */
function decodeWhole(bytes: Uint8Array, { encoding, length }: WholeText): DecodedText {
  const sound = tryDecoding(encoding, bytes);
  if (sound !== undefined) return { text: sound, doubtful: false };
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const end = bytes[at]! < 0x80 ? at + 1 : at + length(bytes, at);
    const character = end <= bytes.length && tryDecoding(encoding, bytes.subarray(at, end));
    text += character || named([bytes[at]!]);
    at = character ? end : at + 1;
  }
  return { text, doubtful: true };
}

function tryDecoding(encoding: string, bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** One of C1, which no text may have (PS3.5 6.1.3). */
function isControl(character: string): boolean {
  return character >= '\u0080' && character <= '\u009f';
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Bytes that mean nothing, by their hexadecimal values: `<E9>`. */
function named(bytes: Iterable<number>): string {
  return Array.from(bytes, (byte) => `<${byte.toString(16).padStart(2, '0').toUpperCase()}>`).join(
    '',
  );
}

function decodeDesignated(
  bytes: Uint8Array,
  initial: CodeTable,
  delimiters: ReadonlySet<number>,
): DecodedText {
  let table = initial;
  let text = '';
  let doubtful = false;
  for (let at = 0; at < bytes.length;) {
    const designation = designationAt(bytes, at);
    if (designation) {
      table = { ...table, ...designations[designation] };
      at += 1 + designation.length;
      continue;
    }
    const character = decodeCharacter(bytes, at, table);
    if (character.length === 1 && delimiters.has(bytes[at]!)) table = initial;
    doubtful ||= character.text === undefined;
    text += character.text ?? named(bytes.subarray(at, at + character.length));
    at += character.length;
  }
  return { text, doubtful };
}

function designationAt(bytes: Uint8Array, at: number): string | undefined {
  if (bytes[at] !== escape) return undefined;
  const following = String.fromCharCode(...bytes.subarray(at + 1, at + 4));
  return [following.slice(0, 2), following].find((designation) => designation in designations);
}

/**
 * One character and how many bytes it took; no text for bytes that mean nothing. A control character or a space is
 * itself in every table.
 */
function decodeCharacter(bytes: Uint8Array, at: number, table: CodeTable) {
  const byte = bytes[at]!;
  if (byte === escape) return { text: undefined, length: 1 };
  if (byte <= 0x20) return { text: String.fromCharCode(byte), length: 1 };
  const set = byte < 0x80 ? table.lower : table.upper;
  const code = bytes.subarray(at, at + (set?.bytesPerCharacter ?? 1));
  const sameHalf = code.every((each) => each >> 7 === byte >> 7);
  if (!set || code.length < set.bytesPerCharacter || !sameHalf)
    return { text: undefined, length: 1 };
  const text = set.decode(code.map((each) => each & 0x7f));
  const isCharacter = !text.includes(replacement) && !isControl(text);
  return { text: isCharacter ? text : undefined, length: code.length };
}
