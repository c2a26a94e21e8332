import { makeHeadCase } from '../demo/head-study.ts';
import type { PhantomInstance } from '../demo/phantom-study.ts';
import { listRadiographs, makeRadiograph } from '../demo/radiograph-study.ts';
import { disk } from '../device/files.ts';
import { resample } from '../models/resample.ts';
import type { StoredImage } from '../models/stored-image.ts';
import {
  type DataElement,
  type DataSet,
  headerLimits,
  readDataSet,
} from '../runtime/dicom/data-set.ts';
import { dataSetOf, encodeDataSet } from '../runtime/dicom/data-set-writer.ts';
import { tags } from '../runtime/dicom/tag.ts';
import { deriveUid } from '../runtime/dicom/uid.ts';
import { allNumbers } from '../runtime/dicom/value.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { readEveryFrame } from '../runtime/inference/input.ts';

/** A study as often as it is asked for, each time of another patient and with pixels that were not seen before. */
export interface ExamTemplate {
  kind: 'X-ray' | 'CT';
  instances: readonly PhantomInstance[];
}

/** Rows and columns of a radiograph as a flat-panel detector gives it; 12 bits stored in 16. */
const detectorSide = 2048;

async function firstFrame(instance: PhantomInstance): Promise<StoredImage> {
  const { dataSet: bytes, transferSyntaxUid } = instance;
  for await (const reading of readEveryFrame([{ bytes: Buffer.from(bytes), transferSyntaxUid }]))
    if (reading.state === 'read') return reading.image;
  throw new Error('a radiograph of the demonstration cannot be read');
}

function largePixels({ rows, columns, values }: StoredImage): DataElement {
  const side = { rows: detectorSide, columns: detectorSide };
  const large = resample(values, { rows, columns }, side, 'bilinear');
  const stored = Uint16Array.from(large, (value) => Math.round(value * 16));
  return { tag: tags.PixelData, vr: 'OW', value: new Uint8Array(stored.buffer) };
}

/** The radiograph as a detector would have sent it: large, 12 bits, not compressed. */
async function enlarge(instance: PhantomInstance): Promise<PhantomInstance> {
  const image = await firstFrame(instance);
  const spacing = ((1.1 * image.columns) / detectorSide).toFixed(4);
  const replaced = dataSetOf({
    Rows: detectorSide,
    Columns: detectorSide,
    BitsAllocated: 16,
    BitsStored: 12,
    HighBit: 11,
    ImagerPixelSpacing: [spacing, spacing],
    WindowCenter: '2048',
    WindowWidth: '4096',
  });
  const { elements } = readDataSet(instance.dataSet, instance.transferSyntaxUid, headerLimits);
  const pixels = largePixels(image);
  const all: DataSet['elements'] = new Map([
    ...elements,
    ...replaced.elements,
    [pixels.tag, pixels],
  ]);
  const dataSet = encodeDataSet({ elements: all, littleEndian: true });
  return { ...instance, transferSyntaxUid: explicitVrLittleEndian, dataSet };
}

/** Every radiograph that the demonstration has, as its population's age says. */
export async function radiographTemplates(): Promise<ExamTemplate[]> {
  const templates: ExamTemplate[] = [];
  for (const radiograph of listRadiographs(disk)) {
    const ageYears = radiograph.population === 'child' ? 3 : 45;
    const facts = {
      patient: 'POOL-00000000',
      ageYears,
      view: 'PA',
      exam: radiograph.file,
    } as const;
    const made = makeRadiograph(disk, radiograph, facts);
    templates.push({ kind: 'X-ray', instances: [await enlarge(made)] });
  }
  return templates;
}

/** The scan's own slice, reconstructed once more a little higher: overlapping slices are usual in CT. */
function reconstruct(instance: PhantomInstance, copy: number, rise: number): PhantomInstance {
  const read = readDataSet(instance.dataSet, instance.transferSyntaxUid, headerLimits);
  const sopInstanceUid = deriveUid('overlapping slice', instance.sopInstanceUid, String(copy));
  const [left = 0, top = 0, bottom = 0] = allNumbers(read, tags.ImagePositionPatient);
  const replaced = dataSetOf({
    SOPInstanceUID: sopInstanceUid,
    ImagePositionPatient: [left, top, bottom + copy * rise].map((at) => at.toFixed(3)),
  });
  const all = new Map([...read.elements, ...replaced.elements]);
  return {
    ...instance,
    sopInstanceUid,
    dataSet: encodeDataSet({ elements: all, littleEndian: true }),
  };
}

function heightOf({ dataSet, transferSyntaxUid }: PhantomInstance): number {
  const read = readDataSet(dataSet, transferSyntaxUid, headerLimits);
  return allNumbers(read, tags.ImagePositionPatient)[2] ?? 0;
}

/** A head with a bleed in so many slices of 512 x 512 pixels at even distances, of which every `overlap` show one plane. */
export function headTemplate(slices: number, overlap: number): ExamTemplate {
  const scan = [...makeHeadCase(8, 2, { size: 512, slices: slices / overlap })];
  const rise = (heightOf(scan[1]!) - heightOf(scan[0]!)) / overlap;
  const copies = Array.from({ length: overlap }, (_, copy) => copy);
  return {
    kind: 'CT',
    instances: scan.flatMap((slice) => copies.map((copy) => reconstruct(slice, copy, rise))),
  };
}

/** Digits that make a UID, of the same length as the one it stands in for. */
function renumber(uid: string, serial: number): string {
  const digits = String(serial).padStart(8, '0');
  return uid.slice(0, -digits.length) + digits;
}

function replaceAll(bytes: Buffer, from: string, to: string): void {
  // Headers are short; pixels hold no text worth a search.
  for (let at = bytes.indexOf(from); at >= 0 && at < 8192; at = bytes.indexOf(from, at + 1))
    bytes.write(to, at, 'latin1');
}

/** Bytes that the last pixels are changed in: enough for the serial number in their lowest bits. */
const marked = 32;

function mark(bytes: Buffer, serial: number): void {
  for (let bit = 0; bit < marked; bit++) {
    const at = bytes.length - 2 * (bit + 1);
    bytes[at] = (bytes[at]! & 0xfe) | ((serial >>> bit) & 1);
  }
}

function stamp(instance: PhantomInstance, serial: number): PhantomInstance {
  const dataSet = Buffer.from(instance.dataSet);
  const uids = ['sopInstanceUid', 'studyInstanceUid', 'seriesInstanceUid'] as const;
  const fresh = Object.fromEntries(uids.map((name) => [name, renumber(instance[name], serial)]));
  for (const name of uids) replaceAll(dataSet, instance[name], fresh[name]!);
  mark(dataSet, serial);
  return { ...instance, ...fresh, dataSet };
}

/** The study under a serial number of its own, 0 to 99,999,999. */
export function makeExam({ instances }: ExamTemplate, serial: number): PhantomInstance[] {
  return instances.map((instance) => stamp(instance, serial));
}
