import { clamp } from '../layer.ts';
import { type Random, seededRandom } from '../random.ts';
import type { Brain } from './brain.ts';
import { type Field, grain } from './field.ts';
import { angles } from './skull.ts';
import { edgeShare, type Point, type Solid, within } from './solid.ts';

/** The haemorrhages that a head can show. */
export const bleedKinds = [
  'intraparenchymal',
  'subdural',
  'subarachnoid',
  'intraventricular',
] as const;

export type BleedKind = (typeof bleedKinds)[number];

/** Blood between the inner table and the brain. */
export interface Crescent {
  hu: number;
  /** Thickness, millimetres, by angle, at the height where it is thickest. */
  thickness: Float32Array;
  height: number;
  /** Half of its extent from foot to crown, millimetres. */
  reach: number;
}

/** Blood in the sulci and cisterns of a part of the head. */
export interface Stain {
  hu: number;
  /** 0 to 1. */
  share: Field;
}

/** Every haemorrhage of a head. */
export interface Bleed {
  kinds: readonly BleedKind[];
  solids: Solid[];
  crescents: Crescent[];
  stains: Stain[];
}

/** Half of the heads bleed; a few in two ways. */
export function chooseBleeds(seed: number): BleedKind[] {
  const random = seededRandom(seed, 'bleed kinds');
  if (random.chance(0.5)) return [];
  const first = random.pick(bleedKinds);
  const second = random.chance(0.15) ? random.pick(bleedKinds) : first;
  return first === second ? [first] : [first, second];
}

const sites: readonly [Point, ...Point[]] = [
  [26, -3, 6],
  [26, -3, 6],
  [13, 12, 9],
  [24, 45, -27],
  [0, 7, -29],
];

/** Deep where blood pressure breaks vessels, or in a lobe. */
function drawSite(random: Random): Point {
  const side = random.chance(0.5) ? 1 : -1;
  if (random.chance(0.5)) {
    const [x, y, z] = random.pick(sites);
    return [side * x + random.normal(), y + 2 * random.normal(), z + 2 * random.normal()];
  }
  const turn = random.uniform(0, 2 * Math.PI);
  const z = random.uniform(16, 56);
  const reach = random.uniform(0.4, 0.72) * Math.sqrt(1 - (z / 84) ** 2);
  return [side * (8 + 54 * reach * Math.abs(Math.cos(turn))), 80 * reach * Math.sin(turn), z];
}

/** Depth beneath the surface of several balls grown together and made ragged, millimetres. */
function raggedBalls(random: Random, centre: Point, radius: number): Field {
  const rag = grain(random, Math.max(4, 0.8 * radius));
  const balls = Array.from({ length: 5 }, (_, at) => ({
    centre: centre.map((c) => c + (at ? 0.45 * radius * random.normal() : 0)),
    radius: radius * (at ? random.uniform(0.4, 0.7) : 0.75),
    flat: random.uniform(0.75, 1.25),
  }));
  return (x, y, z) => {
    let depth = -99;
    for (const {
      centre: [cx = 0, cy = 0, cz = 0],
      radius: r,
      flat,
    } of balls) {
      const [u, v, w] = [(x - cx) * flat, (y - cy) / flat, z - cz];
      depth = Math.max(depth, r - Math.sqrt(u * u + v * v + w * w));
    }
    return depth < -0.5 * radius ? -99 : depth + 0.17 * radius * rag(x, y, z);
  };
}

/** A ragged clot and the oedema around it. */
function drawIntraparenchymal(random: Random): Partial<Bleed> {
  const centre = drawSite(random);
  const deepest = centre[2] < -20 ? 9 : 19;
  const radius = 3.5 + (deepest - 3.5) * random.uniform(0, 1) ** 1.5;
  const depth = raggedBalls(random, centre, radius);
  const margin = random.uniform(1, 4) + 0.2 * radius;
  const box = (by: number) => ({
    low: centre.map((c) => c - by) as unknown as Point,
    high: centre.map((c) => c + by) as unknown as Point,
  });
  const oedema = random.uniform(19, 25);
  return {
    solids: [
      {
        hu: oedema,
        ...box(2.4 * radius + margin),
        share: (x, y, z) => edgeShare(depth(x, y, z) + margin, 3),
      },
      {
        hu: random.uniform(60, 80),
        bleed: true,
        ...box(2.4 * radius),
        share: (x, y, z) => edgeShare(depth(x, y, z), 1.5),
      },
    ],
  };
}

/** A crescent along one side of the inner table. */
function drawSubdural(random: Random): Partial<Bleed> {
  const middle = (random.chance(0.5) ? 0 : Math.PI) + random.uniform(-0.5, 0.5);
  const span = random.uniform(0.5, 1.15);
  const most = random.uniform(3.5, 13);
  const thickness = Float32Array.from({ length: angles }, (_, at) => {
    const turn = (2 * Math.PI * (at + 0.5)) / angles - Math.PI - middle;
    const off = Math.atan2(Math.sin(turn), Math.cos(turn)) / span;
    return most * clamp(1 - off * off, 0, 1) ** 0.7;
  });
  const [height, reach] = [random.uniform(12, 48), random.uniform(25, 45)];
  return { crescents: [{ hu: random.uniform(55, 75), thickness, height, reach }] };
}

/** Blood instead of fluid around one place of the surface or of the base. */
function drawSubarachnoid(random: Random, { cisterns }: Brain): Partial<Bleed> {
  const side = random.chance(0.5) ? 1 : -1;
  const basal = random.chance(0.5);
  const centre: Point = basal
    ? [side * random.uniform(0, 30), random.uniform(-18, -8), -12]
    : [side * random.uniform(25, 52), random.uniform(-50, 50), random.uniform(15, 55)];
  const reach = random.uniform(20, 34);
  const density = random.uniform(55, 70);
  const share: Field = (x, y, z) =>
    edgeShare(reach - Math.hypot(x - centre[0], y - centre[1], z - centre[2]), 8);
  const filled = cisterns.map((solid) => ({ ...within(solid, share), hu: density, bleed: true }));
  return { stains: [{ hu: density, share }], solids: filled };
}

/** Blood that has sunk to the back of the lateral ventricles. */
function drawIntraventricular(random: Random, { ventricles }: Brain): Partial<Bleed> {
  const density = random.uniform(58, 75);
  const levels = [random.uniform(24, 44), random.uniform(24, 44)];
  const layered = ventricles.map((solid) =>
    within({ ...solid, hu: density, bleed: true }, (x, y) =>
      edgeShare(y - (levels[x < 0 ? 0 : 1] ?? 0), 1),
    ),
  );
  return { solids: layered.filter(({ high, low }) => high[1] > 24 && low[2] > -25) };
}

const draw: Record<BleedKind, (random: Random, brain: Brain) => Partial<Bleed>> = {
  intraparenchymal: drawIntraparenchymal,
  subdural: drawSubdural,
  subarachnoid: drawSubarachnoid,
  intraventricular: drawIntraventricular,
};

export function drawBleeds(
  seed: number,
  brain: Brain,
  kinds = chooseBleeds(seed) as readonly BleedKind[],
): Bleed {
  const drawn = kinds.map((kind) => draw[kind](seededRandom(seed, kind), brain));
  return {
    kinds,
    solids: drawn.flatMap(({ solids }) => solids ?? []),
    crescents: drawn.flatMap(({ crescents }) => crescents ?? []),
    stains: drawn.flatMap(({ stains }) => stains ?? []),
  };
}
