import { describe, expect, it } from 'vitest';
import type { DataSet } from '../dicom/data-set.ts';
import { type Keyword, tags } from '../dicom/tag.ts';
import {
  chooseWindows,
  storedWindows,
  windowBetween,
  windowOfTable,
  windowOfValues,
} from './windows.ts';

function dataSet(attributes: { [Name in Keyword]?: string }): DataSet {
  const elements = Object.entries(attributes).map(([keyword, text]) => {
    const tag = tags[keyword as Keyword];
    const vr = keyword === 'WindowCenterWidthExplanation' ? 'LO' : 'DS';
    return [tag, { tag, vr, value: Buffer.from(text) }] as const;
  });
  return { elements: new Map(elements), littleEndian: true };
}

const ramp = (low: number, high: number) =>
  Float32Array.from({ length: 1001 }, (_, at) => low + ((high - low) * at) / 1000);

describe('the windows that an image names', () => {
  it('are all of them, with what it calls them', () => {
    const scope = dataSet({
      WindowCenter: '40\\600',
      WindowWidth: '80\\2800',
      WindowCenterWidthExplanation: 'BRAIN\\BONE',
    });
    expect(storedWindows([scope])).toEqual([
      { name: 'BRAIN', center: 40, width: 80 },
      { name: 'BONE', center: 600, width: 2800 },
    ]);
  });

  it('are as stored where it calls them nothing, and none where they have no width', () => {
    const scope = dataSet({ WindowCenter: '1\\2\\3\\x', WindowWidth: '10\\0\\-5\\9' });
    expect(storedWindows([scope])).toEqual([{ name: 'as-stored', center: 1, width: 10 }]);
    expect(storedWindows([dataSet({ WindowCenter: '1' })])).toEqual([]);
    expect(storedWindows([dataSet({})])).toEqual([]);
  });

  it('have no endless names, and are not endlessly many', () => {
    const scope = dataSet({
      WindowCenter: Array(50).fill('1').join('\\'),
      WindowWidth: Array(50).fill('2').join('\\'),
      WindowCenterWidthExplanation: 'x'.repeat(64),
    });
    const windows = storedWindows([scope]);
    expect(windows).toHaveLength(8);
    expect(windows[0]?.name).toHaveLength(32);
  });
});

describe('the window of a table', () => {
  it('spans the inputs between which its output changes', () => {
    const entries = Uint16Array.from({ length: 1000 }, (_, at) =>
      Math.min(4095, Math.max(0, (at - 200) * 10)),
    );
    const { center, width } = windowOfTable({ first: 100, entries, bits: 12 });
    expect(center).toBeCloseTo(100 + 200 + 205, -1);
    expect(width).toBeGreaterThan(380);
    expect(width).toBeLessThan(410);
  });

  it('is the same of a table that falls, and has a width whatever the table', () => {
    const rising = Uint16Array.from({ length: 100 }, (_, at) => at * 40);
    const falling = rising.toReversed();
    const of = (entries: Uint16Array) => windowOfTable({ first: 0, entries, bits: 12 });
    expect(of(falling).width).toBeCloseTo(of(rising).width, 0);
    for (const entries of [[], [5], [5, 5, 5], [0, 9]])
      expect(of(Uint16Array.from(entries)).width).toBeGreaterThan(0);
  });
});

describe('the window of values', () => {
  it('leaves out the outermost', () => {
    const values = Float32Array.from([...ramp(100, 200), 60_000, -60_000]);
    const { center, width, name } = windowOfValues(values);
    expect(name).toBe('percentile');
    expect(center).toBeCloseTo(150, 0);
    expect(width).toBeGreaterThan(97);
    expect(width).toBeLessThan(100);
  });

  it('has a width for a flat image and for none', () => {
    for (const values of [[], [7], [7, 7, 7]])
      expect(windowOfValues(Float32Array.from(values)).width).toBe(1);
    expect(windowBetween('x', 1, 1 + 1e-9).width).toBe(1);
  });
});

describe('the windows of an image', () => {
  const own = { name: 'as-stored', center: 50, width: 100 };
  const names = (windows: { name: string }[]) => windows.map(({ name }) => name);

  it('begin with its own', () => {
    expect(chooseWindows([own], undefined, ramp(0, 100))).toEqual([own]);
    expect(names(chooseWindows([own], 'head', ramp(-1000, 2000)))).toEqual([
      'as-stored',
      'brain',
      'subdural',
      'bone',
    ]);
    expect(names(chooseWindows([], 'body', ramp(-1000, 2000)))).toEqual([
      'soft-tissue',
      'lung',
      'bone',
    ]);
  });

  it('come from the values where it has none, or where its own show none of them', () => {
    expect(names(chooseWindows([], undefined, ramp(0, 100)))).toEqual(['percentile']);
    expect(names(chooseWindows([own], undefined, ramp(3000, 4000)))).toEqual(['percentile']);
    expect(names(chooseWindows([], 'head', ramp(5000, 6000)))[0]).toBe('percentile');
  });

  it('are each there once', () => {
    const brain = { name: 'BRAIN', center: 40, width: 80 };
    expect(names(chooseWindows([brain, brain], 'head', ramp(-1000, 2000)))).toEqual([
      'BRAIN',
      'subdural',
      'bone',
    ]);
  });

  it('are there for a flat image and for one without values', () => {
    expect(names(chooseWindows([own], undefined, Float32Array.of(50, 50)))).toEqual(['as-stored']);
    expect(names(chooseWindows([own], undefined, new Float32Array(0)))).toEqual(['percentile']);
  });
});
