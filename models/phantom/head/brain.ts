import { bump, clamp } from '../layer.ts';
import type { Random } from '../random.ts';
import { type Field, grain } from './field.ts';
import { chain, ellipsoid, mirror, type Point, type Solid } from './solid.ts';
import type { Skull } from './skull.ts';

/** CT numbers of what a head is made of, Hounsfield units. */
export const hu = {
  air: -1000,
  fat: -95,
  fluid: 7,
  white: 28,
  grey: 36,
  nuclei: 35,
  dura: 46,
  muscle: 52,
  skin: 35,
  bone: 1150,
  diploe: 620,
} as const;

/** The brain between the inner table and the skull base. Lengths in millimetres. */
export interface Brain {
  /** Distance from the zero of the folded surface that makes sulci, in standard deviations. */
  folds: Field;
  /** Slow variation of the tissue. */
  mottle: Field;
  /** Fluid between the inner table and the brain. */
  gap: number;
  /** Half width of a sulcus at the surface, in standard deviations of `folds`. */
  sulcus: number;
  /** Half width of the falx, and how far it bows to one side. */
  falx: number;
  bow: number;
  /** Half width of the fluid beside the falx. */
  fissure: number;
  ventricles: Solid[];
  /** Fluid spaces around the brain stem and the sylvian fissures. */
  cisterns: Solid[];
  /** Deep grey matter and brain stem. */
  nuclei: Solid[];
  sinuses: Solid[];
}

/** Where tissue stands: distances in millimetres. */
export interface Place {
  x: number;
  y: number;
  z: number;
  /** Depth beneath the surface of the brain. */
  depth: number;
}

function drawVentricle(random: Random, width: number): Solid[] {
  const wide = (radius: number) => radius * width * random.uniform(0.9, 1.1);
  const body: Point[] = [
    [10, -34, 11],
    [6 + 2 * width, -18, 17],
    [8 + 2 * width, 8, 23],
    [22, 32, 15],
    [22, 50, 10],
  ];
  return [
    ...chain(hu.fluid, body, [wide(3), wide(4), wide(4.2), wide(5), wide(2)]),
    ...chain(
      hu.fluid,
      [
        [22, 32, 15],
        [30, 14, -8],
        [30, -4, -16],
      ],
      [wide(4), wide(1.8), wide(1.2)],
    ),
  ];
}

function drawVentricles(random: Random, width: number): Solid[] {
  return [
    ...drawVentricle(random, width),
    ...drawVentricle(random, width).map(mirror),
    ellipsoid(hu.fluid, [0, 2, 4], [1.6 * width, 13, 9]),
    ellipsoid(hu.fluid, [0, 27, -33], [6 + width, 4 + width, 9]),
  ];
}

/** The suprasellar cistern: a star of five arms. */
function drawStar(): Solid[] {
  const tips: Point[] = [
    [0, -26, -15],
    [14, -15, -17],
    [-14, -15, -17],
    [13, 1, -17],
    [-13, 1, -17],
  ];
  return tips.flatMap((tip) => chain(hu.fluid, [[0, -9, -19], tip], [5, 1.8]));
}

function drawCisterns(width: number): Solid[] {
  const sylvian = chain(
    hu.fluid,
    [
      [10, -12, -17],
      [26, -15, -12],
      [43, -13, -4],
      [47, 6, 6],
      [50, 20, 14],
    ],
    [2.2, 1.8, 2.2, 2.2, 1.2].map((radius) => radius * width),
  );
  return [
    ...sylvian,
    ...sylvian.map(mirror),
    ...drawStar(),
    ellipsoid(hu.fluid, [0, 0, -34], [16, 9, 14]),
    ellipsoid(hu.fluid, [0, 24, -1], [12, 4 * width, 6]),
    ...[1, -1].map((side) => ellipsoid(hu.fluid, [17 * side, 15, -9], [3 * width, 10, 7])),
  ];
}

function drawNuclei(): Solid[] {
  const pair = [
    ellipsoid(hu.nuclei, [14, -21, 13], [5, 10, 9]),
    ellipsoid(hu.nuclei, [26, -5, 5], [7, 15, 9]),
    ellipsoid(hu.nuclei, [12, 12, 8], [9, 13, 9]),
  ];
  return pair.flatMap((solid) => [solid, mirror(solid)]);
}

function drawStem(): Solid[] {
  return [
    ellipsoid(32, [0, 8, -12], [14, 11, 9]),
    ellipsoid(32, [0, 8, -30], [14, 11, 15]),
    ellipsoid(31, [0, 14, -50], [9, 8, 18]),
  ];
}

