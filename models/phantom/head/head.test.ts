import { describe, expect, it } from 'vitest';
import { preprocess } from '../../preprocess.ts';
import { seededRandom } from '../random.ts';
import { type BleedKind, bleedKinds, chooseBleeds } from './bleed.ts';
import { grain } from './field.ts';
import { chooseMimics, type MimicKind, mimicKinds } from './mimic.ts';
import { type HeadScan, type HeadSlice, scanHead, type ScanRequest } from './scan.ts';
import { headSlice, storeHeadSlice, worstSlice } from './stored-slice.ts';

const seed = 42;
const size = 64;
const clear = { seed, size, slices: 20, bleeds: [], mimics: [] } as const;

function everySlice(scan: HeadScan): HeadSlice[] {
  return Array.from({ length: scan.protocol.slices }, (_, at) => scan.slice(at));
}

/** The slice at a height of the head, millimetres. */
function sliceAt(request: ScanRequest, height: number): HeadSlice {
  const { protocol, slice } = scanHead(request);
  return slice(Math.round((height - protocol.bottom) / protocol.spacing));
}

function middle(values: Float32Array): number {
  return values.toSorted()[values.length >> 1] ?? 0;
}

/** Values of the pixels for which `chosen` is true. */
function pick({ hu }: HeadSlice, chosen: (at: number) => boolean): Float32Array {
  return hu.filter((_, at) => chosen(at));
}

function shrink(slice: HeadSlice): Float32Array {
  return preprocess(storeHeadSlice(slice), [
    { step: 'modality-lut' },
    { step: 'window', centre: 40, width: 80 },
    { step: 'resize', rows: 32, columns: 32 },
  ]).values;
}

describe('a head', () => {
  it('is the same for the same request and another for another seed', () => {
    const one = scanHead(clear).slice(9).hu;
    expect(scanHead(clear).slice(9).hu).toEqual(one);
    expect(scanHead({ ...clear, seed: seed + 1 }).slice(9).hu).not.toEqual(one);
  });

  it('shows a slice alike whether or not the others were drawn before', () => {
    const scan = scanHead(clear);
    everySlice(scan);
    expect(scan.slice(9)).toEqual(scanHead(clear).slice(9));
  });

  it('shows the same picture at every size', () => {
    const small = shrink(sliceAt({ ...clear, size: 128 }, 20));
    const large = shrink(sliceAt({ ...clear, size: 320 }, 20));
    const distance = small.reduce((sum, value, at) => sum + Math.abs(value - (large[at] ?? 0)), 0);
    expect(distance / small.length).toBeLessThan(0.02);
  });

  it('is brain within bone within air', () => {
    const { hu } = sliceAt({ ...clear, size: 128 }, 30);
    const row = hu.subarray(64 * 128, 65 * 128);
    expect(row[0]).toBeLessThan(-900);
    expect(Math.max(...row)).toBeGreaterThan(700);
    expect(middle(row.subarray(48, 80))).toBeGreaterThan(15);
    expect(middle(row.subarray(48, 80))).toBeLessThan(45);
  });

  it('has bone of the base in its low slices and only a ring in the high ones', () => {
    const bone = (height: number) =>
      pick(sliceAt(clear, height), () => true).filter((v) => v > 300).length;
    expect(bone(-38)).toBeGreaterThan(1.5 * bone(30));
  });

  it('has dark ventricles and no haemorrhage when none is asked for', () => {
    const slices = everySlice(scanHead(clear));
    expect(slices.every(({ bleedArea, centre }) => bleedArea === 0 && !centre)).toBe(true);
    expect(slices.every(({ mask }) => mask.every((value) => value === 0))).toBe(true);
    const { hu } = sliceAt({ ...clear, size: 128 }, 18);
    const inner = Array.from(
      { length: 40 * 40 },
      (_, at) => hu[(44 + Math.floor(at / 40)) * 128 + 44 + (at % 40)] ?? 0,
    );
    expect(inner.filter((value) => value < 14).length).toBeGreaterThan(20);
  });
});

