import { describe, expect, it } from 'vitest';
import { preprocess } from '../preprocess.ts';
import { type PhantomFinding, phantomFindings } from './finding.ts';
import { lesionMask, type Phantom, renderPhantom } from './phantom.ts';
import { seededRandom } from './random.ts';
import { storePhantom } from './stored-phantom.ts';

const seed = 42;

function reduce(phantom: Phantom): Float32Array {
  return preprocess(storePhantom(phantom), [{ step: 'resize', rows: 48, columns: 48 }]).values;
}

function meanDifference(one: Float32Array, other: Float32Array): number {
  return one.reduce((sum, value, at) => sum + value - (other[at] ?? 0), 0) / one.length;
}

function meanDistance(one: Float32Array, other: Float32Array): number {
  return one.reduce((sum, value, at) => sum + Math.abs(value - (other[at] ?? 0)), 0) / one.length;
}

describe('a phantom', () => {
  it('is the same for the same request and another for another seed', () => {
    const pixels = renderPhantom({ seed, size: 64 }).pixels;
    expect(renderPhantom({ seed, size: 64 }).pixels).toEqual(pixels);
    expect(
      meanDistance(renderPhantom({ seed: seed + 1, size: 64 }).pixels, pixels),
    ).toBeGreaterThan(0.02);
  });

  it('stays within black and white', () => {
    const { pixels } = renderPhantom({ seed, size: 96, findings: phantomFindings });
    expect(pixels).toHaveLength(96 * 96);
    expect(pixels.every((pixel) => pixel >= 0 && pixel <= 1)).toBe(true);
  });

  it('shows the same picture at every size', () => {
    const small = reduce(renderPhantom({ seed, size: 144 }));
    const large = reduce(renderPhantom({ seed, size: 384 }));
    expect(meanDistance(small, large) / 4095).toBeLessThan(0.01);
  });

  it('has exactly the findings that were asked for', () => {
    expect(renderPhantom({ seed, size: 16, findings: ['nodule'] }).labels).toEqual({
      pneumothorax: false,
      'pleural-effusion': false,
      nodule: true,
    });
  });

  it('shows every finding in about its share when none is asked for', () => {
    const labels = Array.from(
      { length: 300 },
      (_, at) => renderPhantom({ seed: at, size: 2 }).labels,
    );
    for (const finding of phantomFindings) {
      const share = labels.filter((label) => label[finding]).length / labels.length;
      expect(share, finding).toBeGreaterThan(0.18);
      expect(share, finding).toBeLessThan(0.42);
    }
  });

  it.each<[PhantomFinding, number]>([
    ['pneumothorax', -1],
    ['pleural-effusion', 1],
    ['nodule', 1],
  ])('differs from a clear one by its %s alone', (finding, sign) => {
    const clear = reduce(renderPhantom({ seed, size: 96, findings: [] }));
    const shown = reduce(renderPhantom({ seed, size: 96, findings: [finding] }));
    expect(sign * meanDifference(shown, clear)).toBeGreaterThan(0);
    const changed = shown.filter((value, at) => Math.abs(value - (clear[at] ?? 0)) > 80).length;
    expect(changed).toBeGreaterThan(4);
    expect(changed / shown.length).toBeLessThan(0.15);
  });
});

describe('where a finding lies', () => {
  it.each(phantomFindings)('is where a phantom with a %s differs from one without', (finding) => {
    for (const at of [seed, seed + 1, seed + 2]) {
      const draw = (findings: PhantomFinding[]) =>
        renderPhantom({ seed: at, size: 96, findings }).pixels;
      const without = draw([]);
      const difference = draw([finding]).map((pixel, k) => Math.abs(pixel - without[k]!));
      const mask = lesionMask({ seed: at, size: 96 }, finding);
      const inside = difference.filter((_, k) => mask[k] === 1);
      const outside = difference.filter((_, k) => mask[k] === 0);
      const mean = (values: Float32Array) => meanDifference(values, new Float32Array(0));
      expect(inside.length).toBeGreaterThan(9);
      expect(mean(inside)).toBeGreaterThan(10 * mean(outside));
    }
  });
});

describe('seeded random numbers', () => {
  it('are normal with mean 0 and standard deviation 1', () => {
    const random = seededRandom(seed, 'test');
    const drawn = Array.from({ length: 20_000 }, () => random.normal());
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    const variance = drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / drawn.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.05);
  });

  it('differ from stream to stream', () => {
    expect(seededRandom(seed, 'a').uniform(0, 1)).not.toBe(seededRandom(seed, 'b').uniform(0, 1));
  });
});
