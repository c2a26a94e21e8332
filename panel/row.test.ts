import { describe, expect, it } from 'vitest';
import { device, everyOutcome, exam } from '../tests/panel-source.ts';
import { toHtml } from './markup.ts';
import { examRow, formatAge } from './row.ts';
import type { ExamOutcome } from './source.ts';

const { now } = device();

describe('examRow', () => {
  it.each([
    ['markup', '<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['entities', `a&amp;"b"'`, 'a&amp;amp;&quot;b&quot;&#39;'],
    ['an embedding that never ends', '\u202eevil', '<bdi>\u202eevil</bdi>'],
    ['combining characters', 'e\u0301\u0323', '<bdi>e\u0301\u0323</bdi>'],
    ['right to left', 'سعاد', '<bdi>سعاد</bdi>'],
  ])('keeps %s in a name as text', (_what, patientName, expected) => {
    const html = toHtml(examRow(exam({ patientName }), now));
    expect(html).toContain(expected);
    expect(html).not.toContain('<script');
  });

  it('escapes every text of an exam', () => {
    const evil = '"><script>x</script>';
    const texts = { id: evil, patientName: evil, patientId: evil, birthDate: evil, sex: evil };
    const more = { accessionNumber: evil, modality: evil, description: evil, delivery: evil };
    const outcomes: ExamOutcome[] = [
      { state: 'flagged', labels: [evil], missed: 0, withdrawn: false },
      { state: 'not-analysed', reason: evil, text: evil },
    ];
    for (const outcome of outcomes) {
      const html = toHtml(examRow(exam({ ...texts, ...more, outcome }), now));
      expect(html).not.toMatch(/<script|"">/);
    }
  });

  it('identifies the patient by name, id and birth date', () => {
    const html = toHtml(examRow(exam(), now));
    expect(html).toContain('<bdi>Sample, Ada</bdi>');
    expect(html).toContain('<bdi>P-1001</bdi>');
    expect(html).toContain('<bdi>1961-02-03</bdi>');
  });

  it('gives every kind a class, a sign hidden from readers and a title', () => {
    for (const view of everyOutcome())
      expect(toHtml(examRow(view, now))).toMatch(
        /^<li class="exam [a-z-]+".*aria-hidden="true"><span>[!?–…]<\/span>.*<h2>[^<]+<\/h2>/,
      );
  });

  it('marks a demonstration model', () => {
    expect(toHtml(examRow(exam({ demo: true }), now))).toContain('DEMO MODEL');
    expect(toHtml(examRow(exam(), now))).not.toContain('DEMO');
  });

  it('marks what comes before others, and why', () => {
    const html = toHtml(examRow(exam({ urgent: 'sent with high priority' }), now));
    expect(html).toContain('<span class="stat-mark" title="sent with high priority">STAT</span>');
    expect(html).not.toContain('<button');
    expect(toHtml(examRow(exam(), now))).not.toContain('STAT</span>');
  });

  it('lets a person raise an exam that waits, and no other', () => {
    const button = '<button class="raise" type="button" data-raise="e1">Make STAT</button>';
    expect(toHtml(examRow(exam({ state: 'receiving' }), now))).toContain(button);
    for (const state of ['reported', 'committed', 'quarantined'] as const)
      expect(toHtml(examRow(exam({ state }), now))).not.toContain('<button');
  });

  it('marks a result that came late', () => {
    expect(toHtml(examRow(exam({ late: true }), now))).toContain('>LATE</span>');
    expect(toHtml(examRow(exam(), now))).not.toContain('LATE');
  });
});

describe('formatAge', () => {
  it.each([
    [14_999, '00:14'],
    [130_000, '02:10'],
    [3_599_999, '59:59'],
    [3_600_000, '1:00:00'],
    [90_061_000, '25:01:01'],
    [-5, '00:00'],
  ])('says %d ms as %s', (ms, said) => expect(formatAge(ms)).toBe(said));
});
