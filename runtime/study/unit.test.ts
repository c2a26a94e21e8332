import { describe, expect, it } from 'vitest';
import { isImmediate, planUnits, type UnitInstance, unitName } from './unit.ts';

/** A slice of a series at so many millimetres of the plane `axial`, or without a position. */
function slice(sopInstanceUid: string, at?: number, seriesUid = 's', plane = 'axial') {
  return {
    sopInstanceUid,
    seriesUid,
    facts: { slice: at === undefined ? undefined : { plane, at } },
  };
}

/** Each unit as `centre: instances`. */
function plan(kind: 'image' | 'slice' | 'slab' | 'volume', slices: number, all: UnitInstance[]) {
  return planUnits({ kind, slices }, all).map(
    ({ centre, instances }) =>
      `${centre.sopInstanceUid}: ${instances.map((each) => each.sopInstanceUid).join(' ')}`,
  );
}

// They come in any order.
const stack = [slice('c', 10), slice('a', 0), slice('d', 15), slice('b', 5)];

describe('what a model looks at in one run', () => {
  it.each(['image', 'slice'] as const)('is each instance alone where it takes an %s', (kind) => {
    expect(plan(kind, 1, stack)).toEqual(['c: c', 'a: a', 'd: d', 'b: b']);
    expect(isImmediate({ kind })).toBe(true);
  });

  it('is each slice with its neighbours; at the ends the outermost stands in', () => {
    expect(plan('slab', 3, stack)).toEqual(['a: a a b', 'b: a b c', 'c: b c d', 'd: c d d']);
    expect(plan('slab', 5, stack)[0]).toBe('a: a a a b c');
    expect(plan('slab', 3, stack.slice(0, 1))).toEqual(['c: c c c']);
    expect(isImmediate({ kind: 'slab' })).toBe(false);
  });

  it('is a whole stack in order, under the name of its middle slice', () => {
    expect(plan('volume', 4, stack)).toEqual(['c: a b c d']);
    expect(plan('volume', 4, stack.slice(0, 3))).toEqual(['c: a c d']);
    expect(isImmediate({ kind: 'volume' })).toBe(false);
  });

  it('never mixes series, nor slices that are not parallel', () => {
    const mixed = [
      slice('a', 0),
      slice('x', 1, 'other'),
      slice('b', 5),
      slice('y', 6, 'other'),
      slice('p', 2, 's', 'coronal'),
    ];
    expect(plan('volume', 2, mixed)).toEqual(['b: a b', 'y: x y', 'p: p']);
    expect(plan('slab', 3, mixed).toSorted()).toEqual([
      'a: a a b',
      'b: a b b',
      'p: p p p',
      'x: x x y',
      'y: x y y',
    ]);
  });

  it('takes what has no position for nobody’s neighbour', () => {
    expect(plan('slab', 3, [slice('m'), slice('n'), slice('a', 0)])).toEqual([
      'm: m m m',
      'n: n n n',
      'a: a a a',
    ]);
  });

  it('is the same whatever the order in which the instances came', () => {
    const level = [slice('b', 0), slice('a', 0), slice('c', 5)];
    expect(plan('slab', 3, level.toReversed())).toEqual(plan('slab', 3, level));
    expect(plan('slab', 3, level)[0]).toBe('a: a a b');
  });

  it('is nothing where nothing came', () => {
    for (const kind of ['image', 'slab', 'volume'] as const) expect(plan(kind, 3, [])).toEqual([]);
  });
});

describe('the name under which a result is kept', () => {
  const names = (all: UnitInstance[]) =>
    planUnits({ kind: 'slab', slices: 3 }, all).map((unit) => unitName('model', unit));

  it('is that of the model for one instance', () => {
    const [unit] = planUnits({ kind: 'image', slices: 1 }, stack);
    expect(unitName('model', unit!)).toBe('model');
  });

  it('changes for a slab when another slice comes between, and for no other', () => {
    const before = names(stack);
    const after = names([...stack, slice('e', 20)]);
    expect(after.slice(0, 3)).toEqual(before.slice(0, 3));
    expect(after[3]).not.toBe(before[3]);
    expect(new Set([...before, ...after]).size).toBe(6);
  });
});
