import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { disk } from '../device/files.ts';
import { type ImageFacts, judgeApplicability } from './applicability.ts';
import { loadBundle } from './bundle.ts';

const { manifest } = loadBundle(join(import.meta.dirname, 'bundles', 'chest-demo'), disk);

const chest: ImageFacts = {
  modality: 'DX',
  sopClassUid: '1.2.840.10008.5.1.4.1.1.1.1',
  bodyPart: 'CHEST',
  viewPosition: 'PA',
  imageType: ['ORIGINAL', 'PRIMARY'],
  rows: 2000,
  columns: 1800,
};

describe('a model applies', () => {
  it.each<[string, Partial<ImageFacts>]>([
    ['to what it is intended for', {}],
    ['to the other SOP class', { modality: 'CR', sopClassUid: '1.2.840.10008.5.1.4.1.1.1' }],
    ['to the other view', { viewPosition: 'AP' }],
    ['where the view is not said', { viewPosition: undefined }],
    ['to a body part in lower case with padding', { bodyPart: 'chest ' }],
    ['at the smallest size', { rows: 128, columns: 128 }],
  ])('%s', (_, facts) => {
    expect(judgeApplicability(manifest, { ...chest, ...facts })).toEqual({ applies: true });
  });
});

describe('a model does not apply', () => {
  it.each<[string, Partial<ImageFacts>, string]>([
    ['to another modality', { modality: 'CT' }, "Modality is 'CT'"],
    ['where the modality is absent', { modality: undefined }, 'Modality is absent'],
    ['to another SOP class', { sopClassUid: '1.2' }, "SOP Class is '1.2'"],
    ['to another body part', { bodyPart: 'ABDOMEN' }, "Body Part Examined is 'ABDOMEN'"],
    ['where the body part is absent', { bodyPart: undefined }, 'Body Part Examined is absent'],
    ['to another view', { viewPosition: 'LL' }, "View Position is 'LL'"],
    [
      'to a localizer',
      { imageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] },
      "Image Type has 'LOCALIZER'",
    ],
    ['to too few columns', { columns: 127 }, '2000 rows and 127 columns, fewer than 128'],
    ['where the size is absent', { rows: undefined }, '0 rows and 1800 columns'],
  ])('%s', (_, facts, why) => {
    expect(judgeApplicability(manifest, { ...chest, ...facts })).toEqual({
      applies: false,
      why: expect.stringContaining(why),
    });
  });

  it('with a sentence that a hostile header cannot flood', () => {
    const judged = judgeApplicability(manifest, { ...chest, bodyPart: 'X'.repeat(100_000) });
    expect(JSON.stringify(judged).length).toBeLessThan(200);
  });
});
