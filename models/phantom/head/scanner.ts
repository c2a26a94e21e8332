import { bump } from '../layer.ts';
import { type Random, seededRandom } from '../random.ts';
import type { Head } from './head.ts';
import type { Slab } from './slab.ts';
import type { Survey } from './survey.ts';

/** How the virtual scanner exposes and reconstructs. */
export interface Exposure {
  seed: number;
  /** Slice by slice another noise. */
  index: number;
  /** Standard deviation in the middle of a head, Hounsfield units, in a slice of 5 mm. */
  noise: number;
  /** Rise of CT numbers beneath the skull that correction has left, Hounsfield units. */
  cupping: number;
  /** Standard deviation of the reconstruction's point spread, millimetres. */
  blur: number;
  /** Millimetres of a pixel and of a slice. */
  pixel: number;
  thickness: number;
}

/** Noise of a stream of fast numbers: the sum of three is normal enough once it is blurred. */
function addNoise(random: Random, values: Float32Array, survey: Survey, deviation: number): void {
  for (let at = 0; at < values.length; at++) {
    const normal = 2 * (random.uniform(0, 1) + random.uniform(0, 1) + random.uniform(0, 1) - 1.5);
    const inside = 1.15 - 0.45 * Math.min(1.5, survey.oval[at] ?? 0);
    values[at] = (values[at] ?? 0) + deviation * inside * normal;
  }
}

/** A discrete point spread of three to seven pixels. */
function pointSpread(sigma: number): number[] {
  const half = Math.min(3, Math.ceil(2.2 * sigma));
  const raw = Array.from({ length: 2 * half + 1 }, (_, at) =>
    Math.exp(-((at - half) ** 2) / (2 * sigma ** 2)),
  );
  const sum = raw.reduce((total, weight) => total + weight, 0);
  return raw.map((weight) => weight / sum);
}

/** Blurs every row and turns rows into columns, so that a second call does the other axis. */
function blurAndTranspose(
  values: Float32Array,
  size: number,
  weights: readonly number[],
): Float32Array {
  const half = (weights.length - 1) / 2;
  const line = new Float32Array(size + 2 * half);
  const result = new Float32Array(values.length);
  for (let row = 0; row < size; row++) {
    line.fill(values[row * size] ?? 0, 0, half);
    line.set(values.subarray(row * size, (row + 1) * size), half);
    line.fill(values[(row + 1) * size - 1] ?? 0, half + size);
    for (let column = 0; column < size; column++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += (weights[k] ?? 0) * (line[column + k] ?? 0);
      result[column * size + row] = sum;
    }
  }
  return result;
}

/** Brightness beneath the bone, and the dark bar between the petrous bones with the streaks that cross it. */
function hardenBeam(
  random: Random,
  survey: Survey,
  values: Float32Array,
  exposure: Exposure,
  height: number,
): void {
  const { body, x, y, oval } = survey;
  const depth = bump((height + 31) / 13);
  const streaks = Array.from({ length: 7 }, () => ({
    y: random.uniform(-18, 34),
    slope: 0.35 * random.normal(),
    height: 7 * depth * random.normal(),
    width: random.uniform(1, 3),
  }));
  const bar = -7 * depth * random.uniform(0.4, 1.3);
  for (const at of body) {
    const level = oval[at] ?? 2;
    if (level > 1) continue;
    let added = exposure.cupping * level ** 4;
    if (depth > 0.05) {
      const [across, back] = [x[at] ?? 0, y[at] ?? 0];
      const between = bump(across / 45);
      added += bar * between * bump((back - 10) / 9);
      for (const { height, width, slope, y: start } of streaks)
        added += between * height * bump((back - start - slope * across) / width);
    }
    values[at] = (values[at] ?? 0) + added;
  }
}

/** Bright and dark rays around metal. */
function addMetalStreaks(
  random: Random,
  { head, survey, height }: Cut,
  values: Float32Array,
): void {
  const { clip } = head.mimics;
  const near = clip ? bump((height - clip[2]) / 6) : 0;
  if (!clip || near < 0.02) return;
  const [rays, phase] = [Math.round(random.uniform(5, 9)), random.uniform(0, 6)];
  for (let at = 0; at < values.length; at++) {
    const x = (survey.x[at] ?? 0) - clip[0];
    const y = (survey.y[at] ?? 0) - clip[1];
    const distance = Math.hypot(x, y) + 3;
    const turn = Math.atan2(y, x);
    const ray = Math.cos(rays * turn + phase) + 0.6 * Math.cos((2 * rays + 3) * turn);
    values[at] = (values[at] ?? 0) + ((near * 900) / (distance + 0.06 * distance ** 2)) * ray;
  }
}

interface Cut {
  head: Head;
  survey: Survey;
  /** Of the middle of the slice, millimetres of the head. */
  height: number;
}

/** The head moved while the gantry turned: two pictures in one, and streaks from the edges of the skull. */
function moveHead(
  random: Random,
  { survey }: Cut,
  values: Float32Array,
  pixel: number,
): Float32Array {
  const { size } = survey.plane;
  const shift = Math.round((random.uniform(1.2, 4) * (random.chance(0.5) ? 1 : -1)) / pixel);
  const sink = Math.round(random.uniform(-2, 2) / pixel);
  const part = random.uniform(0.15, 0.45);
  const [slope, wave, strength] = [
    random.uniform(-0.6, 0.6),
    random.uniform(0.15, 0.4),
    random.uniform(2, 7),
  ];
  return values.map((value, at) => {
    const [column, row] = [at % size, Math.floor(at / size)];
    const from =
      Math.min(size - 1, Math.max(0, row + sink)) * size +
      Math.min(size - 1, Math.max(0, column + shift));
    const [x, y] = [survey.x[at] ?? 0, survey.y[at] ?? 0];
    const streak =
      (survey.oval[at] ?? 2) < 1.1 ? strength * Math.sin(wave * (y + slope * x)) * bump(x / 90) : 0;
    return value * (1 - part) + part * (values[from] ?? 0) + streak;
  });
}

/** Makes an image of what the X-rays met, Hounsfield units. */
export function expose(cut: Cut, slab: Slab, exposure: Exposure): Float32Array {
  const random = seededRandom(exposure.seed, `exposure ${exposure.index}`);
  const { head, survey } = cut;
  const { size } = survey.plane;
  const weights = pointSpread(exposure.blur / exposure.pixel);
  const kept = weights.reduce((sum, weight) => sum + weight * weight, 0);
  const wanted = exposure.noise * Math.sqrt(5 / exposure.thickness);
  let values = slab.hu;
  if (head.mimics.kinds.includes('motion') && random.chance(0.6))
    values = moveHead(random, cut, values, exposure.pixel);
  hardenBeam(random, survey, values, exposure, cut.height);
  addMetalStreaks(random, cut, values);
  addNoise(random, values, survey, wanted / kept);
  return blurAndTranspose(blurAndTranspose(values, size, weights), size, weights);
}
