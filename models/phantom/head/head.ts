import { seededRandom } from '../random.ts';
import { type Brain, drawBrain } from './brain.ts';
import { type Bleed, type BleedKind, drawBleeds } from './bleed.ts';
import { drawMimics, type Mimics, type MimicKind } from './mimic.ts';
import { drawSkull, type Skull } from './skull.ts';

export interface HeadRequest {
  seed: number;
  /** Exactly these haemorrhages; drawn by prevalence where absent. */
  bleeds?: readonly BleedKind[];
  /** Exactly these things that look like one; drawn by prevalence where absent. */
  mimics?: readonly MimicKind[];
}

/** A head made by the computer. It shows no anatomy of any person. */
export interface Head {
  skull: Skull;
  brain: Brain;
  bleeds: Bleed;
  mimics: Mimics;
}

/** Draws a head. The same request gives the same head. */
export function drawHead({ seed, bleeds, mimics }: HeadRequest): Head {
  const skull = drawSkull(seededRandom(seed, 'skull'));
  const brain = drawBrain(seededRandom(seed, 'brain'), skull);
  return {
    skull,
    brain,
    bleeds: drawBleeds(seed, brain, bleeds),
    mimics: drawMimics(seed, mimics),
  };
}
