/**
 * Text without the NULs and spaces that peers pad it with at its end. Takes time in proportion to the text: a regular
 * expression takes the square of it for a long run of spaces that is not at the end, and peers may send such a run.
 */
export function trimPaddingEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isPadding(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/** The same at both ends. */
export function trimPadding(text: string): string {
  const trimmed = trimPaddingEnd(text);
  let start = 0;
  while (start < trimmed.length && isPadding(trimmed.charCodeAt(start))) start += 1;
  return trimmed.slice(start);
}

function isPadding(code: number): boolean {
  return code === 0 || code === 0x20;
}
