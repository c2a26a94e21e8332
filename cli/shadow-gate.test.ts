import { expect, it } from 'vitest';
import { readGate } from './shadow-gate.ts';

it('reads what is to be signed for, without fractions', () => {
  expect(readGate('studies=200,hours=24,disagreement=0.05,p95=900')).toEqual({
    min_studies: 200,
    min_hours: 24,
    max_disagreement: '0.05',
    max_p95_ms: 900,
  });
  expect(readGate('studies=50')).toEqual({ min_studies: 50 });
});

it.each([
  '',
  'studies',
  'studies=',
  'exams=20',
  'constructor=1',
  'studies=1.5',
  'studies=many',
  'disagreement=0',
  'disagreement=1.5',
  'disagreement=5%',
  'p95=0',
])('refuses %s', (text) => {
  expect(() => readGate(text)).toThrow('--shadow');
});
