import { bump, clamp, sigmoid, texture } from '../layer.ts';
import type { Random } from '../random.ts';
import { type Field, grain } from './field.ts';
import { ellipsoid, mirror, type Solid, within } from './solid.ts';

/** Angles of a contour table; 0 is the patient's right, a quarter is the front. */
export const angles = 720;

/** Bone and scalp around a head. Lengths in millimetres. */
export interface Skull {
  /** Distance of the outer table from the axis, by angle, where the head is widest. */
  radius: Float32Array;
  /** From the outer to the inner table. */
  thickness: Float32Array;
  /** Skin and fat outside the bone. */
  scalp: Float32Array;
  /** Height of the outer table at the crown. */
  crown: number;
  /** Height of the skull base, over which brain begins. */
  floor(x: number, y: number): number;
  /** How far down from `floor` the bone goes. */
  floorThickness(x: number, y: number): number;
  /** Air cells, orbits and what else lies in or under the base. */
  spaces: Solid[];
}

function byAngle(value: (turn: number) => number): Float32Array {
  return Float32Array.from({ length: angles }, (_, at) =>
    value((2 * Math.PI * (at + 0.5)) / angles - Math.PI),
  );
}

/** A closed curve near 1 whose harmonics differ from head to head. */
function wobble(random: Random, amount: number): (turn: number) => number {
  const waves = [2, 3, 4, 5, 7].map((k) => ({
    k,
    height: (amount * random.normal()) / k,
    phase: random.uniform(0, 2 * Math.PI),
  }));
  return (turn) =>
    waves.reduce((sum, { k, height, phase }) => sum + height * Math.cos(k * turn + phase), 1);
}

/** An egg: the back wider than the front. */
function drawRadius(random: Random): Float32Array {
  const shape = wobble(random, 0.012);
  const egg = random.uniform(0.02, 0.06);
  const [halfWidth, halfLength] = [random.uniform(66, 71), random.uniform(84, 90)];
  return byAngle((turn) => {
    const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
    const oval = 1 / Math.hypot(cos / halfWidth, sin / halfLength);
    return oval * shape(turn) * (1 + egg * sin * cos * cos);
  });
}

function drawThickness(random: Random): Float32Array {
  const shape = wobble(random, 0.12);
  const mean = random.uniform(4.6, 7.5);
  return byAngle((turn) => mean * shape(turn) * (1 + 0.25 * Math.sin(turn) ** 2));
}

/** Height of the ridge of the petrous bone over one side, by distance from the midline and y. */
function petrousRidge(aside: number, y: number): { height: number; distance: number } {
  const t = clamp(((aside - 12) * 48 + y * 30) / (48 * 48 + 30 * 30), 0, 1);
  const distance = Math.hypot(aside - 12 - 48 * t, y - 30 * t);
  return { distance, height: -21 - 0.1 * distance * distance };
}

interface BaseShape {
  roof: number;
  middle: number;
  bumps: (x: number, y: number) => number;
}

function floorHeight({ roof, middle, bumps }: BaseShape, x: number, y: number): number {
  const aside = Math.abs(x);
  const ahead = sigmoid((-25 - 7 * bump((aside - 34) / 18) - y) / 1.2);
  const front = roof + 5 * bump((aside - 26) / 13) - 6 * bump(aside / 8);
  const behind = sigmoid((y - 0.62 * (aside - 12)) / 2);
  const sella = -26 - (aside / 7) ** 2 - ((y + 8) / 4) ** 2;
  const low = front * ahead + (1 - ahead) * (middle * (1 - behind) - 75 * behind);
  return Math.max(low, sella, petrousRidge(aside, y).height) + 1.6 * bumps(x / 200, y / 220);
}

function floorThickness(x: number, y: number): number {
  const aside = Math.abs(x);
  if (petrousRidge(aside, y).distance < 12) return 24;
  return aside < 14 && y > -14 && y < 8 ? 16 : 3;
}

/** Bone riddled with air. */
function drawMastoid(random: Random, cells: Field): Solid {
  const open = random.uniform(-0.5, 0.5);
  return within(ellipsoid(-600, [53, 31, -36], [10, 12, 13]), (x, y, z) =>
    sigmoid(8 * (cells(x, y, z) - open)),
  );
}

function drawSpaces(random: Random): Solid[] {
  const cells = grain(random, 4);
  const sinus = random.uniform(0.5, 1.2);
  const globe = ellipsoid(18, [31, -68, -32], [12, 12, 12]);
  const orbit = ellipsoid(-95, [28, -60, -33], [17, 24, 16]);
  const pair = [
    drawMastoid(random, cells),
    orbit,
    ellipsoid(45, [31, -68, -32], [13, 13, 13]),
    globe,
  ];
  return [
    ...pair.flatMap((solid) => [solid, mirror(solid)]),
    within(ellipsoid(-950, [0, -52, -36], [11, 26, 15]), (x, y, z) =>
      sigmoid(9 * (cells(x, y, z) + 1)),
    ),
    ellipsoid(-950, [1, -24, -40], [11, 9, 9]),
    ellipsoid(-950, [9, -80, -10], [9 * sinus, 3.5, 11 * sinus]),
    ellipsoid(-950, [-8, -80, -12], [8 * sinus, 3.5, 9 * sinus]),
  ];
}

export function drawSkull(random: Random): Skull {
  const scalpShape = wobble(random, 0.15);
  const scalp = random.uniform(4, 7.5);
  const base = {
    roof: random.uniform(-19, -14),
    middle: random.uniform(-46, -40),
    bumps: texture(random, 16),
  };
  return {
    radius: drawRadius(random),
    thickness: drawThickness(random),
    scalp: byAngle((turn) => scalp * scalpShape(turn) * (1 + 0.35 * Math.cos(turn) ** 2)),
    crown: random.uniform(82, 88),
    floor: (x, y) => floorHeight(base, x, y),
    floorThickness,
    spaces: drawSpaces(random),
  };
}
