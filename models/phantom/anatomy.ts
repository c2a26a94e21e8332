import { bump, clamp, type Layer, sigmoid, stack, texture } from './layer.ts';
import type { Random } from './random.ts';

/** One lung. `side` is -1 for the one at negative x. */
export interface Lung {
  side: -1 | 1;
  x: number;
  y: number;
  width: number;
  height: number;
  /** 0 at the pleura, growing to 1 at the centre, negative outside. */
  depth: Layer;
  /** Mask of the aerated field above the diaphragm. */
  inside: Layer;
  diaphragm(x: number): number;
}

/** What every phantom has. */
export interface Anatomy {
  lungs: [Lung, Lung];
  /** Body wall, bones, mediastinum and heart. */
  tissue: Layer;
  /** Mask of both lungs. */
  aerated: Layer;
  /** How much less a lung attenuates than the tissue it displaces. */
  air: number;
  /** Vessels of a lung that is not collapsed. */
  vessels: Layer;
}

function drawLung(random: Random, side: -1 | 1, typical: { width: number; height: number }): Lung {
  const x = side * random.uniform(0.19, 0.23);
  const y = -0.04 + 0.01 * random.normal();
  const width = typical.width * random.uniform(0.92, 1.08);
  const height = typical.height * random.uniform(0.95, 1.05);
  const base = y + height * random.uniform(0.62, 0.8);
  const diaphragm = (px: number) => base - 0.06 * bump((px - x) / (0.6 * width));
  const depth: Layer = (px, py) => {
    const apex = 1 + 0.5 * clamp((y - py) / height, 0, 1) ** 2;
    return 1 - Math.hypot((px - x) / width, (py - y) / height) * apex;
  };
  const inside: Layer = (px, py) => {
    const within = sigmoid(depth(px, py) * 35);
    return within && within * sigmoid((diaphragm(px) - py) * 80);
  };
  return { side, x, y, width, height, depth, inside, diaphragm };
}

function drawLungs(random: Random): [Lung, Lung] {
  const typical = { width: random.uniform(0.135, 0.175), height: random.uniform(0.27, 0.34) };
  return [drawLung(random, -1, typical), drawLung(random, 1, typical)];
}

function drawBody(random: Random): Layer {
  const halfWidth = 0.47 + 0.02 * random.normal();
  return (x) => sigmoid((halfWidth - Math.abs(x)) * 60);
}

function drawMediastinum(random: Random): Layer {
  const width = random.uniform(0.05, 0.07);
  return (x, y) => 0.32 * bump(x / width) * (1 - 0.3 * (y + 0.5));
}

function drawHeart(random: Random): Layer {
  const centre = random.uniform(0.03, 0.07);
  const radius = random.uniform(0.09, 0.14);
  const density = random.uniform(0.2, 0.35);
  return (x, y) =>
    density * sigmoid((1 - ((x - centre) / radius) ** 2 - ((y - 0.12) / (1.05 * radius)) ** 2) * 8);
}

function drawRib(random: Random, y: number): Layer {
  const sag = 2 * random.uniform(0.9, 1.5);
  return (x, py) => {
    const out = Math.abs(x);
    const middle = y + sag * (out - 0.2) ** 2 + 0.18 * out;
    const arc = bump((py - middle) / 0.012);
    return arc && arc * sigmoid((out - 0.05) * 80);
  };
}

function drawRibs(random: Random): Layer {
  const first = -0.36 + random.uniform(0, 0.1);
  const spacing = random.uniform(0.075, 0.095);
  const density = random.uniform(0.03, 0.09);
  const ribs = stack(Array.from({ length: 8 }, (_, k) => drawRib(random, first + k * spacing)));
  return (x, y) => density * ribs(x, y);
}

function drawClavicle(random: Random, side: -1 | 1): Layer {
  const slope = 0.25 * random.uniform(-0.6, 0.2);
  return (x, y) => (side * x > 0.02 ? 0.07 * bump((y + 0.33 - slope * Math.abs(x)) / 0.014) : 0);
}

function drawVessels(random: Random): Layer {
  const coarse = texture(random, 22);
  const fine = texture(random, 40);
  const density = 0.1 * random.uniform(0.6, 1.4);
  return (x, y) =>
    density *
    Math.exp(-Math.abs(x) / 0.16) *
    (0.5 * Math.abs(coarse(x, y)) + 0.3 * Math.abs(fine(x, y)));
}

export function drawAnatomy(random: Random): Anatomy {
  const lungs = drawLungs(random);
  const body = drawBody(random);
  const bones = stack([drawRibs(random), drawClavicle(random, -1), drawClavicle(random, 1)]);
  const centre = stack([drawMediastinum(random), drawHeart(random)]);
  const soft: Layer = (x) => 0.55 + 0.15 * bump(x / 0.45);
  return {
    lungs,
    tissue: (x, y) => body(x, y) * (soft(x, y) + bones(x, y)) + centre(x, y),
    aerated: (x, y) => clamp(lungs[0].inside(x, y) + lungs[1].inside(x, y), 0, 1),
    air: random.uniform(0.3, 0.42),
    vessels: drawVessels(random),
  };
}
