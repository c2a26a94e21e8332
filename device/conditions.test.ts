import { expect, test } from 'vitest';
import {
  type ConditionEntry,
  conditions,
  conditionText,
  raise,
  sortConditions,
} from './conditions.ts';

const entries = Object.entries<ConditionEntry>(conditions);

test.each(entries)('%s says what is so and what to do, in whole sentences', (id, entry) => {
  expect(id).toMatch(/^[a-z][a-z-]*[a-z]$/);
  for (const text of [entry.text, entry.remedy]) expect(text).toMatch(/^[A-Z].*\.$/);
  expect(entry.remedy).not.toContain('{');
});

test('none names a patient, an exam or a person', () => {
  const names = entries.flatMap(([, { text }]) =>
    [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
  );
  expect([...new Set(names)].toSorted((one = '', other = '') => one.localeCompare(other))).toEqual([
    'certificate',
    'count',
    'days',
    'destination',
    'minutes',
    'model',
    'percent',
    'scanner',
    'seconds',
    'version',
  ]);
});

test('none promises anything', () => {
  const texts = entries.map(([, { text, remedy }]) => `${text} ${remedy}`).join('\n');
  expect(texts).not.toMatch(/normal|negative|\bclear|healthy|\bsafe|rule[sd]? out|green/i);
});

test('high are those that concern wrong results and lost images alone', () => {
  const high = entries.filter(([, { priority }]) => priority === 'high').map(([id]) => id);
  expect(high).toEqual([
    'self-test-failed',
    'model-changed',
    'clock-jumped',
    'patient-mismatch',
    'disk-refusing',
  ]);
});

test('values are put into the text', () => {
  const text = conditionText(raise('disk-low', { percent: 7 }));
  expect(text).toBe('The disk is almost full: 7 % free.');
});

test('the most urgent come first, and what is equally urgent stays in its order', () => {
  const active = ['ai-late', 'no-pacs', 'disk-refusing', 'ai-failed', 'server-detour'] as const;
  expect(sortConditions(active.map((id) => raise(id))).map(({ id }) => id)).toEqual([
    'disk-refusing',
    'no-pacs',
    'ai-failed',
    'ai-late',
    'server-detour',
  ]);
});
