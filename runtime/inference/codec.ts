import type { PixelFormat } from './pixel-format.ts';
import type { Samples } from './samples.ts';
import { unreadable } from './unreadable-image.ts';

/** Decodes one frame. Throws DATA_SET_UNREADABLE, whatever its bytes are. */
export type Decode = (frame: Uint8Array, format: PixelFormat) => Samples | Promise<Samples>;

/** What the header of a codestream promises. */
export interface Promised {
  rows: number;
  columns: number;
  components: number;
  precision: number;
}

/** A codestream that promises anything but what the data set says is not decoded: memory follows from the latter. */
export function checkPromise(promised: Promised, format: PixelFormat): void {
  const { rows, columns, components, precision } = promised;
  if (rows !== format.rows || columns !== format.columns || components !== format.samples)
    throw unreadable(
      `the codestream has ${rows} × ${columns} × ${components} samples, the data set ${format.rows} × ${format.columns} × ${format.samples}`,
    );
  if (precision < 1 || precision > Math.min(16, format.bitsAllocated))
    throw unreadable(`the codestream has ${precision} bits in ${format.bitsAllocated}`);
}
