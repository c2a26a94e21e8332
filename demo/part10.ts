import { implementationClassUid, implementationVersionName } from '../runtime/dicom/uid.ts';

/** An object to be written as a file. */
interface FileContent {
  sopClassUid: string;
  sopInstanceUid: string;
  transferSyntaxUid: string;
  /** Without preamble and file meta information. */
  dataSet: Uint8Array;
}

/** One element of group 0002 in Explicit VR Little Endian (PS3.5 7.1.2); OB has the long form of the header. */
function metaElement(element: number, vr: string, value: Buffer): Buffer {
  const padding = Buffer.alloc(value.length % 2, vr === 'SH' ? ' ' : '\0');
  const header = Buffer.alloc(vr === 'OB' ? 12 : 8);
  header.writeUInt16LE(0x0002, 0);
  header.writeUInt16LE(element, 2);
  header.write(vr, 4, 'latin1');
  const length = value.length + padding.length;
  if (vr === 'OB') header.writeUInt32LE(length, 8);
  else header.writeUInt16LE(length, 6);
  return Buffer.concat([header, value, padding]);
}

function text(element: number, vr: 'UI' | 'SH', value: string): Buffer {
  return metaElement(element, vr, Buffer.from(value, 'latin1'));
}

/** A DICOM file: preamble, prefix, file meta information (PS3.10 7.1) and the data set as it is. */
export function writePart10(content: FileContent): Buffer {
  const meta = Buffer.concat([
    metaElement(0x0001, 'OB', Buffer.from([0, 1])),
    text(0x0002, 'UI', content.sopClassUid),
    text(0x0003, 'UI', content.sopInstanceUid),
    text(0x0010, 'UI', content.transferSyntaxUid),
    text(0x0012, 'UI', implementationClassUid),
    text(0x0013, 'SH', implementationVersionName),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  const start = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')]);
  return Buffer.concat([start, metaElement(0x0000, 'UL', length), meta, content.dataSet]);
}
