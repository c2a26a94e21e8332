import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeResidualNetwork } from '../onnx/residual-network.ts';
import { calibrate, type Method } from './calibrate.ts';
import { imagesIn } from './image-set.ts';
import { tensorsToObserve } from './int8-graph.ts';
import type { ModelRunner } from './model-runner.ts';
import { Histogram, Observer } from './observation.ts';

const form = { side: 4, stem: 3, widths: [4], blocks: 1, outputs: 1 };
const model = makeResidualNetwork(form, 1);
const values = Float32Array.from({ length: 16 * 6 }, (_, at) => at / 100);
const images = imagesIn(values, [1, 4, 4]);

/** Answers every value with its input, ten times as large, and counts the images it was given. */
function fakeRunner(more: (values: Float32Array) => Float32Array = (same) => same) {
  const seen: number[] = [];
  const runner: ModelRunner = {
    load: async () => ({
      async run(given, count) {
        seen.push(count);
        const scaled = more(given.map((value) => 10 * value));
        const answer = { values: scaled, dims: [count, 1] };
        return Object.fromEntries(tensorsToObserve(model).map((name) => [name, answer]));
      },
      release: async () => undefined,
    }),
    optimise: () => Promise.reject(new Error('not asked')),
  };
  return { runner, seen };
}

const run = (method: Method, { runner } = fakeRunner()) =>
  calibrate(model, images, { runner, method });

describe('calibration', () => {
  it('finds the extremes over all images, those of the input included', async () => {
    const fake = fakeRunner();
    const { tensors, images: used } = await run('minmax', fake);
    expect(tensors['image']).toEqual({ low: 0, high: values.at(-1), means: [0.475] });
    expect(tensors['pool']?.high).toBeCloseTo(9.5);
    expect(Object.keys(tensors).toSorted()).toEqual(tensorsToObserve(model));
    expect(fake.seen).toEqual([4, 2]);
    const sha256 = createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex');
    expect(used).toEqual({ count: 6, sha256 });
  });

  it('looks at the images twice for percentiles', async () => {
    const fake = fakeRunner();
    const { tensors, method } = await run('percentile', fake);
    expect(method).toBe('percentile');
    expect(fake.seen).toEqual([4, 2, 4, 2]);
    expect(tensors['image']?.low).toBe(0);
  });

  it('refuses a value that is not finite, and names it', async () => {
    const broken = fakeRunner((all) => all.map(() => NaN));
    await expect(run('minmax', broken)).rejects.toThrow('is not finite');
  });
});

describe('a range without its outermost values', () => {
  const trim = (values: number[], kept: number) => {
    const histogram = new Histogram({ low: 0, high: 4096 });
    histogram.see({ values: Float32Array.from(values), dims: [1] });
    return histogram.trim(kept);
  };
  const many = Array.from({ length: 998 }, () => 1000.5);

  it('gives up on bins that hold next to nothing', () => {
    expect(trim([0, ...many, 4096], 0.99)).toEqual({ low: 1000, high: 1001 });
  });

  it('is the whole range of what must be kept', () => {
    expect(trim([0, ...many, 4096], 0.999)).toEqual({ low: 0, high: 4096 });
  });
});

it('a mean is that of a channel, over images and places', () => {
  const observer = new Observer('features');
  observer.see({ values: Float32Array.of(1, 2, 10, 20, 3, 4, 30, 40), dims: [2, 2, 2] });
  observer.see({ values: Float32Array.of(5, 6, 50, -60), dims: [1, 2, 2] });
  expect(observer.finish()).toEqual({ low: -60, high: 50, means: [3.5, 15] });
});

it('images must come out even', () => {
  expect(() => imagesIn(values.subarray(1), [1, 4, 4])).toThrow('no whole number');
  expect(() => imagesIn(new Float32Array(), [1, 4, 4])).toThrow('no whole number');
});
