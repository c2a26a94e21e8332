import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { disk } from '../device/files.ts';
import { type ImageFacts, judgeApplicability } from './applicability.ts';
import { loadBundle } from './bundle.ts';

const { manifest } = loadBundle(join(import.meta.dirname, 'bundles', 'chest-demo', '1.0.0'), disk);

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

describe('a model for an age', () => {
  const rule = (absent: 'refuse' | 'gate') => ({
    applies: { ...manifest.applies, ageYears: { low: 1, high: 5, absent } },
  });

  it.each([
    [1, true],
    [5, true],
    [0, false],
    [6, false],
  ])('of %i years applies: %s', (ageYears, applies) => {
    expect(judgeApplicability(rule('refuse'), { ...chest, ageYears }).applies).toBe(applies);
  });

  it('refuses an unknown one, or leaves it to the gate and says so', () => {
    expect(judgeApplicability(rule('refuse'), chest)).toEqual({
      applies: false,
      why: 'The patient’s age is absent',
    });
    expect(judgeApplicability(rule('gate'), chest)).toEqual({
      applies: true,
      because: expect.stringContaining('age is absent'),
    });
  });
});

describe('a model with a rule about', () => {
  it.each<[string, object, Partial<ImageFacts>, string]>([
    ['photometry', { photometric: ['MONOCHROME2'] }, { photometric: 'RGB' }, "is 'RGB'"],
    ['bits', { bitsStored: { low: 10, high: 16 } }, { bitsStored: 8 }, 'Bits Stored is 8'],
    ['spacing', { pixelSpacing: { low: 0.1, high: 1 } }, { pixelSpacing: 2 }, 'is 2 mm'],
    ['thickness', { sliceThickness: { low: 1, high: 6 } }, { sliceThickness: 10 }, 'is 10 mm'],
    ['makers', { deniedManufacturer: ['ACME'] }, { manufacturer: 'Acme ' }, "is 'Acme '"],
    ['contrast', { contrast: false }, { contrast: true }, 'contrast agent'],
  ])('%s does not apply where it is broken', (_, rule, facts, why) => {
    const applies = { ...manifest.applies, ...rule };
    const typical = { ...chest, photometric: 'MONOCHROME2', bitsStored: 12 };
    expect(judgeApplicability({ applies }, typical)).toEqual({ applies: true });
    expect(judgeApplicability({ applies }, { ...typical, ...facts })).toEqual({
      applies: false,
      why: expect.stringContaining(why),
    });
  });

  it('anatomy takes a code in place of a body part', () => {
    const anatomicRegion = { value: '816094009', scheme: 'SCT' };
    const applies = { ...manifest.applies, anatomicRegion: [anatomicRegion] };
    const facts = { ...chest, bodyPart: undefined, anatomicRegion };
    expect(judgeApplicability({ applies }, facts).applies).toBe(true);
    expect(judgeApplicability(manifest, facts).applies).toBe(false);
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
