import { describe, expect, it } from 'vitest';
import type { PreprocessStep } from './manifest.ts';
import { preprocess, preprocessSteps, type StoredImage } from './preprocess.ts';

function image(values: number[], columns: number, more: Partial<StoredImage> = {}): StoredImage {
  return {
    rows: values.length / columns,
    columns,
    values: Float32Array.from(values),
    range: [0, 255],
    photometric: 'MONOCHROME2',
    slope: 1,
    intercept: 0,
    ...more,
  };
}

function run(input: StoredImage, ...steps: PreprocessStep[]): number[] {
  return [...preprocess(input, steps).values];
}

describe('preprocessing', () => {
  it('applies slope and intercept, once', () => {
    const input = image([0, 10], 2, { slope: 2, intercept: -5 });
    expect(run(input, { step: 'modality-lut' }, { step: 'modality-lut' })).toEqual([-5, 15]);
  });

  it('turns MONOCHROME1 over within the range that can be stored, once', () => {
    const input = image([0, 55, 255], 3, { photometric: 'MONOCHROME1' });
    expect(run(input, { step: 'photometric' }, { step: 'photometric' })).toEqual([255, 200, 0]);
  });

  it('turns MONOCHROME1 over in modality units after the rescale', () => {
    const input = image([0, 255], 2, { photometric: 'MONOCHROME1', slope: -1, intercept: 10 });
    expect(run(input, { step: 'modality-lut' }, { step: 'photometric' })).toEqual([-245, 10]);
  });

  it('leaves MONOCHROME2 as it is', () => {
    expect(run(image([1, 2], 2), { step: 'photometric' })).toEqual([1, 2]);
  });

  it('windows about a centre and clips', () => {
    const step = { step: 'window', centre: 100, width: 100 } as const;
    expect(run(image([0, 50, 100, 150, 255], 5), step)).toEqual([0, 0, 0.5, 1, 1]);
  });

  it('windows between percentiles and clips what lies outside', () => {
    const values = [...Array.from({ length: 100 }, (_, at) => at), 255];
    const done = run(image(values, 101), { step: 'percentile-window', low: 1, high: 99 });
    expect([done[0], done[1], done[50], done[99], done[100]]).toEqual([0, 0, 0.5, 1, 1]);
  });

  it('makes an image without contrast all 0, not NaN', () => {
    expect(run(image([7, 7], 2), { step: 'percentile-window', low: 0, high: 100 })).toEqual([0, 0]);
  });

  it('weighs by area when it reduces, on both axes', () => {
    const input = image([1, 3, 5, 7, 1, 3, 5, 7], 4);
    expect(run(input, { step: 'resize', rows: 1, columns: 2 })).toEqual([2, 6]);
    const thirds = run(image([0, 3, 6], 3), { step: 'resize', rows: 1, columns: 2 });
    expect(thirds[0]).toBeCloseTo(1, 6);
    expect(thirds[1]).toBeCloseTo(5, 6);
  });

  it('keeps the mean when it reduces by a ratio that does not divide', () => {
    const values = Array.from({ length: 17 * 23 }, (_, at) => (at * 7919) % 256);
    const done = run(image(values, 23), { step: 'resize', rows: 8, columns: 9 });
    const mean = (list: number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
    expect(done).toHaveLength(72);
    expect(mean(done)).toBeCloseTo(mean(values), 3);
  });

  it('interpolates when it enlarges, and does not read past the edge', () => {
    expect(run(image([0, 4], 2), { step: 'resize', rows: 1, columns: 4 })).toEqual([0, 1, 3, 4]);
    expect(run(image([9], 1), { step: 'resize', rows: 2, columns: 2 })).toEqual([9, 9, 9, 9]);
  });

  it('keeps rows and columns apart', () => {
    const input = image([1, 2, 3, 4, 5, 6], 3);
    const done = preprocess(input, [{ step: 'resize', rows: 2, columns: 3 }]);
    expect([done.rows, done.columns, ...done.values]).toEqual([2, 3, 1, 2, 3, 4, 5, 6]);
  });

  it('normalises', () => {
    expect(run(image([1, 3], 2), { step: 'normalise', mean: 1, standardDeviation: 2 })).toEqual([
      0, 1,
    ]);
  });
});

describe('colour', () => {
  const red = image([255, 0, 0, 0, 255, 0], 2, { rows: 1, photometric: 'RGB' });

  it('becomes luminance', () => {
    const done = preprocess(red, [{ step: 'grey' }]);
    expect([...done.values].map(Math.round)).toEqual([76, 150]);
    expect(done.photometric).toBe('MONOCHROME2');
  });

  it('is refused by every other step', () => {
    expect(() => preprocess(red, [{ step: 'modality-lut' }])).toThrow('in colour');
    expect(() => preprocess(red, [{ step: 'modality-lut' }])).toThrow(
      expect.objectContaining({ code: 'DATA_SET_UNREADABLE' }),
    );
  });

  it('leaves grey as it is', () => {
    expect(run(image([3, 4], 2), { step: 'grey' })).toEqual([3, 4]);
  });
});

describe('a modality LUT', () => {
  const modalityLut = { first: -1, entries: Uint16Array.of(10, 30, 20), bits: 5 };

  it('takes the place of slope and intercept, once, and holds at its ends', () => {
    const input = image([-9, -1, 0, 1, 9], 5, { modalityLut, slope: 3, intercept: 3 });
    const step = { step: 'modality-lut' } as const;
    expect(run(input, step, step)).toEqual([10, 10, 30, 20, 20]);
    expect(preprocess(input, [step]).range).toEqual([0, 31]);
  });
});

describe('padding', () => {
  const step = { step: 'padding', as: 'lowest' } as const;
  const padded = image([-2000, 5, 7, -1999, 9], 5, { padding: [-2000, -1999] });

  it('takes the lowest value of what is none', () => {
    expect(run(padded, step)).toEqual([5, 5, 7, 5, 9]);
  });

  it('is known as such after the values have changed', () => {
    const slope = { slope: -2, intercept: 1 };
    expect(run({ ...padded, ...slope }, { step: 'modality-lut' }, step)).toEqual([
      -17, -9, -13, -17, -17,
    ]);
  });

  it('is counted by no percentile, also not after a crop', () => {
    const values = [0, 0, 0, 0, 0, 0, 10, 20, 30, 40];
    const input = image(values, 10, { padding: [0, 0] });
    const window = { step: 'percentile-window', low: 0, high: 100 } as const;
    const median = { step: 'percentile-window', low: 0, high: 34 } as const;
    expect(run(input, step, window).at(-1)).toBe(1);
    // The second of four values, not the lowest of ten.
    expect(run(input, step, median)).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 1, 1]);
    const upper = { ...window, high: 60 };
    const cropped = run(input, step, { step: 'crop', fraction: 0.6 }, upper);
    // The last of two values, not one of the four that were filled in.
    expect(cropped).toEqual([0, 0, 0, 0, 0, 1]);
  });

  it('is not known any more after scaling', () => {
    const scaled = run(padded, { step: 'resize', rows: 1, columns: 10 }, step);
    expect(scaled).toEqual(run(padded, { step: 'resize', rows: 1, columns: 10 }));
  });

  it('changes nothing where everything or nothing is padding', () => {
    expect(run(image([1, 2], 2, { padding: [0, 0] }), step)).toEqual([1, 2]);
    expect(run(image([0, 0], 2, { padding: [0, 0] }), step)).toEqual([0, 0]);
    expect(run(image([0, 1], 2), step)).toEqual([0, 1]);
  });
});

