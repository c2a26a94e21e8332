import type { Lung } from './anatomy.ts';
import { bump, clamp, type Layer, sigmoid } from './layer.ts';
import type { Random } from './random.ts';

/** What a phantom can show, in the order of the demonstration model's outputs. */
export const phantomFindings = ['pneumothorax', 'pleural-effusion', 'nodule'] as const;

export type PhantomFinding = (typeof phantomFindings)[number];

/** How often a phantom of unspecified findings shows each. */
export const prevalence: Record<PhantomFinding, number> = {
  pneumothorax: 0.25,
  'pleural-effusion': 0.3,
  nodule: 0.35,
};

/** What a finding adds, and the mask of the lung from which it has pushed the vessels. */
export interface Lesion {
  density: Layer;
  collapsed?: Layer;
}

interface Point {
  x: number;
  y: number;
}

/** A point of the lung field; the lung's centre when a thin field is missed every time. */
function pointInside(random: Random, lung: Lung): Point {
  for (let tries = 0; tries < 50; tries++) {
    const x = lung.x + random.uniform(-0.8, 0.8) * lung.width;
    const y = lung.y + random.uniform(-0.8, 0.6) * lung.height;
    if (lung.inside(x, y) > 0.9) return { x, y };
  }
  return { x: lung.x, y: lung.y };
}

interface Disc {
  at: Point;
  density: number;
  radius: number;
  /** Width of the blurred edge. */
  edge: number;
  /** Ratio of the axes, near 1. */
  stretch: number;
}

function disc({ at, density, radius, edge, stretch }: Disc): Layer {
  return (x, y) =>
    density * sigmoid((radius - Math.hypot((x - at.x) * stretch, (y - at.y) / stretch)) / edge);
}

function drawNodule(random: Random, lung: Lung): Lesion {
  return {
    density: disc({
      at: pointInside(random, lung),
      density: random.uniform(0.12, 0.32),
      radius: random.uniform(0.024, 0.055),
      edge: 0.006,
      stretch: random.uniform(0.8, 1.25),
    }),
  };
}

/** A rim of air without vessels outside a thin pleural line, widest at the apex and the side. */
function drawPneumothorax(random: Random, lung: Lung): Lesion {
  const thickness = random.uniform(0.2, 0.5);
  const reach = random.uniform(-0.6, 0.2);
  const line = random.uniform(0.06, 0.16);
  const lucency = random.uniform(0.04, 0.12);
  const where: Layer = (x, y) =>
    sigmoid(((lung.y - y) / lung.height + reach) * 6) *
    sigmoid(((lung.side * (x - lung.x)) / lung.width) * 5 + 1.5);
  const beyond: Layer = (x, y) => lung.depth(x, y) - thickness * where(x, y);
  const field: Layer = (x, y) => {
    const inside = lung.inside(x, y);
    return inside && inside * where(x, y);
  };
  return {
    density: (x, y) => {
      const here = field(x, y);
      const past = beyond(x, y);
      return here && here * (line * bump(past / 0.018) - lucency * sigmoid(-past * 60));
    },
    collapsed: (x, y) => field(x, y) * sigmoid(-beyond(x, y) * 60),
  };
}

/** Fluid over the diaphragm whose upper border, the meniscus, climbs the outer wall. */
function drawEffusion(random: Random, lung: Lung): Lesion {
  const level = random.uniform(0.12, 0.65) * lung.height;
  const density = random.uniform(0.22, 0.42);
  const meniscus = (x: number) => {
    const outward = clamp((lung.side * (x - lung.x)) / lung.width, 0, 1);
    return lung.diaphragm(x) - level * (0.55 + 0.9 * outward ** 2);
  };
  return {
    density: (x, y) => {
      const field = lung.inside(x, y);
      return field && density * field * sigmoid((y - meniscus(x)) * 60);
    },
  };
}

const draw: Record<PhantomFinding, (random: Random, lung: Lung) => Lesion> = {
  pneumothorax: drawPneumothorax,
  'pleural-effusion': drawEffusion,
  nodule: drawNodule,
};

/** Draws one finding into a lung chosen at random. */
export function drawLesion(random: Random, finding: PhantomFinding, lungs: [Lung, Lung]): Lesion {
  return draw[finding](random, random.pick(lungs));
}

function drawEndOnVessel(random: Random, lungs: [Lung, Lung]): Layer {
  return disc({
    at: pointInside(random, random.pick(lungs)),
    density: random.uniform(0.04, 0.12),
    radius: random.uniform(0.004, 0.009),
    edge: 0.003,
    stretch: 1,
  });
}

/** A sharp bright button, anywhere on the body. */
function drawElectrode(random: Random): Layer {
  const at = { x: random.uniform(-0.4, 0.4), y: random.uniform(-0.3, 0.35) };
  return disc({ at, density: 0.35, radius: 0.02, edge: 0.0015, stretch: 1 });
}

/** A line that looks like a pleural line, but with vessels beyond it. */
function drawSkinFold(random: Random): Layer {
  const at = random.uniform(-0.3, 0.3);
  return (x, y) => (Math.abs(y) < 0.3 ? 0.05 * bump((x - at - 0.3 * y) / 0.006) : 0);
}

/** Things that look like findings and must not be reported. */
export function drawDistractors(random: Random, lungs: [Lung, Lung]): Layer[] {
  const layers = [0.5, 0.3, 0.1]
    .filter((probability) => random.chance(probability))
    .map(() => drawEndOnVessel(random, lungs));
  if (random.chance(0.25)) layers.push(drawElectrode(random));
  if (random.chance(0.2)) layers.push(drawSkinFold(random));
  return layers;
}
