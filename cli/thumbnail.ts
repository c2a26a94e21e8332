import { normalized, side } from '../models/dataset/near-duplicates.ts';
import type { DataSet } from '../runtime/dicom/data-set.ts';
import { readJpeg } from '../runtime/dicom/jpeg.ts';
import { readBlocks } from '../runtime/dicom/jpeg-scan.ts';
import { tags } from '../runtime/dicom/tag.ts';
import { findTransferSyntax } from '../runtime/dicom/transfer-syntax.ts';
import { firstInteger } from '../runtime/dicom/value.ts';
import { littleEndianValue } from './stored-number.ts';

const jpegBaseline = '1.2.840.10008.1.2.4.50';

interface Greys {
  rows: number;
  columns: number;
  values: ArrayLike<number>;
}

/**
 * A little picture to compare with others, of a grey image of one frame: native, or JPEG Baseline, of which the mean of
 * every block is enough. Undefined for all others.
 */
export function thumbnailOf(dataSet: DataSet, transferSyntaxUid: string): Float32Array | undefined {
  const isGrey = (firstInteger(dataSet, tags.SamplesPerPixel) ?? 1) === 1;
  if (!isGrey || (firstInteger(dataSet, tags.NumberOfFrames) ?? 1) !== 1) return undefined;
  const greys =
    transferSyntaxUid === jpegBaseline
      ? blockGreys(dataSet)
      : nativeGreys(dataSet, transferSyntaxUid);
  return greys && normalized(shrink(greys));
}

function blockGreys(dataSet: DataSet): Greys {
  const jpeg = readJpeg(Buffer.concat(dataSet.elements.get(tags.PixelData)?.fragments ?? []));
  const [rows, columns] = [Math.ceil(jpeg.rows / 8), Math.ceil(jpeg.columns / 8)];
  const values = new Float64Array(rows * columns);
  readBlocks(jpeg, (component, row, column, { dc }) => {
    if (component === 0 && row < rows && column < columns) values[row * columns + column] = dc;
  });
  return { rows, columns, values };
}

function nativeGreys(dataSet: DataSet, transferSyntaxUid: string): Greys | undefined {
  const number = (tag: number): number => firstInteger(dataSet, tag) ?? 0;
  const [rows, columns, bits] = [tags.Rows, tags.Columns, tags.BitsAllocated].map(number);
  const element = dataSet.elements.get(tags.PixelData);
  const isNative = findTransferSyntax(transferSyntaxUid)?.encapsulated === false;
  if (!element || !isNative || !rows || !columns || (bits !== 8 && bits !== 16)) return undefined;
  const bytes = Buffer.from(littleEndianValue(element, dataSet.littleEndian));
  if (bytes.length < (rows * columns * bits) / 8) return undefined;
  const isSigned = number(tags.PixelRepresentation) === 1;
  const values = Float64Array.from({ length: rows * columns }, (_, at) => {
    if (bits === 8) return bytes[at]!;
    return isSigned ? bytes.readInt16LE(2 * at) : bytes.readUInt16LE(2 * at);
  });
  return { rows, columns, values };
}

/** The mean of the greys that each point of the thumbnail covers, at least one. */
function shrink({ rows, columns, values }: Greys): Float64Array {
  return Float64Array.from({ length: side * side }, (_, at) => {
    const [top, bottom] = covered(Math.floor(at / side), rows);
    const [left, right] = covered(at % side, columns);
    let sum = 0;
    for (let row = top; row < bottom; row++)
      for (let column = left; column < right; column++) sum += values[row * columns + column]!;
    return sum / ((bottom - top) * (right - left));
  });
}

function covered(point: number, length: number): [number, number] {
  const start = Math.floor((point * length) / side);
  return [start, Math.max(start + 1, Math.floor(((point + 1) * length) / side))];
}
