import { ScansideError } from '../../device/errors.ts';
import type { Answer } from './model-runner.ts';
import type { Range } from './scale.ts';

/** What calibration tells of one value. */
export interface Observed extends Range {
  /** Mean of each channel, which is the second dimension. */
  means: readonly number[];
}

/** Observations of the values of a graph, by name. */
export type Observations = Readonly<Record<string, Observed>>;

/** Takes in one value, batch by batch. */
export class Observer {
  #name: string;
  #low = Infinity;
  #high = -Infinity;
  #sums = new Float64Array();
  #count = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Throws MODEL_FAULT where it is not finite. */
  see({ values, dims: [images = 1, channels = 1] }: Answer): void {
    if (this.#sums.length === 0) this.#sums = new Float64Array(channels);
    const area = values.length / (images * channels);
    for (let start = 0; start < values.length; start += area)
      this.#seeChannel((start / area) % channels, values.subarray(start, start + area));
    this.#count += images * area;
  }

  #seeChannel(channel: number, values: Float32Array): void {
    let sum = 0;
    for (const value of values) {
      if (value < this.#low) this.#low = value;
      if (value > this.#high) this.#high = value;
      sum += value;
    }
    if (!Number.isFinite(sum))
      throw new ScansideError('MODEL_FAULT', `${this.#name} is not finite`);
    this.#sums[channel]! += sum;
  }

  /** Six digits are more than a mean over some images is worth. */
  finish(): Observed {
    const means = Array.from(this.#sums, (sum) => Number((sum / this.#count).toPrecision(6)));
    return { low: this.#low, high: this.#high, means };
  }
}

const bins = 4096;

/** How often the values of a tensor lie where within their range. */
export class Histogram {
  #range: Range;
  #width: number;
  #counts = new Uint32Array(bins);

  constructor(range: Range) {
    this.#range = range;
    this.#width = (range.high - range.low) / bins || 1;
  }

  see({ values }: Answer): void {
    const { low } = this.#range;
    for (const value of values) {
      const bin = Math.min(bins - 1, Math.floor((value - low) / this.#width));
      this.#counts[bin]!++;
    }
  }

  /** The range that spans this share of the values, without the outermost ones at each end. */
  trim(kept: number): Range {
    const { low, high } = this.#range;
    const spare = (this.#counts.reduce((sum, value) => sum + value, 0) * (1 - kept)) / 2;
    const below = skip(this.#counts, spare);
    const above = skip(this.#counts.toReversed(), spare);
    return { low: low + below * this.#width, high: high - above * this.#width };
  }
}

/** How many bins from the start hold no more than `spare` values together. */
function skip(counts: Uint32Array, spare: number): number {
  let sum = 0;
  const first = counts.findIndex((value) => (sum += value) > spare);
  return Math.max(0, first);
}
