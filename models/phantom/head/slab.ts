import { clamp } from '../layer.ts';
import {
  cerebellum,
  cortexShare,
  falxDistance,
  hu,
  stem,
  sulcalFluid,
  type Place,
} from './brain.ts';
import type { Head } from './head.ts';
import type { Solid } from './solid.ts';
import { pixelAt, type Survey } from './survey.ts';

/** What the X-rays of one slice meet. */
export interface Slab {
  /** CT numbers, Hounsfield units, row by row. */
  hu: Float32Array;
  /** Share of haemorrhage, 0 to 1. */
  bleed: Float32Array;
}

/** One infinitely thin cut, and where it passes through brain. */
interface Cut extends Slab {
  inside: Uint8Array;
}

/** Brain tissue of a slice as if nothing else were there: too fine to be cut more than once a slice. */
interface Tissue extends Slab {}

/** Half the thickness of the tentorium, millimetres. */
const dura = 0.7;

/** A depth beyond every layer that follows the skull, millimetres. */
const deep = 99;

/** Flattens the head below its widest place less than above. */
const lowReach = 165;

/** Square of the distance from the centre, 1 at the outer table, under which there is neither bone nor blood along it. */
const core = 0.4;

/** How far a point lies beneath the outer table, millimetres; negative in the scalp and outside. */
type Depth = (at: number, z: number) => number;

/** Distance from the surface of an ellipsoid-like head: its level, over the level's slope. */
function depthIn({ skull }: Head, { oval, slope }: Survey): Depth {
  return (at, z) => {
    const axis = z > 0 ? skull.crown : lowReach;
    const u = z / axis;
    const level = (oval[at] ?? 0) + u * u;
    if (level < core) return deep;
    const steepness = (slope[at] ?? 0) + (u / axis) * (u / axis);
    const r = Math.sqrt(level);
    return ((1 - r) * r) / Math.sqrt(steepness);
  };
}

/** Supratentorial tissue: grey and white matter, sulci, falx. */
function cerebrum({ brain, bleeds }: Head, place: Place): { hu: number; bleed: number } {
  const aside = falxDistance(brain, place);
  if (aside < brain.falx) return { hu: hu.dura, bleed: 0 };
  const stain = bleeds.stains.find(({ share }) => share(place.x, place.y, place.z) > 0);
  const stained = stain?.share(place.x, place.y, place.z) ?? 0;
  const fissure = clamp((brain.falx + brain.fissure - aside) / 0.8 + 0.5, 0, 1);
  const fluid = Math.max(fissure, sulcalFluid(brain, place, 1 + stained));
  const ribbon = clamp((brain.falx + brain.fissure + 3.5 - aside) / 1.5, 0, 1);
  const grey = Math.max(ribbon, cortexShare(brain, place));
  const tissue = hu.white + grey * (hu.grey - hu.white);
  const liquid = hu.fluid + stained * ((stain?.hu ?? 0) - hu.fluid);
  return { hu: tissue + fluid * (liquid - tissue), bleed: fluid * stained };
}

function tissueOf(head: Head, survey: Survey, height: number): Tissue {
  const { body, x, y, rise, tentorium, angle, floor } = survey;
  const tissue = { hu: new Float32Array(x.length), bleed: new Float32Array(x.length) };
  const depthAt = depthIn(head, survey);
  for (const at of body) {
    const z = height + (rise[at] ?? 0);
    const inner = depthAt(at, z) - (head.skull.thickness[angle[at] ?? 0] ?? 0);
    const over = z - (floor[at] ?? 0) + 3;
    if (inner < -2 || over < 0) continue;
    const depth = Math.min(inner, over) - head.brain.gap;
    const place = { x: x[at] ?? 0, y: y[at] ?? 0, z, depth };
    const here =
      z < (tentorium[at] ?? 0)
        ? { hu: cerebellum(head.brain, place), bleed: 0 }
        : cerebrum(head, place);
    tissue.hu[at] = here.hu + 0.7 * head.brain.mottle(place.x, place.y, z);
    tissue.bleed[at] = here.bleed;
  }
  return tissue;
}

