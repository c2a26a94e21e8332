import { createHash } from 'node:crypto';
import { type Markup, toHtml } from './markup.ts';

/** No quote, no angle bracket and no ampersand may stand here: the text is escaped on its way into the page. */
const css = `
:root { color-scheme: light dark; --ground: #ffffff; --card: #f5f6f8; --line: #d5d9de; --text: #16191d;
  --quiet: #58626d; --one: #0b5cad; --other: #b4540a; --band: #0b5cad22; --bad: #a3123a; --good: #11653a; }
@media (prefers-color-scheme: dark) { :root { --ground: #0f1216; --card: #181c22; --line: #333b45; --text: #e8ebef;
  --quiet: #a2acb7; --one: #6cb2ff; --other: #ffa95c; --band: #6cb2ff2e; --bad: #ff8fa8; --good: #7fd6a4; } }
@media print { :root { color-scheme: light; --ground: #ffffff; --card: #ffffff; --line: #bbbbbb; --text: #000000;
  --quiet: #444444; --one: #0b5cad; --other: #b4540a; --band: #0b5cad22; --bad: #a3123a; --good: #11653a; }
  figure, tr, .tile { break-inside: avoid; } h2 { break-after: avoid; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 28px 24px 48px; background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, Noto Sans, DejaVu Sans, sans-serif; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 18px; margin: 36px 0 10px; padding-top: 14px; border-top: 1px solid var(--line); }
h3 { font-size: 14px; margin: 8px 0 2px; }
p { margin: 6px 0; max-width: 100ch; }
.quiet, figcaption, .note { color: var(--quiet); font-size: 13px; }
.banner { border: 2px solid var(--bad); color: var(--bad); font-weight: 700; padding: 10px 14px; margin: 0 0 18px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 12px; margin: 18px 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; }
.tile b { display: block; font-size: 30px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(400px, 1fr)); gap: 24px 28px; align-items: start; }
figure { margin: 0; min-width: 0; }
.wide { overflow-x: auto; }
svg { display: block; width: 100%; height: auto; font: 11px system-ui, Noto Sans, DejaVu Sans, sans-serif;
  font-variant-numeric: tabular-nums; }
svg text { fill: var(--text); }
svg text.quiet { fill: var(--quiet); font-size: inherit; }
.grid { stroke: var(--line); stroke-width: 1; fill: none; }
.axis { stroke: var(--quiet); stroke-width: 1; fill: none; }
.chance { stroke: var(--quiet); stroke-width: 1; stroke-dasharray: 3 4; fill: none; }
.one, .other, .limit { fill: none; stroke-width: 2; stroke-linejoin: round; }
.one { stroke: var(--one); } .other { stroke: var(--other); stroke-dasharray: 6 3; }
.limit { stroke: var(--text); stroke-width: 1.5; stroke-dasharray: 5 3; }
.band { fill: var(--band); stroke: none; }
.fill-one { fill: var(--one); stroke: none; } .fill-other { fill: var(--other); stroke: none; }
.hollow { fill: var(--ground); stroke: var(--quiet); stroke-width: 1.5; }
.point { fill: var(--text); stroke: var(--ground); stroke-width: 1.5; }
.cross { stroke: var(--text); stroke-width: 1.5; fill: none; }
.unsure { stroke: var(--quiet); stroke-width: 1.5; stroke-dasharray: 2 3; fill: none; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 5px 10px; border-bottom: 1px solid var(--line); vertical-align: top;
  white-space: nowrap; }
th, td:first-child, td.words { white-space: normal; }
th { font-weight: 600; color: var(--quiet); font-size: 13px; }
th:first-child, td:first-child, td.words, th.words { text-align: left; }
td.name { word-break: break-all; white-space: normal; }
.good { color: var(--good); font-weight: 700; } .bad { color: var(--bad); font-weight: 700; }
ul { margin: 6px 0; padding-left: 20px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; margin: 0; font-size: 13px; }
dt { color: var(--quiet); } dd { margin: 0; word-break: break-word; }
`;

/** The one style sheet is named by its hash, so that the page needs neither script nor any leave to run one. */
function securityPolicy(): string {
  const hash = createHash('sha256').update(css).digest('base64');
  return `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
}

/** A whole page that stands alone: it loads nothing and runs nothing. */
export function page(title: string, body: readonly Markup[]): string {
  const head: Markup[] = [
    ['meta', { charset: 'utf-8' }],
    ['meta', { 'http-equiv': 'Content-Security-Policy', content: securityPolicy() }],
    ['meta', { name: 'viewport', content: 'width=device-width' }],
    ['title', {}, title],
    ['style', {}, css],
  ];
  const html: Markup = ['html', { lang: 'en' }, ['head', {}, ...head], ['body', {}, ...body]];
  return `<!doctype html>\n${toHtml(html)}\n`;
}

export function paragraph(text: string, name = ''): Markup {
  return ['p', name ? { class: name } : {}, text];
}

export function section(title: string, ...content: Markup[]): Markup {
  return ['section', {}, ['h2', {}, title], ...content];
}

/** A cell of words, or a ready one. */
type Cell = string | readonly ['td', Readonly<Record<string, string>>, ...Markup[]];

/** A table whose first column is of words, as are those whose cells in the first row are. */
export function table(header: readonly string[], rows: readonly (readonly Cell[])[]): Markup {
  const cell = (content: Cell): Markup =>
    typeof content === 'string' ? ['td', {}, content] : content;
  const ofWords = (at: number) => /words/.test(attributesOf(rows[0]?.[at])['class'] ?? '');
  const head: Markup = [
    'tr',
    {},
    ...header.map((text, at): Markup => ['th', ofWords(at) ? { class: 'words' } : {}, text]),
  ];
  const lines = rows.map((row): Markup => ['tr', {}, ...row.map(cell)]);
  return ['div', { class: 'wide' }, ['table', {}, ['thead', {}, head], ['tbody', {}, ...lines]]];
}

function attributesOf(cell: Cell | undefined): Readonly<Record<string, string>> {
  return cell === undefined || typeof cell === 'string' ? {} : cell[1];
}

export function words(text: string, name = 'words'): Cell {
  return ['td', { class: name }, text];
}

/** A large figure with what it is and how sure it is. */
export function tile(name: string, value: string, note: string): Markup {
  return [
    'div',
    { class: 'tile' },
    ['h3', {}, name],
    ['b', {}, value],
    ['span', { class: 'quiet' }, note],
  ];
}

export function figure(title: string, drawing: Markup, caption: string): Markup {
  return ['figure', {}, ['h3', {}, title], drawing, ['figcaption', {}, caption]];
}

/** Pairs of what and which. */
export function facts(pairs: readonly (readonly [string, string])[]): Markup {
  return [
    'dl',
    {},
    ...pairs.flatMap(([name, value]): Markup[] => [
      ['dt', {}, name],
      ['dd', {}, value],
    ]),
  ];
}
