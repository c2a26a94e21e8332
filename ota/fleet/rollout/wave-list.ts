import { ScansideError } from '../../../device/errors.ts';

/** How far a wave goes: a number of devices, or a share of them in percent. */
export type Wave = { devices: number } | { percent: number };

export const usualWaves = '1,5%,25%,100%';

/** Reads `1,5%,25%,100%`: each wave goes further than the one before, the last to 100%. Throws ROLLOUT_REFUSED. */
export function readWaves(text: string): Wave[] {
  const waves = text.split(',').map(readWave);
  const last = waves.at(-1);
  if (last && 'percent' in last && last.percent === 100) return waves;
  throw new ScansideError('ROLLOUT_REFUSED', `the last wave of ${text} is not 100%`);
}

function readWave(text: string): Wave {
  const [, number = '', percent] = /^\s*(\d{1,6})(%?)\s*$/.exec(text) ?? [];
  const value = Number(number);
  if (value >= 1 && (!percent || value <= 100))
    return percent ? { percent: value } : { devices: value };
  throw new ScansideError('ROLLOUT_REFUSED', `a wave is 1 or more devices or 1% to 100%: ${text}`);
}

/**
 * The wave of each of `count` devices in their order. A wave that would add none, because the fleet is small, is left
 * out, so that waves are numbered from 0 without gaps.
 */
export function placeInWaves(waves: readonly Wave[], count: number): number[] {
  const ends = waves.map((wave) => endOf(wave, count));
  const growing = ends.filter((end, at) => end > Math.max(0, ...ends.slice(0, at)));
  return Array.from({ length: count }, (_, place) => growing.findIndex((end) => place < end));
}

function endOf(wave: Wave, count: number): number {
  return Math.min(
    count,
    'devices' in wave ? wave.devices : Math.ceil((wave.percent * count) / 100),
  );
}
