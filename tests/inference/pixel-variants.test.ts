import { describe, expect, it } from 'vitest';
import { preprocess } from '../../models/preprocess.ts';
import type { StoredImage } from '../../models/stored-image.ts';
import { renderPhantom } from '../../models/phantom/phantom.ts';
import { openPixels } from '../../runtime/inference/pixels.ts';
import {
  phantomVariant,
  phantomVariants,
  variantName,
  type PhantomVariant,
} from './phantom-variants.ts';

const seed = 77;
const size = 72;
const request = {
  seed,
  size,
  patient: { name: 'DEMO^TEST', id: 'DEMO-0000' },
  studyInstanceUid: '2.25.1',
};

async function readVariant(variant: PhantomVariant): Promise<StoredImage> {
  const { bytes, transferSyntaxUid } = await phantomVariant(request, variant);
  const pixels = await openPixels(bytes, transferSyntaxUid, { memoryCap: 1 << 20 });
  if (pixels.state !== 'read') throw new Error(pixels.detail);
  const reading = await pixels.read(0);
  if (reading.state !== 'read') throw new Error(reading.detail);
  return reading.image;
}

const lossy = new Set(['50', '51', '81', '91', '203'].map((last) => `1.2.840.10008.1.2.4.${last}`));

/** How far a picture between 0 and 1 may come out from what it was: half a step of its values, or what lossy takes. */
function tolerance({ bits, modality, transferSyntaxUid }: PhantomVariant): number {
  const step = (modality === 'modality-lut' ? 2 : 1) / (2 ** bits - 1);
  return lossy.has(transferSyntaxUid) ? 0.02 : 0.51 * step + 1e-5;
}

describe('a phantom', () => {
  const { pixels } = renderPhantom({ seed, size });

  it('has variants in every transfer syntax, photometric interpretation and depth', () => {
    expect(phantomVariants.length).toBeGreaterThan(200);
    expect(new Set(phantomVariants.map(variantName)).size).toBe(phantomVariants.length);
    expect(new Set(phantomVariants.map((each) => each.transferSyntaxUid)).size).toBe(18);
  });

  it.each(phantomVariants.map((variant) => [variantName(variant), variant] as const))(
    'is the same picture as %s',
    async (_, variant) => {
      const image = preprocess(await readVariant(variant), [
        { step: 'modality-lut' },
        { step: 'photometric' },
      ]);
      const [low, high] = image.range;
      const worst = pixels.reduce((most, pixel, at) => {
        const seen = ((image.values[at] ?? Number.NaN) - low) / (high - low);
        return Math.max(most, Math.abs(seen - pixel));
      }, 0);
      expect(worst).toBeLessThan(tolerance(variant));
    },
  );
});