/** Bone, diploe between two tables. */
function boneAt(depth: number, thickness: number): number {
  const table = Math.min(depth, thickness - depth);
  return table < 1.6 || thickness < 4 ? hu.bone : hu.diploe;
}

function scalpAt(outside: number, scalp: number): number {
  if (outside > scalp) return hu.air;
  return scalp - outside < 1.8 ? hu.skin : hu.fat;
}

/** Muscle over the temples and under the base, fat elsewhere. */
function underBase(head: Head, x: number, y: number, z: number): number {
  return head.brain.mottle(1.8 * x, 1.8 * y, 1.8 * z) > 0.5 ? hu.fat : hu.muscle;
}

interface Scene {
  head: Head;
  survey: Survey;
  tissue: Tissue;
}

function crescentDepth({ head }: Scene, angle: number, z: number): { hu: number; depth: number } {
  let best = { hu: 0, depth: 0 };
  for (const { thickness, height, reach, hu } of head.bleeds.crescents) {
    const off = (z - height) / reach;
    const depth = off * off < 1 ? (thickness[angle] ?? 0) * Math.sqrt(1 - off * off) : 0;
    if (depth > best.depth) best = { hu, depth };
  }
  return best;
}

/** Fills the inside of the skull at one pixel, `inner` millimetres beneath the inner table. */
function fillInside(scene: Scene, cut: Cut, at: number, z: number, inner: number): void {
  const { head, survey } = scene;
  cut.inside[at] = 1;
  const crescent =
    inner < 14 ? crescentDepth(scene, survey.angle[at] ?? 0, z) : { hu: 0, depth: 0 };
  if (inner < crescent.depth) {
    cut.hu[at] = crescent.hu;
    cut.bleed[at] = 1;
  } else if (inner < head.brain.gap) cut.hu[at] = hu.fluid;
  else if (Math.abs(z - (survey.tentorium[at] ?? 0)) < dura) cut.hu[at] = hu.dura;
  else copyTissue(scene, cut, at);
}

function copyTissue({ tissue }: Scene, cut: Cut, at: number): void {
  cut.hu[at] = tissue.hu[at] ?? 0;
  cut.bleed[at] = tissue.bleed[at] ?? 0;
}

/** Fills what is at least as deep as bone at one pixel. */
function fillShell(scene: Scene, cut: Cut, at: number, z: number, depth: number): void {
  const { skull } = scene.head;
  const { angle, floor, floorThickness, x, y } = scene.survey;
  const turn = angle[at] ?? 0;
  const thickness = skull.thickness[turn] ?? 0;
  const under = (floor[at] ?? 0) - z;
  if (depth < 0) cut.hu[at] = scalpAt(-depth, skull.scalp[turn] ?? 0);
  else if (depth < thickness) cut.hu[at] = boneAt(depth, thickness);
  else if (under <= 0) fillInside(scene, cut, at, z, depth - thickness);
  else if (under < (floorThickness[at] ?? 0)) cut.hu[at] = hu.bone;
  else cut.hu[at] = underBase(scene.head, x[at] ?? 0, y[at] ?? 0, z);
}

function fill(scene: Scene, cut: Cut, height: number): void {
  const { head, survey } = scene;
  const { body, rise, oval, floor, tentorium } = survey;
  const depthAt = depthIn(head, survey);
  cut.inside.fill(0);
  cut.bleed.fill(0);
  for (let k = 0; k < body.length; k++) {
    const at = body[k] ?? 0;
    const z = height + (rise[at] ?? 0);
    const plain = z > (floor[at] ?? 0) && Math.abs(z - (tentorium[at] ?? 0)) > dura;
    const u = z / (z > 0 ? head.skull.crown : lowReach);
    // Most of a head is brain far from any bone, and is the same in every cut of a slice.
    if (plain && (oval[at] ?? 0) + u * u < core) {
      cut.inside[at] = 1;
      copyTissue(scene, cut, at);
    } else fillShell(scene, cut, at, z, depthAt(at, z));
  }
}