describe('the window functions of PS3.3 C.11.2.1', () => {
  const at = (value: number, step: PreprocessStep) => run(image([value], 1), step)[0];
  const window = { step: 'window', centre: 2048, width: 4096 } as const;

  it.each([
    [0, 0],
    [4095, 1],
    [2047.5, 0.5],
  ])('LINEAR: %d is %d', (value, expected) => {
    expect(at(value, { ...window, function: 'linear' })).toBeCloseTo(expected, 6);
  });

  it('LINEAR of width 1 is a step after centre - 0.5', () => {
    const step = { step: 'window', centre: 1, width: 1, function: 'linear' } as const;
    expect([at(0, step), at(0.5, step), at(1, step)]).toEqual([0, 0, 1]);
  });

  it('LINEAR_EXACT goes from centre - width / 2 to centre + width / 2', () => {
    const step = { ...window, function: 'linear-exact' } as const;
    expect([at(0, step), at(1024, step), at(4096, step)]).toEqual([0, 0.25, 1]);
    expect(at(1024, window)).toBe(0.25);
  });

  it('SIGMOID is one half at the centre and never reaches its ends', () => {
    const step = { step: 'window', centre: 0, width: 4, function: 'sigmoid' } as const;
    expect(at(0, step)).toBe(0.5);
    expect(at(1, step)).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
  });
});

