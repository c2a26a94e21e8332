import { clamp } from '../layer.ts';
import type { Random } from '../random.ts';

/**
 * A quantity at a point of the head: x to the patient's left, y to the back, z to the crown, millimetres of a head of
 * average size. The origin lies in the midline at the height of the third ventricle.
 */
export type Field = (x: number, y: number, z: number) => number;

/** The box in which random textures differ from point to point; a head lies within. */
const corner = { x: -100, y: -120, z: -90 } as const;
const extent = { x: 200, y: 240, z: 210 } as const;

const ease = (t: number) => t * t * (3 - 2 * t);
const mix = (from: number, to: number, t: number) => from + (to - from) * t;

/** Smooth random texture with a mean of 0 and a standard deviation of about 1.3, in blobs of `cell` millimetres. */
export function grain(random: Random, cell: number): Field {
  const columns = Math.ceil(extent.x / cell) + 2;
  const rows = Math.ceil(extent.y / cell) + 2;
  const layers = Math.ceil(extent.z / cell) + 2;
  const lattice = Float32Array.from({ length: columns * rows * layers }, () => 2 * random.normal());
  const layer = columns * rows;
  const edge = (at: number, t: number) => mix(lattice[at] ?? 0, lattice[at + 1] ?? 0, t);
  const face = (at: number, t: number, u: number) => mix(edge(at, t), edge(at + columns, t), u);
  return (x, y, z) => {
    const [u, v, w] = [
      clamp((x - corner.x) / cell, 0, columns - 1.001),
      clamp((y - corner.y) / cell, 0, rows - 1.001),
      clamp((z - corner.z) / cell, 0, layers - 1.001),
    ];
    const [column, row, level] = [Math.floor(u), Math.floor(v), Math.floor(w)];
    const at = column + columns * row + layer * level;
    const [s, t] = [ease(u - column), ease(v - row)];
    return mix(face(at, s, t), face(at + layer, s, t), ease(w - level));
  };
}
