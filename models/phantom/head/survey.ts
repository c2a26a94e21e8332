import type { Head } from './head.ts';
import { hu, tentorium } from './brain.ts';
import { angles, type Skull } from './skull.ts';

/** How a slice's pixels lie in the head: each axis is `at + column * right + row * down`, millimetres. */
export interface Plane {
  /** Rows and columns. */
  size: number;
  x: Axis;
  y: Axis;
  /** `at` is that of the slice whose height is 0. */
  z: Axis;
}

export interface Axis {
  at: number;
  right: number;
  down: number;
}

/** What is the same in every slice of a series, pixel by pixel. Lengths in millimetres. */
export interface Survey {
  plane: Plane;
  /** Pixels near or in the head, in order. Everywhere else is air. */
  body: Uint32Array;
  x: Float32Array;
  y: Float32Array;
  /** How far a pixel lies over the height of its slice. */
  rise: Float32Array;
  /** Index into the skull's tables. */
  angle: Uint16Array;
  /** Square of the distance from the axis in units of the outer table's, and that over the table's own square. */
  oval: Float32Array;
  slope: Float32Array;
  /** Heights. */
  floor: Float32Array;
  floorThickness: Float32Array;
  tentorium: Float32Array;
  /** CT numbers of what lies around the head, Hounsfield units: air, and the head rest under it. */
  around: Float32Array;
}

/** Beyond this many times the square of the outer table's distance there is only air. */
const farthest = 1.3;

/** CT number of a shell of carbon fibre. */
const headRest = -350;

function blankSurvey(plane: Plane): Survey {
  const pixels = plane.size * plane.size;
  const blank = (value = 0) => new Float32Array(pixels).fill(value);
  return {
    plane,
    body: new Uint32Array(0),
    x: blank(),
    y: blank(),
    rise: blank(),
    angle: new Uint16Array(pixels),
    oval: blank(farthest),
    slope: blank(),
    floor: blank(-200),
    floorThickness: blank(),
    tentorium: blank(-200),
    around: blank(hu.air),
  };
}

function along({ at, right, down }: Axis, size: number, pixel: number): number {
  return at + (pixel % size) * right + Math.floor(pixel / size) * down;
}

function surveyPixel(
  { radius, floor, floorThickness }: Skull,
  survey: Survey,
  at: number,
): boolean {
  const { x: across, y: back, z: up, size } = survey.plane;
  const [x, y] = [along(across, size, at), along(back, size, at)];
  const angle = Math.min(angles - 1, Math.floor((Math.atan2(y, x) / Math.PI + 1) * (angles / 2)));
  const table = (radius[angle] ?? 1) ** 2;
  const oval = (x * x + y * y) / table;
  survey.x[at] = x;
  survey.y[at] = y;
  if (oval > farthest) {
    if (y > 30 && Math.abs(Math.hypot(x, y + 6) - 109) < 1.5) survey.around[at] = headRest;
    return false;
  }
  survey.rise[at] = along(up, size, at);
  survey.angle[at] = angle;
  survey.oval[at] = oval;
  survey.slope[at] = oval / table;
  survey.floor[at] = floor(x, y);
  survey.floorThickness[at] = floorThickness(x, y);
  survey.tentorium[at] = tentorium(x, y);
  return true;
}

export function surveyHead({ skull }: Head, plane: Plane): Survey {
  const survey = blankSurvey(plane);
  const body: number[] = [];
  for (let at = 0; at < survey.x.length; at++) if (surveyPixel(skull, survey, at)) body.push(at);
  return { ...survey, body: Uint32Array.from(body) };
}

/** Column and row, not rounded, of a point of the head. */
export function pixelAt(
  { x, y }: Plane,
  across: number,
  back: number,
): { column: number; row: number } {
  const determinant = x.right * y.down - x.down * y.right;
  const [u, v] = [across - x.at, back - y.at];
  return {
    column: (u * y.down - v * x.down) / determinant,
    row: (v * x.right - u * y.right) / determinant,
  };
}

/** How far a point of the head lies over the height of its slice, millimetres. */
export function riseAt({ plane }: Survey, across: number, back: number): number {
  const { column, row } = pixelAt(plane, across, back);
  return plane.z.at + column * plane.z.right + row * plane.z.down;
}