describe('what the image asks for', () => {
  const voi = { step: 'voi' } as const;
  const window = { centre: 100, width: 100, function: 'linear-exact' } as const;

  it('is its window, in modality units', () => {
    const input = image([0, 50, 100], 3, { voi: window, slope: 2, intercept: 0 });
    expect(run(input, voi)).toEqual([0, 0.5, 1]);
    expect(run(input, { step: 'modality-lut' }, voi)).toEqual([0, 0.5, 1]);
  });

  it('is its table', () => {
    const table = { first: 10, entries: Uint16Array.of(0, 51, 255), bits: 8 };
    const done = run(image([9, 11, 12, 99], 4, { voi: table }), voi);
    [0, 0.2, 1, 1].forEach((value, k) => expect(done[k]).toBeCloseTo(value, 6));
  });

  it('is its whole range where it does not say', () => {
    expect(run(image([0, 51, 255], 3), voi)[1]).toBeCloseTo(0.2, 6);
  });

  it('is said of the values before MONOCHROME1 was turned over', () => {
    const input = image([60, 80, 255], 3, { voi: window, photometric: 'MONOCHROME1' });
    const [before, after] = [
      run(input, { step: 'photometric' }, voi),
      run(input, voi, { step: 'photometric' }),
    ];
    before.forEach((value, k) => expect(value).toBeCloseTo(after[k] ?? 0, 6));
    expect(before[0]).toBeCloseTo(0.9, 6);
  });
});

describe('the shape', () => {
  it('of a letterbox keeps the aspect and fills with the lowest value', () => {
    const tall = image(
      Array.from({ length: 32 }, (_, k) => 3 + k),
      2,
    );
    const done = preprocess(tall, [{ step: 'letterbox', rows: 16, columns: 8 }]);
    expect([done.rows, done.columns]).toEqual([16, 8]);
    expect(Array.from(done.values.slice(0, 8))).toEqual([3, 3, 3, 3, 4, 3, 3, 3]);
  });

  it('of a crop is the middle', () => {
    const input = image(
      Array.from({ length: 16 }, (_, k) => k),
      4,
    );
    expect(run(input, { step: 'crop', fraction: 0.5 })).toEqual([5, 6, 9, 10]);
  });

  it('of a resampled image follows its spacing, which is then the wanted one', () => {
    const geometry = { spacing: { rows: 2, columns: 1, within: 'patient' } as const };
    const input = image([1, 3, 5, 7], 4, { geometry });
    const done = preprocess(input, [{ step: 'resample', millimetres: 2 }]);
    expect([done.rows, done.columns, ...done.values]).toEqual([1, 2, 2, 6]);
    expect(done.geometry?.spacing).toEqual({ rows: 2, columns: 2, within: 'patient' });
  });

  it('of an image without spacing cannot be resampled', () => {
    const step = { step: 'resample', millimetres: 1 } as const;
    expect(() => preprocess(image([1], 1), [step])).toThrow('how large its pixels are');
  });

  it('reduced by interpolation takes the nearest samples alone', () => {
    const input = image([0, 0, 8, 8, 0, 0, 0, 0], 8);
    const step = { step: 'resize', rows: 1, columns: 2, kernel: 'bilinear' } as const;
    expect(run(input, step)).toEqual([4, 0]);
  });
});

describe('step by step', () => {
  it('every image in between is the one that the steps up to there make', () => {
    const input = image([0, 10, 20, 30], 2, {
      slope: 2,
      intercept: -5,
      photometric: 'MONOCHROME1',
    });
    const steps: PreprocessStep[] = [
      { step: 'modality-lut' },
      { step: 'photometric' },
      { step: 'percentile-window', low: 0, high: 100 },
    ];
    const between = [...preprocessSteps(input, steps)];
    expect(between.map(({ step }) => step)).toEqual(steps);
    between.forEach(({ image: done }, at) =>
      expect(done).toEqual(preprocess(input, steps.slice(0, at + 1))),
    );
  });
});
