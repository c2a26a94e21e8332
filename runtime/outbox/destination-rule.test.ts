import { expect, test } from 'vitest';
import { type DestinationRule, wants } from './destination-rule.ts';

const everything: DestinationRule = {
  name: 'main',
  objects: ['report', 'heatmap'],
  results: 'all',
  models: [],
};
const report = { kind: 'report', flagged: false, model: 'chest', destination: '' } as const;

test.each([
  ['everything', everything, report, true],
  ['a kind that is not named', everything, { ...report, kind: 'segmentation' }, false],
  ['only flags, none', { ...everything, results: 'flagged' }, report, false],
  ['only flags, one', { ...everything, results: 'flagged' }, { ...report, flagged: true }, true],
  ['what is for another', everything, { ...report, destination: 'ris' }, false],
  ['what is for it', everything, { ...report, destination: 'main' }, true],
  ['only another model', { ...everything, models: ['head'] }, report, false],
  ['only this model', { ...everything, models: ['head', 'chest'] }, report, true],
] as const)('%s', (_name, rule, object, wanted) => {
  expect(wants(rule, object)).toBe(wanted);
});
