import { sigmoid } from '../layer.ts';
import { type Random, seededRandom } from '../random.ts';
import { straightSinus, transverseSinus } from './brain.ts';
import { grain } from './field.ts';
import {
  chain,
  edgeShare,
  ellipsoid,
  mirror,
  type Point,
  rod,
  type Solid,
  within,
} from './solid.ts';

/** What looks like a haemorrhage, or hides one, and must not be flagged. */
export const mimicKinds = [
  'pineal-calcification',
  'choroid-calcification',
  'ganglia-calcification',
  'falx-calcification',
  'dense-sinus',
  'old-infarct',
  'motion',
  'clip',
] as const;

export type MimicKind = (typeof mimicKinds)[number];

const prevalence: Record<MimicKind, number> = {
  'pineal-calcification': 0.6,
  'choroid-calcification': 0.5,
  'ganglia-calcification': 0.18,
  'falx-calcification': 0.22,
  'dense-sinus': 0.25,
  'old-infarct': 0.15,
  motion: 0.12,
  clip: 0.06,
};

/** Mimics of a head that lie in it; motion and the clip's streaks are the scanner's. */
export interface Mimics {
  kinds: readonly MimicKind[];
  /** Under ventricles and blood. */
  soft: Solid[];
  /** Over everything. */
  solids: Solid[];
  /** Where metal sits. */
  clip?: Point;
}

export function chooseMimics(seed: number): MimicKind[] {
  const random = seededRandom(seed, 'mimic kinds');
  return mimicKinds.filter((kind) => random.chance(prevalence[kind]));
}

function drawPineal(random: Random): Solid[] {
  const radius = random.uniform(1.4, 3.4);
  const density = random.uniform(120, 320);
  return [
    ellipsoid(density, [random.normal(), 21 + random.normal(), 6], [radius, 1.2 * radius, radius]),
  ];
}

function drawChoroid(random: Random): Solid[] {
  return [1, -1].map((side) => {
    const radius = random.uniform(1.8, 4.2);
    const place: Point = [
      side * (22 + random.normal()),
      34 + 2 * random.normal(),
      14 + random.normal(),
    ];
    return ellipsoid(random.uniform(110, 400), place, [radius, 1.3 * radius, 1.2 * radius]);
  });
}

/** Speckled and on both sides. */
function drawGanglia(random: Random): Solid[] {
  const speckles = grain(random, 3.2);
  const radius = random.uniform(3, 7);
  const solid = within(
    ellipsoid(
      random.uniform(120, 380),
      [21 + random.normal(), -4 + random.normal(), 4],
      [0.7 * radius, 1.4 * radius, radius],
    ),
    (x, y, z) => sigmoid(4 * (speckles(x, y, z) + 0.2)),
  );
  return [solid, mirror(solid)];
}

function drawFalx(random: Random): Solid[] {
  const half = random.uniform(5, 17);
  const [y, z] = [random.uniform(-55, -30), random.uniform(38, 58)];
  return [
    rod(
      random.uniform(160, 600),
      [0, y - half, z],
      [0, y + half, z + 4],
      [random.uniform(0.8, 1.8), 1],
    ),
  ];
}

/** Blood with a high haematocrit, everywhere that a sinus runs. */
function drawDenseSinus(random: Random): Solid[] {
  const density = random.uniform(56, 63);
  const transverse = chain(density, transverseSinus, [4.2, 3.8, 3.8, 3.4]);
  const sagittal: Point[] = [
    [0, 79, -3],
    [0, 77, 16],
    [0, 66, 40],
    [0, 46, 62],
  ];
  const dominant = random.chance(0.5) ? transverse : transverse.map(mirror);
  return [
    ...dominant,
    ...chain(density, sagittal, [4.5, 4.2, 3.8, 3.2]),
    ...chain(density, straightSinus, [1.6, 2.4]),
  ];
}

/** An old infarct: dark, and never blood. */
function drawInfarct(random: Random): Solid[] {
  const side = random.chance(0.5) ? 1 : -1;
  const ragged = grain(random, 9);
  const place: Point = [
    side * random.uniform(22, 46),
    random.uniform(-40, 45),
    random.uniform(8, 45),
  ];
  const radius = random.uniform(7, 17);
  const solid = ellipsoid(random.uniform(10, 22), place, [radius, 1.2 * radius, radius]);
  return [within(solid, (x, y, z) => edgeShare(ragged(x, y, z) + 0.8, 1))];
}

function drawClip(random: Random): { place: Point; solid: Solid } {
  const side = random.chance(0.5) ? 1 : -1;
  const place: Point = [
    side * random.uniform(8, 30),
    random.uniform(-22, -8),
    random.uniform(-16, -4),
  ];
  const end: Point = [place[0] + 5, place[1] + 4, place[2] + 2];
  return { place, solid: { ...rod(3000, place, end, [1.3, 1.1]), mimic: 'clip' } };
}

const draw: Partial<Record<MimicKind, (random: Random) => Solid[]>> = {
  'pineal-calcification': drawPineal,
  'choroid-calcification': drawChoroid,
  'ganglia-calcification': drawGanglia,
  'falx-calcification': drawFalx,
  'dense-sinus': drawDenseSinus,
};

export function drawMimics(seed: number, kinds: readonly MimicKind[] = chooseMimics(seed)): Mimics {
  const drawn = (kind: MimicKind, make: (random: Random) => Solid[]) =>
    make(seededRandom(seed, kind)).map((solid) => ({ ...solid, mimic: kind }));
  const soft = kinds.includes('old-infarct') ? drawn('old-infarct', drawInfarct) : [];
  const solids = kinds.flatMap((kind) => drawn(kind, draw[kind] ?? (() => [])));
  if (!kinds.includes('clip')) return { kinds, soft, solids };
  const clip = drawClip(seededRandom(seed, 'clip'));
  return { kinds, soft, solids: [...solids, clip.solid], clip: clip.place };
}
