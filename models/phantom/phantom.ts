import { type Anatomy, drawAnatomy } from './anatomy.ts';
import {
  drawDistractors,
  drawLesion,
  type Lesion,
  type PhantomFinding,
  phantomFindings,
  prevalence,
} from './finding.ts';
import { clamp, type Layer, stack } from './layer.ts';
import { type Random, seededRandom } from './random.ts';

/** Which phantom to draw. */
export interface PhantomRequest {
  seed: number;
  /** Rows and columns. */
  size: number;
  /** Exactly these findings; drawn by `prevalence` where absent. */
  findings?: readonly PhantomFinding[];
}

/** A picture made by the computer that resembles a chest radiograph. It shows no anatomy of any person. */
export interface Phantom {
  /** size * size values from 0 (black) to 1 (dense, white), row by row. */
  pixels: Float32Array;
  labels: Record<PhantomFinding, boolean>;
}

/** Brightest attenuation that the virtual detector can tell apart. */
const saturation = 1.3;
/** Image side at which the detector dose is stated: smaller pixels catch fewer quanta each. */
const doseSide = 96;
/** Image side above which noise no longer grows: clipped at black, more of it would lighten the shadows. */
const noisiestSide = 768;

function chooseFindings(seed: number): PhantomFinding[] {
  const random = seededRandom(seed, 'findings');
  return phantomFindings.filter((finding) => random.chance(prevalence[finding]));
}

function drawScene(seed: number, present: readonly PhantomFinding[]): Layer {
  const anatomy = drawAnatomy(seededRandom(seed, 'anatomy'));
  const lesions = present.map((finding) =>
    drawLesion(seededRandom(seed, finding), finding, anatomy.lungs),
  );
  const lung = fillLung(anatomy, lesions);
  return stack([
    anatomy.tissue,
    (x, y) => {
      const aerated = anatomy.aerated(x, y);
      return aerated && aerated * lung(x, y);
    },
    ...lesions.map((lesion) => lesion.density),
    ...drawDistractors(seededRandom(seed, 'distractors'), anatomy.lungs),
  ]);
}

/** Air and vessels; no vessels where a pneumothorax has emptied the space. */
function fillLung({ air, vessels }: Anatomy, lesions: Lesion[]): Layer {
  const collapsed = stack(lesions.flatMap((lesion) => lesion.collapsed ?? []));
  return (x, y) => vessels(x, y) * (1 - 0.95 * collapsed(x, y)) - air;
}

/** Places the body before the detector: shifted, turned a little, larger or smaller. */
function pose(random: Random, scene: Layer): Layer {
  const centre = 0.02 * random.normal();
  const angle = 0.04 * random.normal();
  const zoom = random.uniform(0.74, 0.84);
  const [cos, sin] = [zoom * Math.cos(angle), zoom * Math.sin(angle)];
  return (x, y) => scene((x - centre) * cos - y * sin, (x - centre) * sin + y * cos - 0.02);
}

/** Values at the middles of pixels. */
function sample(scene: Layer, size: number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, at) => {
    const x = ((at % size) + 0.5) / size - 0.5;
    return scene(x, (Math.floor(at / size) + 0.5) / size - 0.5);
  });
}

/** Samples the scene with quantum noise and the detector's response. */
function expose(seed: number, scene: Layer, size: number): Float32Array {
  const random = seededRandom(seed, 'exposure');
  const noise = Math.min(size, noisiestSide) / doseSide / Math.sqrt(random.uniform(3000, 30_000));
  const gamma = random.uniform(0.8, 1.25);
  const pixels = new Float32Array(size * size);
  for (let at = 0; at < pixels.length; at++) {
    const x = ((at % size) + 0.5) / size - 0.5;
    const y = (Math.floor(at / size) + 0.5) / size - 0.5;
    const clean = Math.max(0, scene(x, y)) + 0.02;
    const noisy = clean + noise * Math.sqrt(clean) * random.normal();
    pixels[at] = (clamp(noisy, 0, saturation) / saturation) ** gamma;
  }
  return pixels;
}

/** Draws a phantom. The same request gives the same pixels; the same seed gives the same picture at every size. */
export function renderPhantom({ seed, size, findings }: PhantomRequest): Phantom {
  const present = findings ?? chooseFindings(seed);
  const scene = pose(seededRandom(seed, 'pose'), drawScene(seed, present));
  const labels = {
    pneumothorax: present.includes('pneumothorax'),
    'pleural-effusion': present.includes('pleural-effusion'),
    nodule: present.includes('nodule'),
  };
  return { pixels: expose(seed, scene, size), labels };
}

/**
 * Where a finding lies that a phantom was drawn with: 1 in the pixels of at least half its strength, and in all of the
 * space from which a pneumothorax has pushed the vessels. `size` × `size`, row by row.
 */
export function lesionMask(
  { seed, size }: Pick<PhantomRequest, 'seed' | 'size'>,
  finding: PhantomFinding,
): Uint8Array {
  const { lungs } = drawAnatomy(seededRandom(seed, 'anatomy'));
  const { density, collapsed } = drawLesion(seededRandom(seed, finding), finding, lungs);
  const draw = (layer: Layer) => sample(pose(seededRandom(seed, 'pose'), layer), size);
  const strength = draw(density).map(Math.abs);
  const half = strength.reduce((most, value) => Math.max(most, value), 0) / 2;
  const empty = collapsed && draw(collapsed);
  return Uint8Array.from(strength, (value, at) => Number(value > half || (empty?.[at] ?? 0) > 0.5));
}
