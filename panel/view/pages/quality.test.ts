import { describe, expect, it, test } from 'vitest';
import { noQuality, sampleQuality, sampleQualityModel } from '../../../tests/panel-quality.ts';
import { certaintyIn } from '../../../tests/panel-never-show.ts';
import { readable, renderPage } from '../../../tests/panel-render.ts';
import { languages } from '../../settings.ts';

const now = 1_800_000_000_000;
const full = { name: 'quality', quality: sampleQuality(now) } as const;
const empty = { name: 'quality', quality: noQuality } as const;
const text = readable(renderPage(full));

describe('the page on quality', () => {
  it('tells how far a model is trusted, and what moved it', () => {
    expect(text).toContain('Its flags are marked for a second look since');
    expect(text).toContain('a rule raised an alarm rule');
  });

  it('counts in hundreds, with limits, and says where there is too little', () => {
    expect(text).toContain('Found of those with the finding 93 (87 to 97; from 61)');
    expect(text).toContain('90 (84 to 94; from 20) too few to conclude from');
    expect(text).toContain('2026-12 600 65 not estimable (0 reference labels)');
    expect(certaintyIn(text)).toBeUndefined();
  });

  it('has a table beside every chart, and a name for who cannot see it', () => {
    const html = renderPage(full);
    const charts = html.match(/<svg[^>]*role="img" aria-label="[^"]+"/g) ?? [];
    expect(charts).toHaveLength(6);
    expect(html.match(/<svg class="chart"/g)).toHaveLength(charts.length);
    expect(html).not.toContain('style=');
    expect(text).toContain('Tube voltage another than before');
    expect(text).toContain('5 / 5 70');
  });

  it('names the exams that wait for a reader, and no person', () => {
    expect(text).toContain('41 exams were drawn at random and wait for a reader.');
    expect(text).toContain('A4412 P-1001');
  });

  it('claims nothing that was not counted', () => {
    const bare = readable(renderPage(empty));
    expect(bare).toContain('No model is in service.');
    expect(bare).toContain('0 exams were drawn');
    const model = sampleQualityModel(now, { findings: [], streams: [], moves: [] });
    const quality = { ...noQuality, models: [model] };
    expect(readable(renderPage({ name: 'quality', quality }))).toContain(
      'No exam has been counted yet.',
    );
    const lost = { name: 'quality', quality: { ...noQuality, models: undefined } } as const;
    expect(readable(renderPage(lost))).toContain('cannot be read');
  });
});

test.each(languages)('in %s it has all its words', (language) => {
  expect(renderPage(full, { language })).not.toMatch(/\b(quality|list|frame)\.[a-z]/);
});
