/**
 * A piece of a page as data: text, or a tag with attributes and children. The server writes it as HTML and the
 * browser builds it node by node from the same JSON, so that a row is worded and laid out in one place and text
 * never passes an HTML parser in the browser.
 */
export type Markup = string | MarkupElement;

export type MarkupElement = readonly [
  tag: string,
  attributes: Readonly<Record<string, string>>,
  ...children: Markup[],
];

const voidTags = new Set(['meta', 'link']);

/** HTML of a piece. Tags and attribute names come from this program; everything else is escaped. */
export function toHtml(markup: Markup): string {
  if (typeof markup === 'string') return escapeText(markup);
  const [tag, attributes, ...children] = markup;
  const start = `<${tag}${Object.entries(attributes).map(attributeHtml).join('')}>`;
  return voidTags.has(tag) ? start : `${start}${children.map(toHtml).join('')}</${tag}>`;
}

function attributeHtml([name, value]: [string, string]): string {
  return ` ${name}="${escapeText(value)}"`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
