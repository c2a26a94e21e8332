import { deflateRawSync } from 'node:zlib';
import {
  deflatedExplicitVrLittleEndian,
  explicitVrBigEndian,
  implicitVrLittleEndian,
} from '../../runtime/dicom/transfer-syntax.ts';
import type { Random } from '../random-pdu.ts';
import { ctImageStorage } from '../raw-peer.ts';

interface Encoding {
  explicit: boolean;
  littleEndian: boolean;
}

const longForm = new Set(['OB', 'OW', 'SQ', 'UN', 'UT']);

function uint(value: number, size: 2 | 4, { littleEndian }: Encoding): Buffer {
  const bytes = Buffer.alloc(size);
  if (littleEndian) bytes.writeUIntLE(value, 0, size);
  else bytes.writeUIntBE(value, 0, size);
  return bytes;
}

function element(encoding: Encoding, tag: number, vr: string, value: Buffer | string): Buffer {
  const bytes = Buffer.from(value.length % 2 ? `${value.toString()} ` : value);
  const head = [uint(tag >>> 16, 2, encoding), uint(tag & 0xffff, 2, encoding)];
  if (!encoding.explicit) head.push(uint(bytes.length, 4, encoding));
  else if (longForm.has(vr)) head.push(Buffer.from(`${vr}\0\0`), uint(bytes.length, 4, encoding));
  else head.push(Buffer.from(vr), uint(bytes.length, 2, encoding));
  return Buffer.concat([...head, bytes]);
}

function itemOf(encoding: Encoding, content: Buffer): Buffer {
  const head = [uint(0xfffe, 2, encoding), uint(0xe000, 2, encoding)];
  return Buffer.concat([...head, uint(content.length, 4, encoding), content]);
}

/** A short CT image in the transfer syntax: a header with a sequence, private and numeric elements, pixel data. */
export function ctDataSet(
  transferSyntaxUid: string,
  sopInstanceUid: string,
  random: Random,
  studyInstanceUid = `1.2.${random.below(50)}`,
) {
  const encoding = {
    explicit: transferSyntaxUid !== implicitVrLittleEndian,
    littleEndian: transferSyntaxUid !== explicitVrBigEndian,
  };
  const put = (tag: number, vr: string, value: Buffer | string) =>
    element(encoding, tag, vr, value);
  const code = itemOf(encoding, put(0x00080100, 'SH', 'T-1'));
  const bytes = Buffer.concat([
    put(0x00080016, 'UI', ctImageStorage),
    put(0x00080018, 'UI', sopInstanceUid),
    put(0x00080060, 'CS', 'CT'),
    put(0x00081032, 'SQ', itemOf(encoding, put(0x00082228, 'SQ', code))),
    put(0x00100010, 'PN', 'Fuzz^Test'),
    put(0x0020000d, 'UI', studyInstanceUid),
    put(0x0020000e, 'UI', '1.2.3.4'),
    put(0x00280010, 'US', uint(8, 2, encoding)),
    put(0x00281050, 'DS', '40\\400'),
    put(0x7fe00010, 'OW', Buffer.alloc(random.below(200) * 2, random.below(256))),
  ]);
  return transferSyntaxUid === deflatedExplicitVrLittleEndian ? deflateRawSync(bytes) : bytes;
}
