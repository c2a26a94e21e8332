import type { ImageView } from '../../exam-detail.ts';

/** A VOI window in units after slope and intercept (PS3.3, C.11.2.1.2). */
export interface Window {
  center: number;
  width: number;
}

/** How stored values become brightness: everything of an image that matters to it. */
export type Scale = Pick<ImageView, 'signed' | 'slope' | 'intercept' | 'inverted'>;

export const narrowest = 1;
const widest = 200_000;

/**
 * The linear window as a line: brightness from 0 to 1 is `value * factor + offset`, clipped. PS3.3, C.11.2.1.2.1 has the
 * middle at center - 0.5 and the whole way in width - 1; a width of 1 is a threshold.
 */
export function ramp({ center, width }: Window, { slope, intercept, inverted }: Scale) {
  const way = Math.max(width - 1, 1e-3);
  const factor = slope / way;
  const offset = (intercept - center + 0.5) / way + 0.5;
  return inverted ? { factor: -factor, offset: 1 - offset } : { factor, offset };
}

/** Brightness from 0 to 255 for each of the 65,536 stored values, by their bits. */
export function brightnessTable(window: Window, scale: Scale): Uint8ClampedArray {
  const { factor, offset } = ramp(window, scale);
  const table = new Uint8ClampedArray(65_536);
  for (let bits = 0; bits < table.length; bits += 1) {
    const value = scale.signed && bits > 0x7fff ? bits - 0x1_0000 : bits;
    table[bits] = 255 * (value * factor + offset);
  }
  return table;
}

/** Makes brighter (shares below 0) or darker by a share of the window's width, whichever way the image is shown. */
export function shifted({ center, width }: Window, share: number, inverted: boolean): Window {
  return { center: center + (inverted ? -share : share) * width, width };
}

/** Widens (factor above 1: less contrast) or narrows. */
export function widened({ center, width }: Window, factor: number): Window {
  return { center, width: Math.min(widest, Math.max(narrowest, width * factor)) };
}

/** What a drag over so many pixels does: right widens, down darkens, as radiologists have it. */
export function dragged(window: Window, dx: number, dy: number, inverted: boolean): Window {
  return widened(shifted(window, dy / 300, inverted), Math.exp(dx / 200));
}
