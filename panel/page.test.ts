import { describe, expect, it } from 'vitest';
import { certainty, device, everyOutcome, exam, forbiddenWord } from '../tests/panel-source.ts';
import { pageHtml } from './page.ts';
import type { PageContent } from './page.ts';
import { readWebFiles } from './web-files.ts';

function page(change: Partial<PageContent> = {}): string {
  const content = { exams: everyOutcome(), device: device(), show: 'all' } as const;
  return pageHtml({ ...content, lastEventId: 'boot-7', timeZone: 'UTC', ...change });
}

const rows = (html: string) => [...html.matchAll(/data-id="([^"]+)"/g)].map(([, id]) => id);

describe('pageHtml', () => {
  it('lists what the tab asks for and marks the tab', () => {
    expect(rows(page())).toHaveLength(5);
    expect(rows(page({ show: 'look' }))).toEqual(['flagged', 'out-of-scope', 'quarantined']);
    const html = page({ show: 'not-analysed' });
    expect(rows(html)).toEqual(['out-of-scope', 'quarantined']);
    expect(html).toContain('<a href="/?show=not-analysed" aria-current="page">Not analysed');
  });

  it('promises nothing, rates nothing and counts no zeros', () => {
    for (const html of [page(), page({ exams: [exam()] }), page({ exams: [], show: 'look' })]) {
      expect(forbiddenWord(html)).toBeUndefined();
      expect(certainty(html)).toBeUndefined();
      expect(html).not.toMatch(/>\s*\(?0\)?\s*<|\b0 (flag|exam)/);
    }
  });

  it('carries the notice of a demonstration model, and only then', () => {
    const notice = 'DEMONSTRATION MODEL - NOT FOR CLINICAL USE';
    expect(page({ device: device({ demo: true }) })).toContain(notice);
    expect(page()).not.toContain(notice);
  });

  it('says by itself what is wrong with the device', () => {
    const failing = { pacs: 'failing', engine: 'failing', diskFreePercent: 9 } as const;
    const html = page({ device: device({ ...failing, warnings: ['<b>'], outboxWaiting: 2 }) });
    expect(html.match(/class="warning"/g)).toHaveLength(4);
    expect(html).toContain('DEVICE: &lt;b&gt;');
    expect(html).toContain('FAILING, 2 objects waiting');
    expect(page()).not.toContain('class="warning"');
  });

  it('reloads itself and says so where scripts are off', () => {
    expect(page()).toContain('<noscript><meta http-equiv="refresh" content="10"></noscript>');
    expect(page()).toContain('Live updates off');
  });

  it('has no inline style, script or handler', () => {
    expect(page()).not.toMatch(/style=|<style|\son[a-z]+=|<script(?! src=)/);
  });
});

describe('the style sheet', () => {
  it('has no colour in which green leads, and an own colour and shape per kind', () => {
    const css = readWebFiles().find(({ path }) => path === '/panel.css')?.content ?? '';
    const colours = [...css.matchAll(/#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})\b/gi)];
    const levels = colours.map((match) => match.slice(1).map((part) => parseInt(part, 16)));
    expect(levels.length).toBeGreaterThan(6);
    for (const [red = 0, green = 0, blue = 0] of levels)
      expect(green).toBeLessThanOrEqual(Math.max(red, blue));
    expect(css).not.toMatch(/green|lime|teal/);
    for (const kind of ['flagged', 'no-flag', 'not-analysed', 'quarantined', 'pending'])
      expect(css).toContain(`.${kind} .shape`);
  });
});