/** A solid, and the rows and columns that it can touch. */
interface Stroke {
  solid: Solid;
  row: readonly [number, number];
  column: readonly [number, number];
  /** Painted only where brain can be. */
  inside: boolean;
}

function limits(values: readonly number[], size: number): [number, number] {
  return [
    clamp(Math.floor(Math.min(...values)), 0, size - 1),
    clamp(Math.ceil(Math.max(...values)), 0, size - 1),
  ];
}

function strokeOf({ plane }: Survey, solid: Solid, inside: boolean): Stroke {
  const { low, high } = solid;
  const corners = [low[0], high[0]].flatMap((x) =>
    [low[1], high[1]].map((y) => pixelAt(plane, x, y)),
  );
  return {
    solid,
    inside,
    row: limits(
      corners.map(({ row }) => row),
      plane.size,
    ),
    column: limits(
      corners.map(({ column }) => column),
      plane.size,
    ),
  };
}

function passes({ plane }: Survey, { low, high }: Solid, height: number, half: number): boolean {
  const { at, right, down } = plane.z;
  const middle = height + at + (plane.size / 2) * (right + down);
  const swing = half + (plane.size / 2) * (Math.abs(right) + Math.abs(down));
  return middle + swing > low[2] && middle - swing < high[2];
}

/** What to paint over a slice's tissue, in order: a later solid covers an earlier one. */
function planStrokes(
  { brain, bleeds, mimics, skull }: Head,
  survey: Survey,
  height: number,
  half: number,
): Stroke[] {
  const soft = [
    ...brain.nuclei,
    ...mimics.soft,
    ...brain.ventricles,
    ...brain.cisterns,
    ...stem,
    ...brain.sinuses,
    ...bleeds.solids,
    ...mimics.solids,
  ];
  return [soft, skull.spaces].flatMap((solids, at) =>
    solids
      .filter((solid) => passes(survey, solid, height, half))
      .map((solid) => strokeOf(survey, solid, at === 0)),
  );
}

function paint({ x, y, rise, plane }: Survey, cut: Cut, height: number, stroke: Stroke): void {
  const { solid, row, column } = stroke;
  for (let line = row[0]; line <= row[1]; line++)
    for (let at = line * plane.size + column[0]; at <= line * plane.size + column[1]; at++) {
      if (stroke.inside && !cut.inside[at]) continue;
      const share = solid.share(x[at] ?? 0, y[at] ?? 0, height + (rise[at] ?? 0));
      if (share === 0) continue;
      cut.hu[at] = (cut.hu[at] ?? 0) * (1 - share) + share * solid.hu;
      cut.bleed[at] = (cut.bleed[at] ?? 0) * (1 - share) + (solid.bleed ? share : 0);
    }
}

/** Millimetres between cuts whose mean is a slice. */
const cutSpacing = 1.1;

/** Averages a slice of `thickness` millimetres around `height`: this is where partial volume comes from. */
export function cutSlab(head: Head, survey: Survey, height: number, thickness: number): Slab {
  const blank = (value = 0) => new Float32Array(survey.x.length).fill(value);
  const scene = { head, survey, tissue: tissueOf(head, survey, height) };
  const strokes = planStrokes(head, survey, height, thickness / 2);
  const cut = { hu: blank(), bleed: blank(), inside: new Uint8Array(survey.x.length) };
  const slab = { hu: survey.around.slice(), bleed: blank() };
  for (const at of survey.body) slab.hu[at] = 0;
  const cuts = Math.max(1, Math.round(thickness / cutSpacing));
  for (let k = 0; k < cuts; k++) {
    const here = height + thickness * ((k + 0.5) / cuts - 0.5);
    fill(scene, cut, here);
    for (const stroke of strokes) paint(survey, cut, here, stroke);
    for (const at of survey.body) {
      slab.hu[at] = (slab.hu[at] ?? 0) + (cut.hu[at] ?? 0) / cuts;
      slab.bleed[at] = (slab.bleed[at] ?? 0) + (cut.bleed[at] ?? 0) / cuts;
    }
  }
  return slab;
}
