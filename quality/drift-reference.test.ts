import { describe, expect, it } from 'vitest';
import { readDriftReference } from './drift-reference.ts';
import { countExams } from './exam-block.ts';
import { signalsOf } from './signal.ts';

const signals = signalsOf(['nodule']);
const exams = Array.from({ length: 200 }, (_, at) => ({
  flagged: at % 4 === 0,
  observation: { 'score.nodule': at / 200, kvp: 120 },
}));
const good = { schema: 1, statement: 'Made up.', ...countExams(signals, exams) };

describe('a drift reference', () => {
  it('is what was counted, read from JSON', () => {
    const read = readDriftReference(signals, JSON.parse(JSON.stringify(good)));
    expect(read).toEqual(countExams(signals, exams));
  });

  const counts = good.signals['kvp'] ?? [];
  it.each([
    ['no object', null, /object/],
    ['another schema', { ...good, schema: 2 }, /schema/],
    ['too few exams', { ...good, exams: 99 }, /exams/],
    ['more flags than exams', { ...good, flagged: 201 }, /201 of 200 exams are flagged/],
    [
      'an unknown signal',
      { ...good, signals: { ...good.signals, age: [200] } },
      /"age" is unknown/,
    ],
    ['no signal', { ...good, signals: {} }, /counts no signal/],
    [
      'a missing bin',
      { ...good, signals: { ...good.signals, kvp: [200] } },
      /"kvp" has 1 bins, not 25/,
    ],
    [
      'a miscount',
      { ...good, signals: { ...good.signals, kvp: counts.map((n) => n * 2) } },
      /400 of 200/,
    ],
    [
      'half an exam',
      { ...good, signals: { ...good.signals, kvp: counts.map((n) => n / 200.5) } },
      /kvp/,
    ],
    ['an unknown key', { ...good, patient: 'x' }, /patient/],
  ])('with %s is refused, and the message says why', (_, value, message) => {
    expect(() => readDriftReference(signals, value)).toThrow(message);
    expect(() => readDriftReference(signals, value)).toThrow('BUNDLE_INVALID');
  });
});
