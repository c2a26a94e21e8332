import { BitReader } from './jpeg-entropy.ts';
import type { JpegFrame, JpegScan, ScanComponent } from './jpeg-header.ts';
import { unreadable } from './unreadable-image.ts';

/** A predictor by its selection value (ITU-T T.81, table H.1): a left, b above, c above left. */
type Predictor = (a: number, b: number, c: number) => number;

const predictors: Record<number, Predictor> = {
  1: (a) => a,
  2: (_, b) => b,
  3: (_, __, c) => c,
  4: (a, b, c) => a + b - c,
  5: (a, b, c) => a + ((b - c) >> 1),
  6: (a, b, c) => b + ((a - c) >> 1),
  7: (a, b) => (a + b) >> 1,
};

interface Plane extends ScanComponent {
  values: Uint16Array;
}

interface Coding {
  columns: number;
  predict: Predictor;
  /** Prediction of the first sample of the image and after every restart. */
  initial: number;
}

/** Decodes one row of all components. A row at the top, or the first after a restart, is predicted from the left alone. */
function decodeRow(
  reader: BitReader,
  planes: Plane[],
  row: number,
  atTop: boolean,
  { columns, predict, initial }: Coding,
): void {
  for (let column = 0; column < columns; column++)
    for (const { values, dc } of planes) {
      const at = row * columns + column;
      let predicted = initial;
      if (column === 0) predicted = atTop ? initial : values[at - columns]!;
      else if (atTop) predicted = values[at - 1]!;
      else predicted = predict(values[at - 1]!, values[at - columns]!, values[at - columns - 1]!);
      const length = reader.symbol(dc);
      if (length > 16) throw unreadable('a JPEG difference is longer than 16 bits');
      const difference = length === 16 ? 32_768 : reader.extended(length);
      // The array keeps the result modulo 2^16 (ITU-T T.81 H.2.1).
      values[at] = predicted + difference;
    }
}

/** Decodes a lossless scan (ITU-T T.81 annex H) into its planes; returns where the next marker is to be sought. */
export function decodeLosslessScan(
  bytes: Uint8Array,
  frame: JpegFrame,
  scan: JpegScan,
  planes: Uint16Array[],
): number {
  const predict = predictors[scan.start];
  if (!predict) throw unreadable(`JPEG predictor ${scan.start} is not one of lossless JPEG`);
  if (scan.low >= frame.precision) throw unreadable(`the JPEG point transform is ${scan.low}`);
  if (scan.restartInterval % frame.columns !== 0)
    throw unreadable('a JPEG restart interval of lossless data is no whole number of rows');
  const coding = {
    columns: frame.columns,
    predict,
    initial: 1 << (frame.precision - scan.low - 1),
  };
  const restartRows = scan.restartInterval / frame.columns;
  const own = scan.components.map((one) => ({ ...one, values: planes[one.index]! }));
  const reader = new BitReader(bytes, scan.at);
  for (let row = 0; row < frame.rows; row++) {
    const restarts = row > 0 && restartRows > 0 && row % restartRows === 0;
    if (restarts) reader.restart();
    decodeRow(reader, own, row, row === 0 || restarts, coding);
  }
  if (scan.low > 0)
    for (const { values } of own)
      for (let at = 0; at < values.length; at++) values[at] = values[at]! << scan.low;
  return reader.findMarker();
}