/** Course of the transverse sinus of the left side. */
export const transverseSinus: readonly Point[] = [
  [0, 78, -3],
  [28, 72, -9],
  [50, 52, -13],
  [59, 34, -20],
];

/** Course of the straight sinus, from the great vein to the back. */
export const straightSinus: readonly Point[] = [
  [0, 28, 8],
  [0, 76, -2],
];

/** Along the inner table in the midline, and from its end to both sides. */
function drawSinuses(random: Random, skull: Skull): Solid[] {
  const density = random.uniform(46, 54);
  const radius = random.uniform(2.8, 4);
  const sagittal = [0, 18, 36, 54, 72, 90, 110, 130].map((degrees): Point => {
    const turn = (degrees * Math.PI) / 180;
    return [0, 78 * Math.cos(turn), (skull.crown - 10) * Math.sin(turn)];
  });
  const transverse = chain(density, transverseSinus, [radius, 3.4, 3.4, 3]);
  return [
    ...chain(
      density,
      sagittal,
      sagittal.map((_, at) => radius * (1 - 0.07 * at)),
    ),
    ...transverse,
    ...transverse.map(mirror),
    ...chain(density, straightSinus, [1.3, 2.2]),
  ];
}

export function drawBrain(random: Random, skull: Skull): Brain {
  const age = random.uniform(0, 1);
  const width = (0.75 + 0.7 * age) * random.uniform(0.85, 1.15);
  const sinuses = drawSinuses(random, skull);
  return {
    folds: grain(random, random.uniform(8.5, 11)),
    mottle: grain(random, 24),
    gap: 0.5 + 2.2 * age * age + random.uniform(0, 0.6),
    sulcus: 0.14 + 0.22 * age + random.uniform(0, 0.06),
    falx: random.uniform(0.5, 1),
    bow: 1.5 * random.normal(),
    fissure: 0.5 + 1.3 * age,
    ventricles: drawVentricles(random, width),
    cisterns: drawCisterns(0.7 + 0.6 * age),
    nuclei: drawNuclei(),
    sinuses,
  };
}

/** The brain stem is drawn after the cisterns, which surround it. */
export const stem: readonly Solid[] = drawStem();

/** Height of the tentorium over the cerebellum, or far below where there is none. */
export function tentorium(x: number, y: number): number {
  const aside = Math.abs(x);
  const before = y < 4 + 0.55 * aside || (aside < 15 && y < 24);
  return before ? -200 : 8 - 0.19 * (y - 26) - 0.4 * aside + 0.0022 * aside * aside;
}

/** Distance from the falx, or far where there is none: over the corpus callosum and the tentorium. */
export function falxDistance({ bow }: Brain, { x, y, z }: Place): number {
  const callosum = (y / 46) ** 2 + ((z - 4) / 28) ** 2 < 1;
  const middle = bow * bump(y / 50);
  return callosum || z < -22 || z < tentorium(0, y) ? 99 : Math.abs(x - middle);
}

/** Share of fluid in the sulci at a place over the tentorium. */
export function sulcalFluid(
  { folds, sulcus }: Brain,
  { x, y, z, depth }: Place,
  wider = 1,
): number {
  const narrowing = 1 - depth / 17;
  if (narrowing <= 0) return 0;
  return (
    clamp((sulcus * wider * narrowing - Math.abs(folds(x, y, z))) / 0.08 + 0.5, 0, 1) *
    Math.min(1, 3 * narrowing)
  );
}

/** Grey matter follows the surface and the sulci; white matter lies within. */
export function cortexShare({ folds, sulcus }: Brain, { x, y, z, depth }: Place): number {
  const ribbon = clamp((3.5 - depth) / 1.5, 0, 1);
  if (depth > 30) return ribbon;
  const reach = (sulcus + 0.5) * clamp(1.25 - depth / 24, 0, 1);
  return Math.max(ribbon, clamp((reach - Math.abs(folds(x, y, z))) / 0.25, 0, 1));
}

/** Leaves of the cerebellum, at a place under the tentorium. */
export function cerebellum({ folds }: Brain, { x, y, z, depth }: Place): number {
  const leaf = bump(folds(1.7 * x, 2.3 * y, 2.3 * z) / 0.12) * clamp(1.2 - depth / 22, 0.1, 1);
  return 34.5 - 9 * leaf;
}
