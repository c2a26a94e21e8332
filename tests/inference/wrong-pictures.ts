import { clamp, sigmoid } from '../../models/phantom/layer.ts';
import { scanHead } from '../../models/phantom/head/scan.ts';
import { type Random, seededRandom } from '../../models/phantom/random.ts';
import { resample } from '../../models/resample.ts';

/** A square picture, 0 (black) to 1 (white), row by row. */
export interface Picture {
  side: number;
  pixels: Float32Array;
}

/** Makes of a chest phantom what its model was not validated for. */
export type Spoil = (picture: Picture, seed: number) => Float32Array;

type Place = (row: number, column: number, side: number) => [row: number, column: number];

const moved =
  (from: Place): Spoil =>
  ({ side, pixels }) =>
    pixels.map((_, at) => {
      const [row, column] = from(Math.floor(at / side), at % side, side);
      return pixels[row * side + column]!;
    });

const windowed =
  (low: number, high: number): Spoil =>
  ({ pixels }) =>
    pixels.map((pixel) => clamp((pixel - low) / (high - low), 0, 1));

/** Drawn on a third of the rows and columns, for time, and enlarged. */
function enlarge(side: number, draw: (size: number) => Float32Array): Float32Array {
  const size = side / 3;
  return resample(draw(size), { rows: size, columns: size }, { rows: side, columns: side });
}

function drawn({ side }: Picture, layer: (x: number, y: number) => number): Float32Array {
  return enlarge(side, (size) =>
    Float32Array.from({ length: size * size }, (_, at) => {
      const [x, y] = [(at % size) / size - 0.5, Math.floor(at / size) / size - 0.5];
      return clamp(layer(x, y), 0, 1);
    }),
  );
}

/** Bones of a finger, behind each other: where the middle of each lies along it, and how long it is. */
const phalanges = [
  [0.16, 0.13],
  [0.33, 0.09],
  [0.45, 0.06],
] as const;

/** Five fingers that spread from a palm, bright bones in grey flesh on black. */
const hand: Spoil = (picture, seed) => {
  const random = seededRandom(seed, 'hand');
  const turn = random.uniform(-0.15, 0.15);
  const palm = random.uniform(0.16, 0.2);
  const fingers = [-0.9, -0.35, -0.1, 0.15, 0.42].map((angle) => ({
    angle: angle + turn + 0.03 * random.normal(),
    length: random.uniform(0.5, 0.58) * (angle < -0.5 ? 0.7 : 1),
  }));
  return drawn(picture, (x, y) => {
    const down = y - 0.22;
    let flesh = sigmoid((palm - Math.hypot(x, down)) * 60);
    let bone = 0;
    for (const { angle, length } of fingers) {
      const along = x * Math.sin(angle) - down * Math.cos(angle);
      const across = Math.abs(x * Math.cos(angle) + down * Math.sin(angle));
      if (along < 0) continue;
      flesh = Math.max(flesh, sigmoid((0.045 - across) * 90) * sigmoid((length - along) * 60));
      for (const [middle, long] of phalanges)
        if (Math.abs(along - middle * 1.2) < long * length) bone += sigmoid((0.018 - across) * 150);
    }
    return 0.02 + 0.4 * flesh + 0.4 * clamp(bone, 0, 1) + 0.01 * random.normal();
  });
};

/** A grey body with a bright spine, no lungs, and dark bubbles of gas. */
const abdomen: Spoil = (picture, seed) => {
  const random = seededRandom(seed, 'abdomen');
  const bubbles = Array.from({ length: 8 }, () => ({
    x: random.uniform(-0.3, 0.3),
    y: random.uniform(-0.2, 0.35),
    radius: random.uniform(0.03, 0.09),
  }));
  const width = random.uniform(0.38, 0.46);
  return drawn(picture, (x, y) => {
    const body = sigmoid((width - Math.abs(x)) * 50);
    const spine = sigmoid((0.05 - Math.abs(x)) * 80) * (0.8 + 0.2 * Math.sin(y * 60));
    const pelvis = sigmoid((Math.hypot(x, y - 0.5) - 0.2) * 40) * sigmoid((y - 0.2) * 40);
    let gas = 0;
    for (const bubble of bubbles)
      gas += sigmoid((bubble.radius - Math.hypot(x - bubble.x, y - bubble.y)) * 80);
    const bright = 0.45 + 0.25 * spine + 0.15 * pelvis - 0.25 * clamp(gas, 0, 1);
    return 0.02 + body * bright + 0.02 * random.normal();
  });
};

const slices = 5;

/** Slices of heads, as a radiograph would never show one. */
const head: Spoil = ({ side }, seed) =>
  enlarge(side, (size) =>
    scanHead({ seed: Math.floor(seed / slices), size, slices })
      .slice(seed % slices)
      .hu.map((value) => clamp((value + 200) / 1200, 0, 1)),
  );

const noisy =
  (deviation: number): Spoil =>
  ({ pixels }, seed) => {
    const random: Random = seededRandom(seed, 'noise');
    return pixels.map((pixel) => clamp(pixel + deviation * random.normal(), 0, 1));
  };

/** The middle half of the picture, as large as the whole. */
const zoomed: Spoil = ({ side, pixels }) => {
  const half = side / 2;
  const middle = new Float32Array(half * half);
  for (let row = 0; row < half; row++) {
    const start = (row + side / 4) * side + side / 4;
    middle.set(pixels.subarray(start, start + half), row * half);
  }
  return resample(middle, { rows: half, columns: half }, { rows: side, columns: side });
};

/** By what was done to the picture. */
export const wrongPictures: Record<string, Spoil> = {
  inverted: ({ pixels }) => pixels.map((pixel) => 1 - pixel),
  'turned by 90°': moved((row, column, side) => [side - 1 - column, row]),
  'turned by 180°': moved((row, column, side) => [side - 1 - row, side - 1 - column]),
  'turned by 270°': moved((row, column, side) => [column, side - 1 - row]),
  'upside down': moved((row, column, side) => [side - 1 - row, column]),
  'windowed too dark': windowed(0.5, 1),
  'windowed too bright': windowed(0, 0.4),
  'windowed too narrow': windowed(0.4, 0.5),
  'a head': head,
  'a hand': hand,
  'an abdomen': abdomen,
  'under strong noise': noisy(0.25),
  'noise alone': ({ pixels }, seed) => {
    const random = seededRandom(seed, 'noise');
    return pixels.map(() => random.uniform(0, 1));
  },
  'zoomed by 2': zoomed,
};
