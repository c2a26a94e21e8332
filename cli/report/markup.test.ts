import { describe, expect, it } from 'vitest';
import { toHtml } from './markup.ts';

describe('toHtml', () => {
  it('writes tags, attributes and children', () => {
    expect(toHtml(['p', { class: 'a' }, 'x', ['b', {}, 'y']])).toBe('<p class="a">x<b>y</b></p>');
  });

  it('escapes text and attribute values', () => {
    const text = `<script>"'&`;
    const escaped = '&lt;script&gt;&quot;&#39;&amp;';
    expect(toHtml(['p', { title: text }, text])).toBe(`<p title="${escaped}">${escaped}</p>`);
  });

  it('leaves void tags open', () => {
    expect(toHtml(['meta', { charset: 'utf-8' }])).toBe('<meta charset="utf-8">');
  });
});
