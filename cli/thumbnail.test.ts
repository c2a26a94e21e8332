import { expect, it } from 'vitest';
import { side } from '../models/dataset/near-duplicates.ts';
import { type DataSet, readDataSet } from '../runtime/dicom/data-set.ts';
import { dataSetOf } from '../runtime/dicom/data-set-writer.ts';
import { wrapJpeg } from '../runtime/dicom/image-writer.ts';
import { readPart10 } from '../runtime/dicom/part10.ts';
import { tags } from '../runtime/dicom/tag.ts';
import { explicitVrBigEndian, explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { makeJpeg } from '../tests/jpeg-bytes.ts';
import { objectLimits } from './dataset-image.ts';
import { thumbnailOf } from './thumbnail.ts';

const rows = 16;
const columns = 24;
/** One grey for each block of 8 × 8. */
const greys = [-40, 30, 0, 10, -5, 25];

function fromJpeg(): DataSet {
  const { file } = wrapJpeg(makeJpeg({ rows, columns, greys }), { source: 'x', patient: 'p' });
  const { dataSet, transferSyntaxUid } = readPart10(file);
  return readDataSet(dataSet, transferSyntaxUid, objectLimits);
}

function native(bits: 8 | 16, littleEndian = true, change = {}): DataSet {
  const value = Buffer.alloc((rows * columns * bits) / 8);
  for (let at = 0; at < rows * columns; at++) {
    const block = Math.floor(at / columns / 8) * 3 + Math.floor((at % columns) / 8);
    const grey = 128 + 2 * greys[block]!;
    if (bits === 8) value[at] = grey;
    else if (littleEndian) value.writeUInt16LE(16 * grey, 2 * at);
    else value.writeUInt16BE(16 * grey, 2 * at);
  }
  const header = {
    Rows: rows,
    Columns: columns,
    BitsAllocated: bits,
    PixelRepresentation: 0,
    ...change,
  };
  const elements = new Map(dataSetOf(header).elements);
  if (!littleEndian)
    for (const [tag, each] of elements)
      elements.set(tag, { ...each, value: Buffer.from(each.value).swap16() });
  elements.set(tags.PixelData, { tag: tags.PixelData, vr: bits === 8 ? 'OB' : 'OW', value });
  return { elements, littleEndian };
}

const expected = thumbnailOf(native(8), explicitVrLittleEndian)!;

it.each<[string, Float32Array | undefined]>([
  ['a JPEG', thumbnailOf(fromJpeg(), '1.2.840.10008.1.2.4.50')],
  ['sixteen bits', thumbnailOf(native(16), explicitVrLittleEndian)],
  ['big endian', thumbnailOf(native(16, false), explicitVrBigEndian)],
])('looks the same from %s', (_how, greys) => {
  expect(greys).toHaveLength(side * side);
  const correlation = expected.reduce((sum, value, at) => sum + value * greys![at]!, 0);
  expect(correlation).toBeGreaterThan(0.99);
});

it.each<[string, DataSet, string]>([
  ['colour', native(8, true, { SamplesPerPixel: 3 }), explicitVrLittleEndian],
  ['several frames', native(8, true, { NumberOfFrames: '2' }), explicitVrLittleEndian],
  ['too few pixels', native(8, true, { Rows: 17 }), explicitVrLittleEndian],
  ['another coding', native(8), '1.2.840.10008.1.2.4.90'],
])('is not made of %s', (_what, dataSet, syntax) => {
  expect(thumbnailOf(dataSet, syntax)).toBeUndefined();
});
