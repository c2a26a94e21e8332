import type { StoredImage } from '../../preprocess.ts';
import { type HeadScan, type HeadSlice, scanHead, type ScanRequest } from './scan.ts';

/** Rescale Intercept of the virtual scanner: stored value 0 is 24 below air. */
const intercept = -1024;

/** A slice as a CT scanner stores it, in 12 bits. */
export function storeHeadSlice({ size, hu }: HeadSlice): StoredImage {
  return {
    rows: size,
    columns: size,
    values: hu.map((value) => Math.min(4095, Math.max(0, Math.round(value - intercept)))),
    range: [0, 4095],
    photometric: 'MONOCHROME2',
    slope: 1,
    intercept,
  };
}

/** Index of the slice in which most blood can be seen; the middle one where there is none. */
export function worstSlice(scan: HeadScan): number {
  const areas = Array.from({ length: scan.protocol.slices }, (_, at) => scan.slice(at).bleedArea);
  const most = Math.max(...areas);
  return most > 0 ? areas.indexOf(most) : Math.floor(areas.length / 2);
}

/** One slice of a head: the same request gives the same stored values. `index` counts from the lowest slice. */
export function headSlice(request: ScanRequest & { index: number }): StoredImage {
  return storeHeadSlice(scanHead(request).slice(request.index));
}
