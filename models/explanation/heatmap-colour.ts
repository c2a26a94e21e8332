import { blend, type Colour } from './canvas.ts';
import type { Picture } from './png.ts';
import type { Point } from '../geometry.ts';

/**
 * From weak to strong, at even steps in OKLab: equal differences look equal, and what is stronger is lighter for whoever
 * does not tell the hues apart.
 */
export const heatColours: readonly Colour[] = [
  [0x7d, 0x14, 0x79],
  [0x9f, 0x23, 0x71],
  [0xbe, 0x36, 0x64],
  [0xd8, 0x4c, 0x53],
  [0xed, 0x68, 0x3b],
  [0xfb, 0x87, 0x18],
  [0xff, 0xa8, 0x06],
  [0xff, 0xc8, 0x12],
  [0xf7, 0xea, 0x45],
];

/** The anatomy must stay visible under the strongest colour; what is weak must not look like an area with an edge. */
const opacity = 0.6;
const fullFrom = 0.5;

/** The colour of a strength, 0 to 1. */
export function colourOf(strength: number): Colour {
  const place = strength * (heatColours.length - 1);
  const [low, high] = [heatColours[Math.floor(place)]!, heatColours[Math.ceil(place)]!];
  const share = place - Math.floor(place);
  const mix = (channel: 0 | 1 | 2) => low[channel] + (high[channel] - low[channel]) * share;
  return [mix(0), mix(1), mix(2)];
}

/** Lays the colour of a strength, 0 to 1, over a pixel: nothing at 0, and the more opaque the stronger up to the half. */
export function tint(picture: Picture, at: Point, strength: number): void {
  const held = Math.min(1, strength);
  if (held > 0) blend(picture, at, colourOf(held), opacity * Math.min(1, held / fullFrom));
}
