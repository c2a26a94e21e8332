import { valuesAtRanks } from '../../models/order-statistic.ts';
import type { LookupTable } from '../../models/stored-image.ts';
import type { ImageView } from '../../panel/exam-detail.ts';
import type { DataSet } from '../dicom/data-set.ts';
import { tags } from '../dicom/tag.ts';
import { allNumbers, allStrings } from '../dicom/value.ts';
import { scopeOf } from '../inference/functional-group.ts';
import type { Region } from './plan.ts';

/** `name`: a code that the panel words ('as-stored', 'percentile', 'brain', ...), or what the image itself calls it. */
export type Window = ImageView['windows'][number];

/** Windows that readers of a CT expect, Hounsfield units. */
const presets: Record<Region, readonly Window[]> = {
  head: [
    { name: 'brain', center: 40, width: 80 },
    { name: 'subdural', center: 75, width: 215 },
    { name: 'bone', center: 600, width: 2800 },
  ],
  body: [
    { name: 'soft-tissue', center: 40, width: 400 },
    { name: 'lung', center: -600, width: 1500 },
    { name: 'bone', center: 600, width: 2800 },
  ],
};

const mostStored = 8;
const longestName = 32;

/** Every window that the image names (PS3.3 C.11.2.1.2), in its order; one without a width is none. */
export function storedWindows(scopes: DataSet[]): Window[] {
  const scope = scopeOf(scopes, 'WindowCenter');
  if (!scope) return [];
  const widths = allNumbers(scope, tags.WindowWidth);
  const names = allStrings(scope, tags.WindowCenterWidthExplanation);
  return allNumbers(scope, tags.WindowCenter)
    .slice(0, mostStored)
    .flatMap((center, at) => {
      const width = widths[at];
      if (center === undefined || width === undefined || !(width > 0)) return [];
      return [{ name: names[at]?.slice(0, longestName) || 'as-stored', center, width }];
    });
}

/** Share of a table's output within which it is taken for a straight line. */
const knee = 0.02;

/** The window that comes nearest to a VOI LUT (PS3.3 C.11.2.1.1): over the inputs between which its output changes. */
export function windowOfTable({ first, entries }: LookupTable): Window {
  const [start, end] = [entries[0] ?? 0, entries.at(-1) ?? 0];
  const share = (value: number) => (end === start ? 0.5 : (value - start) / (end - start));
  const low = entries.findIndex((value) => share(value) > knee);
  const high = entries.findLastIndex((value) => share(value) < 1 - knee);
  const [from, to] = low < 0 || high <= low ? [0, entries.length - 1] : [low, high];
  return windowBetween('as-stored', first + from, first + to);
}

/** A window over the values, in modality units, that leaves out the outermost half percent at either end. */
export function windowOfValues(values: Float32Array): Window {
  const last = values.length - 1;
  const ranks = [Math.round(0.005 * last), Math.round(0.995 * last)];
  const [low = 0, high = 0] = values.length === 0 ? [] : valuesAtRanks(values, ranks);
  return windowBetween('percentile', low, high);
}

/** Never without a width, which nothing can be shown with. */
export function windowBetween(name: string, low: number, high: number): Window {
  const width = Math.max(high - low, Number.EPSILON * Math.max(1, Math.abs(low)));
  return { name, center: (low + high) / 2, width: width > 1e-6 ? width : 1 };
}

/**
 * The windows of an image, the one to begin with first: those that it names itself, then what is usual for a CT of the
 * region. One that shows none of the image's values is left out; where none is left, `values` decide.
 */
export function chooseWindows(
  stored: readonly Window[],
  region: Region | undefined,
  values: Float32Array,
): Window[] {
  const [low, high] = extremes(values);
  const shows = ({ center, width }: Window) =>
    center - width / 2 < high && center + width / 2 > low;
  const own = stored.filter(shows);
  const usual = region ? presets[region] : [];
  const first = own.length > 0 || usual.some(shows) ? own : [windowOfValues(values)];
  return withoutTwins([...first, ...usual]);
}

function extremes(values: Float32Array): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  // A flat image is shown by any window around its value.
  return low === high ? [low - 1, high + 1] : [low, high];
}

function withoutTwins(windows: readonly Window[]): Window[] {
  return windows.filter(
    ({ center, width }, at) =>
      windows.findIndex((other) => other.center === center && other.width === width) === at,
  );
}
