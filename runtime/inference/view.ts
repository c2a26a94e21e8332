import type { Manifest, ModelInput } from '../../models/manifest.ts';

type View = Manifest['network']['views'][number];

/** How much larger or smaller than the original a scaled view is. */
const zoom = 1.06;

/** Where a view's pixel comes from: the offset from the centre in the original, as a multiple of its own. */
const scales: Record<View, { x: number; y: number }> = {
  mirrored: { x: -1, y: 1 },
  enlarged: { x: 1 / zoom, y: 1 / zoom },
  reduced: { x: zoom, y: zoom },
};

function nearest(at: number, scale: number, length: number): number {
  const centre = (length - 1) / 2;
  const source = Math.round(centre + (at - centre) * scale);
  return Math.min(length - 1, Math.max(0, source));
}

/** The same input seen another way. Every plane of it is treated alike. */
export function seeAs(
  view: View,
  values: Float32Array,
  { rows, columns }: ModelInput,
): Float32Array {
  const { x, y } = scales[view];
  const across = Array.from({ length: columns }, (_, column) => nearest(column, x, columns));
  const down = Array.from({ length: rows }, (_, row) => nearest(row, y, rows));
  const plane = rows * columns;
  return values.map((_, at) => {
    const start = at - (at % plane);
    const row = Math.floor((at % plane) / columns);
    return values[start + down[row]! * columns + across[at % columns]!]!;
  });
}
