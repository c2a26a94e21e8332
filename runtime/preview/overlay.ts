import { colourOf } from '../../models/explanation/heatmap-colour.ts';
import type { HeatMap } from '../../models/explanation/heat-map.ts';
import { encodeGreyPng } from '../../models/explanation/png.ts';
import { type Journey, projectRows } from '../../models/explanation/projection.ts';
import { fitWithin } from './stored-values.ts';

/** Longer side of an overlay, pixels: a map has a few dozen samples, and the viewer stretches it over the preview. */
export const longestOverlay = 384;
/** The anatomy must stay visible under the strongest colour. */
export const mostOpaque = 0.4;
/** From this share of the strongest reaction on the colour is as opaque as it gets: what is weak must not have an edge. */
const fullFrom = 0.5;

/** Colour and opacity for each strength, 0 for nothing to 255. */
const palette = Uint8Array.from(
  Array.from({ length: 256 }, (_, at) => at / 255).flatMap((strength) => [
    ...colourOf(strength).map(Math.round),
    Math.floor(255 * mostOpaque * Math.min(1, strength / fullFrom)),
  ]),
);

/**
 * Where a network reacted, as a transparent PNG that covers the whole of the source image, whatever its size: what the
 * network has not seen, and what speaks against the finding, has no colour. It goes back the way of the preprocessing.
 */
export function drawOverlay(map: HeatMap, journey: Journey): Uint8Array {
  const grid = fitWithin(journey.source, longestOverlay);
  const bytes = new Uint8Array(grid.rows * grid.columns);
  const highest = map.values.reduce((most, value) => Math.max(most, value), 0);
  let start = 0;
  if (highest > 0)
    for (const row of projectRows(map, grid, journey)) {
      // What the network has not seen is NaN, which a byte holds as 0.
      for (let at = 0; at < row.length; at++)
        bytes[start + at] = row[at]! < 0 ? 0 : Math.round((255 * row[at]!) / highest);
      start += grid.columns;
    }
  return encodeGreyPng({ ...grid, bytes }, palette);
}
