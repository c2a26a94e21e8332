import { join } from 'node:path';
import { expect, test } from 'vitest';
import { disk } from '../device/files.ts';
import { findBundle, loadBundle } from '../models/bundle.ts';
import { describeModels } from './model-views.ts';

const bundles = join(import.meta.dirname, '..', 'models', 'bundles');
const viewOf = (name: string) => {
  const bundle = loadBundle(findBundle(bundles, name, disk), disk);
  return { bundle, view: describeModels([bundle])[0]! };
};

test('a model says what it is for, what it is not for and what was measured', () => {
  const { bundle, view } = viewOf('chest-adult');
  expect(view).toMatchObject({
    name: 'chest-adult',
    hash: bundle.hash,
    profile: 'triage-notify',
    cleared: false,
    intendedUse: bundle.manifest.labelling.intendedUse,
    notFor: bundle.manifest.labelling.contraindications,
    limits: bundle.manifest.labelling.limitations,
    findings: [{ sensitivity: { count: 75, of: 83 }, specificity: { count: 64, of: 86 } }],
    leftOut: { count: 5, of: 169 },
  });
  expect(view.scope).toEqual([
    { id: 'modality', value: 'DX, CR' },
    { id: 'body-part', value: 'CHEST, THORAX, LUNG' },
    { id: 'view', value: 'PA, AP' },
    { id: 'age', value: '18–120' },
  ]);
});

test('a model that may not show where it reacted says nothing of such pictures', () => {
  expect(viewOf('chest-adult').view.explanation).toBe('');
});

test('that images with a contrast agent are left out is said', () => {
  expect(viewOf('ct-head-demo').view.scope).toContainEqual({ id: 'contrast', value: 'no' });
});

test('no threshold and no score is told', () => {
  const { bundle, view } = viewOf('chest-child');
  const text = JSON.stringify(view);
  for (const { threshold } of bundle.manifest.findings)
    expect(text).not.toContain(String(threshold));
});
