import { clamp } from '../layer.ts';
import type { Field } from './field.ts';

export type Point = readonly [x: number, y: number, z: number];

/** A piece of one material that replaces what was there. */
export interface Solid {
  /** CT number, Hounsfield units. */
  hu: number;
  /** No part of it lies outside; millimetres. */
  low: Point;
  high: Point;
  /** How much of a point it fills, 0 to 1. */
  share: Field;
  /** It is a haemorrhage, and so belongs to the ground truth. */
  bleed?: boolean;
  /** What it is where it only looks like one. */
  mimic?: string;
}

/** Millimetres over which an edge goes from 0 to 1. */
const edge = 0.8;

/** Share of a point from its depth beneath a surface, millimetres. */
export function edgeShare(depth: number, width = edge): number {
  return clamp(0.5 + depth / width, 0, 1);
}

function around(a: Point, b: Point, margin: Point): { low: Point; high: Point } {
  return {
    low: [
      Math.min(a[0], b[0]) - margin[0],
      Math.min(a[1], b[1]) - margin[1],
      Math.min(a[2], b[2]) - margin[2],
    ],
    high: [
      Math.max(a[0], b[0]) + margin[0],
      Math.max(a[1], b[1]) + margin[1],
      Math.max(a[2], b[2]) + margin[2],
    ],
  };
}

export function ellipsoid(hu: number, centre: Point, radii: Point): Solid {
  const [cx, cy, cz] = centre;
  const [rx, ry, rz] = radii;
  const least = Math.min(rx, ry, rz);
  return {
    hu,
    ...around(centre, centre, [rx + edge, ry + edge, rz + edge]),
    share: (x, y, z) => {
      const u = (x - cx) / rx;
      const v = (y - cy) / ry;
      const w = (z - cz) / rz;
      return edgeShare((1 - Math.sqrt(u * u + v * v + w * w)) * least);
    },
  };
}

/** A round rod between two points whose radius changes from one end to the other. */
export function rod(hu: number, from: Point, to: Point, radius: readonly [number, number]): Solid {
  const [dx, dy, dz] = [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
  const length = dx * dx + dy * dy + dz * dz;
  const widest = Math.max(...radius) + edge;
  return {
    hu,
    ...around(from, to, [widest, widest, widest]),
    share: (x, y, z) => {
      const [u, v, w] = [x - from[0], y - from[1], z - from[2]];
      const t = clamp((u * dx + v * dy + w * dz) / length, 0, 1);
      const [p, q, r] = [u - t * dx, v - t * dy, w - t * dz];
      const here = radius[0] + t * (radius[1] - radius[0]);
      return edgeShare(here - Math.sqrt(p * p + q * q + r * r));
    },
  };
}

/** Rods from point to point, `radii` at each point. */
export function chain(hu: number, points: readonly Point[], radii: readonly number[]): Solid[] {
  return points.slice(1).flatMap((to, at) => {
    const from = points[at];
    return from ? [rod(hu, from, to, [radii[at] ?? 0, radii[at + 1] ?? 0])] : [];
  });
}

/** The same solid on the other side of the midline. */
export function mirror(solid: Solid): Solid {
  return {
    ...solid,
    low: [-solid.high[0], solid.low[1], solid.low[2]],
    high: [-solid.low[0], solid.high[1], solid.high[2]],
    share: (x, y, z) => solid.share(-x, y, z),
  };
}

/** A solid where a field, 0 to 1, lets it be. */
export function within(solid: Solid, field: Field): Solid {
  return {
    ...solid,
    share: (x, y, z) => {
      const share = solid.share(x, y, z);
      return share && share * field(x, y, z);
    },
  };
}
