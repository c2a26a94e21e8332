import { expect, it } from 'vitest';

import type { Bundle } from '../models/bundle.ts';
import { codeOf, updateOf } from './audit-record.ts';
import { wellFormed } from './audit-trail.ts';

const running = {
  hash: 'b'.repeat(64),
  manifest: { identity: { name: 'chest-demo', version: '1.0.0' } },
} as Bundle;
const step = {
  assignment: 7,
  group: 'chest-demo',
  target: 'models/chest-demo/1.0.1/manifest.json',
  sha256: 'a'.repeat(64),
};
const installed = { model: 'chest-demo', modelVersion: '1.0.1', modelHash: step.sha256 };

it.each([
  ['ready', { name: 'model-installed', fields: installed }],
  ['trial', { name: 'model-activated', fields: installed }],
  ['failed', { name: 'model-installed', fields: { ...installed, reason: 'E' }, outcome: 4 }],
  [
    'rolled-back',
    {
      name: 'model-rolled-back',
      fields: {
        model: 'chest-demo',
        modelVersion: '1.0.0',
        modelHash: running.hash,
        previousVersion: '1.0.1',
        reason: 'E',
      },
    },
  ],
  ['downloading', undefined],
] as const)('an update that is %s', (state, event) => {
  const code = state === 'failed' || state === 'rolled-back' ? { code: 'E' } : {};
  const made = updateOf({ ...step, ...code, state }, running);
  expect(made).toEqual(event);
  if (made) expect(wellFormed(made.name, made.fields)).toEqual(made.fields);
});

it('an update that waits is no event', () => {
  expect(updateOf({ ...step, state: 'ready', reason: 'window' }, running)).toBeUndefined();
});

it('a cause in words is a code', () => {
  const reason = codeOf('the AE title is not expected from this address');
  expect(wellFormed('node-refused', { reason })).toEqual({ reason });
});
