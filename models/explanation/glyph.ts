/** Columns and rows of a letter. */
export const glyphSize = { columns: 5, rows: 7 };

/** Seven rows of five bits each, two hexadecimal digits a row; small letters are written as capitals. */
const glyphs: Record<string, string> = {
  A: '0e11111f111111',
  B: '1e11111e11111e',
  C: '0e11101010110e',
  D: '1e11111111111e',
  E: '1f10101e10101f',
  F: '1f10101e101010',
  G: '0e11101711110f',
  H: '1111111f111111',
  I: '0e04040404040e',
  J: '0702020202120c',
  K: '11121418141211',
  L: '1010101010101f',
  M: '111b1515111111',
  N: '11111915131111',
  O: '0e11111111110e',
  P: '1e11111e101010',
  Q: '0e11111115120d',
  R: '1e11111e141211',
  S: '0f10100e01011e',
  T: '1f040404040404',
  U: '1111111111110e',
  V: '11111111110a04',
  W: '1111111515150a',
  X: '11110a040a1111',
  Y: '1111110a040404',
  Z: '1f01020408101f',
  '0': '0e11131519110e',
  '1': '040c040404040e',
  '2': '0e11010204081f',
  '3': '1f02040201110e',
  '4': '02060a121f0202',
  '5': '1f101e0101110e',
  '6': '0608101e11110e',
  '7': '1f010204080808',
  '8': '0e11110e11110e',
  '9': '0e11110f01020c',
  ' ': '00000000000000',
  '.': '00000000000c0c',
  ',': '000000000c0408',
  ':': '000c0c000c0c00',
  '-': '0000001f000000',
  '+': '0004041f040400',
  '=': '00001f001f0000',
  '/': '00010204081000',
  '%': '18190204081303',
  '(': '02040808080402',
  ')': '08040202020408',
  _: '0000000000001f',
  ';': '000c0c000c0408',
  "'": '04040800000000',
  '"': '0a0a0a00000000',
  '!': '04040404040004',
  '?': '0e110102040004',
  '#': '0a0a1f0a1f0a0a',
  '&': '0c12140815120d',
  '*': '0004150e150400',
  '<': '02040810080402',
  '>': '08040201020408',
  '[': '0e08080808080e',
  ']': '0e02020202020e',
  '@': '0e11010d15150e',
};

const unknown = '1f11111111111f';

/** Whether a dot of a letter is set, by row and column; what has no glyph is a box. */
export function isDot(letter: string, row: number, column: number): boolean {
  const bits = glyphs[letter.toUpperCase()] ?? unknown;
  const line = Number.parseInt(bits.slice(2 * row, 2 * row + 2), 16);
  return ((line >> (glyphSize.columns - 1 - column)) & 1) === 1;
}

/** Whether every letter of a text can be written. */
export function isWritable(text: string): boolean {
  return Array.from(text).every((letter) => Object.hasOwn(glyphs, letter.toUpperCase()));
}
