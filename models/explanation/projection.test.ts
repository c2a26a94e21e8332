import { describe, expect, it } from 'vitest';
import { enlarge } from './heat-map.ts';
import { project } from './projection.ts';

const map = { rows: 2, columns: 3, values: Float32Array.of(1, 5, 2, 8, 0, -3) };

describe('a map laid onto a picture', () => {
  it('is the enlarged map where the network saw the whole image', () => {
    const source = { rows: 40, columns: 90 };
    const steps = [{ step: 'resize' as const, rows: 16, columns: 16 }];
    const [one, other] = [
      project(map, { rows: 20, columns: 30 }, { source, steps }).values,
      enlarge(map, { rows: 20, columns: 30 }).values,
    ];
    expect(Math.max(...one.map((value, at) => Math.abs(value - other[at]!)))).toBeLessThan(1e-5);
  });

  it('is 0 where the network has not looked', () => {
    const source = { rows: 8, columns: 8 };
    const steps = [{ step: 'crop' as const, fraction: 0.5 }];
    const ones = { rows: 1, columns: 1, values: Float32Array.of(1) };
    const { values } = project(ones, { rows: 4, columns: 4 }, { source, steps });
    expect([...values]).toEqual([0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0]);
  });

  it('lies where the middle of a letterbox was', () => {
    const source = { rows: 4, columns: 8 };
    const steps = [{ step: 'letterbox' as const, rows: 8, columns: 8 }];
    const rows = { rows: 8, columns: 1, values: Float32Array.of(9, 9, 1, 2, 3, 4, 9, 9) };
    const { values } = project(rows, { rows: 4, columns: 1 }, { source, steps });
    expect([...values]).toEqual([1, 2, 3, 4]);
  });
});
