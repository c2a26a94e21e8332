import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { writePart10 } from '../runtime/dicom/part10.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { deriveUid } from '../runtime/dicom/uid.ts';

/** CT Image Storage. */
export const ctImageStorage = '1.2.840.10008.5.1.4.1.1.2';

const side = 512;

/** Computer-made bytes that look like 12 bits stored in 16; the same for every image. */
const pixels = makePixels();

function makePixels(): Buffer {
  const values = new Uint16Array(side * side);
  let state = 1;
  for (let at = 0; at < values.length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    values[at] = state >>> 20;
  }
  return Buffer.from(values.buffer);
}

/** One element in Explicit VR Little Endian; `tag` is group and element in hexadecimal. */
export function element(tag: string, vr: string, value: string | number | Buffer): Buffer {
  const content = encodeValue(vr, value);
  const header = Buffer.alloc(vr === 'OW' ? 12 : 8);
  header.writeUInt16LE(Number.parseInt(tag.slice(0, 4), 16), 0);
  header.writeUInt16LE(Number.parseInt(tag.slice(4), 16), 2);
  header.write(vr, 4, 'latin1');
  if (vr === 'OW') header.writeUInt32LE(content.length, 8);
  else header.writeUInt16LE(content.length, 6);
  return Buffer.concat([header, content]);
}

function encodeValue(vr: string, value: string | number | Buffer): Buffer {
  if (Buffer.isBuffer(value)) return value;
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16LE(value);
    return bytes;
  }
  const pad = value.length % 2 === 0 ? '' : vr === 'UI' ? '\0' : ' ';
  return Buffer.from(value + pad, 'latin1');
}

/** Everything of a CT image before its pixel data. `study` and `image` name it within `batch`. */
export function ctHeader(batch: string, study: number, image: number): Buffer {
  const studyUid = deriveUid('benchmark', batch, String(study));
  return Buffer.concat([
    element('00080005', 'CS', 'ISO_IR 100'),
    element('00080008', 'CS', 'ORIGINAL\\PRIMARY\\AXIAL'),
    element('00080016', 'UI', ctImageStorage),
    element('00080018', 'UI', instanceUid(batch, study, image)),
    element('00080020', 'DA', '20260105'),
    element('00080030', 'TM', '080000'),
    element('00080050', 'SH', `BENCH${study}`),
    element('00080060', 'CS', 'CT'),
    element('00080070', 'LO', 'Computer-made'),
    element('00081030', 'LO', 'Benchmark of the receiver'),
    element('00100010', 'PN', 'BENCHMARK^NOBODY'),
    element('00100020', 'LO', `BENCH-${study}`),
    element('00100030', 'DA', ''),
    element('00100040', 'CS', 'O'),
    element('00180015', 'CS', 'CHEST'),
    element('00180050', 'DS', '1.25'),
    element('00180060', 'DS', '120'),
    element('0020000D', 'UI', studyUid),
    element('0020000E', 'UI', deriveUid('benchmark', batch, String(study), 'series')),
    element('00200010', 'SH', String(study)),
    element('00200011', 'IS', '1'),
    element('00200013', 'IS', String(image)),
    element('00200032', 'DS', `-175\\-175\\${image}`),
    element('00200037', 'DS', '1\\0\\0\\0\\1\\0'),
    element('00200052', 'UI', deriveUid('benchmark', batch, String(study), 'frame of reference')),
    element('00280002', 'US', 1),
    element('00280004', 'CS', 'MONOCHROME2'),
    element('00280010', 'US', side),
    element('00280011', 'US', side),
    element('00280030', 'DS', '0.68\\0.68'),
    element('00280100', 'US', 16),
    element('00280101', 'US', 12),
    element('00280102', 'US', 11),
    element('00280103', 'US', 0),
    element('00281052', 'DS', '-1024'),
    element('00281053', 'DS', '1'),
  ]);
}

export function instanceUid(batch: string, study: number, image: number): string {
  return deriveUid('benchmark', batch, String(study), String(image));
}

/** Bytes of one image's file; every image has about so many. */
export function fileLength(): number {
  return ctFile('length', 0, 1).length;
}

function ctFile(batch: string, study: number, image: number): Uint8Array {
  const dataSet = Buffer.concat([ctHeader(batch, study, image), element('7FE00010', 'OW', pixels)]);
  return writePart10(
    {
      sopClassUid: ctImageStorage,
      sopInstanceUid: instanceUid(batch, study, image),
      transferSyntaxUid: explicitVrLittleEndian,
    },
    dataSet,
  );
}

/** Files on disk, ready to be sent: one folder a study. */
export interface Batch {
  images: number;
  bytes: number;
  /** As many studies as associations send at once; each image is in one of them. */
  studies: string[];
}

/**
 * Writes `images` CT images of 512 x 512 pixels as files into `studies` folders. `name` makes the UIDs: the same name
 * gives the same bytes. The files are flushed, so that nobody pays for them later.
 */
export function writeBatch(folder: string, name: string, images: number, studies: number): Batch {
  const folders = Array.from({ length: studies }, (_, study) => join(folder, name, String(study)));
  for (const path of folders) mkdirSync(path, { recursive: true });
  let bytes = 0;
  for (let image = 0; image < images; image++) {
    const study = image % studies;
    const file = ctFile(name, study, image + 1);
    writeFlushed(join(folders[study]!, `${String(image).padStart(6, '0')}.dcm`), file);
    bytes += file.length;
  }
  return { images, bytes, studies: folders };
}

function writeFlushed(path: string, bytes: Uint8Array): void {
  const fd = openSync(path, 'wx');
  writeSync(fd, bytes);
  fsyncSync(fd);
  closeSync(fd);
}