describe('a haemorrhage', () => {
  it.each(bleedKinds)(
    '%s is as dense as blood where the mask says, and changes little else',
    (kind) => {
      const request = { ...clear, size: 128, bleeds: [kind] as BleedKind[] };
      const scan = scanHead(request);
      const index = worstSlice(scan);
      const shown = scan.slice(index);
      const without = scanHead({ ...request, bleeds: [] }).slice(index);
      const blood = middle(pick(shown, (at) => shown.mask[at] === 1));
      expect(blood).toBeGreaterThan(42);
      expect(blood).toBeLessThan(85);
      const far = pick(shown, (at) => Math.abs((shown.hu[at] ?? 0) - (without.hu[at] ?? 0)) > 10);
      expect(far.length).toBeGreaterThan(5);
      expect(far.length).toBeLessThan(0.1 * shown.hu.length);
    },
  );

  it('has a centre in or near its mask and an area that fits it', () => {
    const scan = scanHead({ ...clear, size: 128, bleeds: ['intraparenchymal'] });
    const { mask, bleedArea, centre } = scan.slice(worstSlice(scan));
    const pixel = (scan.protocol.fieldOfView / 128) ** 2;
    const counted = mask.reduce((sum, value) => sum + value, 0) * pixel;
    expect(Math.abs(counted - bleedArea)).toBeLessThan(0.35 * bleedArea);
    const at = Math.round(centre?.row ?? 0) * 128 + Math.round(centre?.column ?? 0);
    const near = [-2, -1, 0, 1, 2].flatMap((dy) =>
      [-2, -1, 0, 1, 2].map((dx) => mask[at + 128 * dy + dx]),
    );
    expect(near).toContain(1);
  });

  it('sinks to the back of the ventricles', () => {
    const scan = scanHead({ ...clear, size: 128, bleeds: ['intraventricular'] });
    const { centre } = scan.slice(worstSlice(scan));
    expect(centre?.row).toBeGreaterThan(66);
  });

  it('is in half of the heads, each kind in about its share', () => {
    const chosen = Array.from({ length: 800 }, (_, at) => chooseBleeds(at));
    expect(Math.abs(chosen.filter((kinds) => kinds.length > 0).length / 800 - 0.5)).toBeLessThan(
      0.06,
    );
    for (const kind of bleedKinds) {
      const share = chosen.filter((kinds) => kinds.includes(kind)).length / 800;
      expect(share, kind).toBeGreaterThan(0.09);
      expect(share, kind).toBeLessThan(0.2);
    }
  });
});

describe('what resembles a haemorrhage', () => {
  const heights: [MimicKind, number][] = [
    ['pineal-calcification', 6],
    ['choroid-calcification', 14],
    ['ganglia-calcification', 4],
    ['falx-calcification', 48],
    ['clip', -10],
  ];

  it.each(heights)('%s is denser than blood, named where it lies and never in the mask', (kind) => {
    const slices = everySlice(scanHead({ ...clear, size: 128, slices: 40, mimics: [kind] }));
    const named = slices.filter(({ mimics }) => mimics.includes(kind));
    expect(named.length).toBeGreaterThan(0);
    expect(named.length).toBeLessThan(20);
    const plain = everySlice(scanHead({ ...clear, size: 128, slices: 40 }));
    const most = slices.map(({ hu }, at) =>
      hu.reduce((top, value, pixel) => Math.max(top, value - (plain[at]?.hu[pixel] ?? 0)), 0),
    );
    expect(Math.max(...most)).toBeGreaterThan(60);
    expect(slices[most.indexOf(Math.max(...most))]?.mimics).toContain(kind);
    expect(slices.every(({ bleedArea }) => bleedArea === 0)).toBe(true);
  });

  it('moves the whole head', () => {
    const slices = everySlice(scanHead({ ...clear, mimics: ['motion'] }));
    expect(slices.every(({ mimics }) => mimics.includes('motion'))).toBe(true);
  });

  it('is drawn of every kind', () => {
    const chosen = new Set(Array.from({ length: 200 }, (_, at) => chooseMimics(at)).flat());
    expect([...chosen].sort()).toEqual([...mimicKinds].sort());
  });
});

describe('a stored slice', () => {
  it('keeps CT numbers to the nearest whole one in 12 bits', () => {
    const slice = scanHead(clear).slice(9);
    const stored = storeHeadSlice(slice);
    expect(stored).toMatchObject({ rows: size, columns: size, slope: 1, intercept: -1024 });
    expect(
      stored.values.every((value) => Number.isInteger(value) && value >= 0 && value <= 4095),
    ).toBe(true);
    const rounding = slice.hu.map((value, at) => Math.abs((stored.values[at] ?? 0) - 1024 - value));
    expect(Math.max(...rounding)).toBeLessThan(0.51);
    expect(headSlice({ ...clear, index: 9 })).toEqual(stored);
  });

  it('is the middle one of a head in which nothing bleeds', () => {
    expect(worstSlice(scanHead(clear))).toBe(10);
  });
});

describe('a texture', () => {
  it('has a mean of 0 and a standard deviation of about 1.3', () => {
    const texture = grain(seededRandom(seed, 'test'), 7);
    const random = seededRandom(seed, 'places');
    const drawn = Array.from({ length: 20_000 }, () =>
      texture(random.uniform(-90, 90), random.uniform(-90, 90), random.uniform(-80, 90)),
    );
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
    const variance = drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / drawn.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(variance).toBeGreaterThan(1.3);
    expect(variance).toBeLessThan(2);
  });
});
