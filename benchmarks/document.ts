/** A table in Markdown; a bar in a cell would end it and is escaped. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/**
 * Puts `content` between the markers `<!-- NAME -->` and `<!-- /NAME -->` and leaves all else as it is. Throws where
 * the markers are not there exactly once and in this order: better no figures than figures in the wrong place.
 */
export function replaceSection(document: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [before, rest, ...more] = document.split(open);
  const [, after, ...others] = (rest ?? '').split(close);
  if (before === undefined || after === undefined || more.length + others.length > 0)
    throw new Error(`the document must hold ${open} and ${close} once, in this order`);
  return `${before}${open}\n\n${content.trim()}\n\n${close}${after}`;
}
