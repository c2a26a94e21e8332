import type { DataSet } from '../dicom/data-set.ts';
import { readLookupTable } from './lookup-table.ts';
import type { PixelFormat } from './pixel-format.ts';

/** Luminance and chrominances to RGB, in place (PS3.3 C.7.6.3.1.2), for samples of `bits`. */
function ybrToRgb(values: Float32Array, bits: number): Float32Array {
  const [middle, top] = [2 ** (bits - 1), 2 ** bits - 1];
  const clip = (value: number) => Math.min(top, Math.max(0, Math.round(value)));
  for (let at = 0; at + 2 < values.length; at += 3) {
    const [y, cb, cr] = [values[at]!, values[at + 1]! - middle, values[at + 2]! - middle];
    values[at] = clip(y + 1.402 * cr);
    values[at + 1] = clip(y - 0.344136 * cb - 0.714136 * cr);
    values[at + 2] = clip(y + 1.772 * cb);
  }
  return values;
}

const primaries = ['Red', 'Green', 'Blue'] as const;

/** Looks every value up in the three palettes (PS3.3 C.7.6.3.1.5). */
function paletteToRgb(values: Float32Array, dataSet: DataSet, signed: boolean) {
  const tables = primaries.map((primary) =>
    readLookupTable(
      dataSet,
      `${primary}PaletteColorLookupTableDescriptor`,
      `${primary}PaletteColorLookupTableData`,
      signed,
    ),
  );
  const rgb = new Float32Array(3 * values.length);
  for (const [primary, { first, entries }] of tables.entries())
    for (let at = 0; at < values.length; at++)
      rgb[3 * at + primary] =
        entries[Math.min(entries.length - 1, Math.max(0, values[at]! - first))]!;
  return {
    values: rgb,
    range: [0, 2 ** Math.max(...tables.map(({ bits }) => bits)) - 1] as [number, number],
  };
}

/** Whether values are already what they will be: grey, or RGB. A JPEG 2000 decoder undoes its own colour transform. */
const isDirect = (photometric: string) =>
  !['YBR_FULL', 'YBR_FULL_422', 'PALETTE COLOR'].includes(photometric);

/** Stored values of any colour to RGB; grey ones are left alone. */
export function toRgb(
  values: Float32Array,
  range: [number, number],
  dataSet: DataSet,
  { photometric, bitsStored, signed }: PixelFormat,
): { values: Float32Array; range: [number, number] } {
  if (isDirect(photometric)) return { values, range };
  if (photometric === 'PALETTE COLOR') return paletteToRgb(values, dataSet, signed);
  return { values: ybrToRgb(values, bitsStored), range };
}
