import type { Allowance } from '../schedule/work.ts';
import { unlimited } from '../schedule/work.ts';

/** How much the machine may work, the most first. */
export const levels = ['full', 'trimmed', 'minimal', 'hold'] as const;

export type Level = (typeof levels)[number];

interface LevelRow {
  /** The level that follows when nothing has asked for this one for a while. Getting worse may skip levels. */
  better: Level;
  allowance: Allowance;
  /** Work that nobody waits for beside the scheduler's, such as compiling a network for this device. */
  background: boolean;
  /** What the panel says that it means. */
  words: string;
}

/** A share so small that one unit is left of any batch. */
export const oneUnit = 1 / 1024;

/**
 * The budget's levels. What cools is rest between batches (`duty`), not the size of a batch: halved batches make the
 * pauses short, smaller ones would only get less done at the same heat.
 */
export const levelTable: Record<Level, LevelRow> = {
  full: { better: 'full', allowance: unlimited, background: true, words: 'full speed' },
  trimmed: {
    better: 'full',
    allowance: { batchShare: 1 / 2, duty: 0.75, classes: ['stat', 'routine', 'reprocess'] },
    background: false,
    words: 'batches halved, background work waits',
  },
  minimal: {
    better: 'trimmed',
    allowance: { batchShare: 1 / 2, duty: 0.4, classes: ['stat', 'routine'] },
    background: false,
    words: 'long pauses between batches, only what is clinical runs',
  },
  hold: {
    better: 'minimal',
    allowance: { batchShare: oneUnit, duty: 0, classes: [] },
    background: false,
    words: 'images are received and kept, analysis waits',
  },
};

/** 0 for full to 3 for hold. */
export function rankOf(level: Level): number {
  return levels.indexOf(level);
}
