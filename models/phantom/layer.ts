import type { Random } from './random.ts';

/**
 * Attenuation, or a mask from 0 to 1, at a point of the body: x from the patient's right (-0.5) to left (0.5), y from head
 * (-0.5) to foot (0.5), in units of the image's side. It knows no pixels, so a phantom looks the same at every size.
 */
export type Layer = (x: number, y: number) => number;

/** 0 to 1 through 0.5 at 0. */
export function sigmoid(x: number): number {
  if (x > 16) return 1;
  return x < -16 ? 0 : 1 / (1 + Math.exp(-x));
}

/** 1 at 0, falling to 0 on both sides. */
export function bump(x: number): number {
  return x > 4 || x < -4 ? 0 : Math.exp(-x * x);
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** The sum of layers. */
export function stack(layers: readonly Layer[]): Layer {
  return (x, y) => {
    let sum = 0;
    for (const layer of layers) sum += layer(x, y);
    return sum;
  };
}

const ease = (t: number) => t * t * (3 - 2 * t);

/** Smooth random texture with a mean of 0 and a standard deviation near 1, `cells` blobs to the image's side. */
export function texture(random: Random, cells: number): Layer {
  const side = cells + 2;
  const lattice = Float32Array.from({ length: side * side }, () => 1.6 * random.normal());
  const at = (column: number, row: number) => lattice[row * side + column] ?? 0;
  return (x, y) => {
    const u = clamp((x + 0.5) * cells, 0, cells);
    const v = clamp((y + 0.5) * cells, 0, cells);
    const [column, row] = [Math.floor(u), Math.floor(v)];
    const [s, t] = [ease(u - column), ease(v - row)];
    const upper = at(column, row) * (1 - s) + at(column + 1, row) * s;
    const lower = at(column, row + 1) * (1 - s) + at(column + 1, row + 1) * s;
    return upper * (1 - t) + lower * t;
  };
}
