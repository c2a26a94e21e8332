import { tags } from '../../runtime/dicom/tag.ts';
import { element } from '../element-bytes.ts';
import { Random } from '../random-pdu.ts';
import { ctImageStorage } from '../raw-peer.ts';

/** What an instance is made of; the same description gives the same bytes. */
export interface TestObject {
  sopInstanceUid: string;
  studyInstanceUid: string;
  /** Goes to the quarantine with a warning, which promises that it is kept as success does. */
  withoutSeries: boolean;
  /** Bytes of pixel data, and where in the pool of noise they begin. */
  pixelBytes: number;
  noiseStart: number;
}

const poolLength = 1024 * 1024;
const pool = new Random(1).bytes(poolLength);
const shortest = 20 * 1024;
const longest = 400 * 1024;

export function drawObject(
  random: Random,
  studyInstanceUid: string,
  sopInstanceUid: string,
): TestObject {
  const pixelBytes = (shortest + random.below(longest - shortest)) & ~1;
  const noiseStart = random.below(poolLength - pixelBytes);
  const withoutSeries = random.below(12) === 0;
  return { sopInstanceUid, studyInstanceUid, withoutSeries, pixelBytes, noiseStart };
}

/** The object in Explicit VR Little Endian. */
export function encodeObject(object: TestObject): Buffer {
  const { studyInstanceUid, sopInstanceUid, withoutSeries, pixelBytes, noiseStart } = object;
  const pixelData = Buffer.from([0xe0, 0x7f, 0x10, 0, 0x4f, 0x57, 0, 0, 0, 0, 0, 0]);
  pixelData.writeUInt32LE(pixelBytes, 8);
  return Buffer.concat([
    element(tags.SOPClassUID, 'UI', ctImageStorage),
    element(tags.SOPInstanceUID, 'UI', sopInstanceUid),
    element(tags.StudyInstanceUID, 'UI', studyInstanceUid),
    ...(withoutSeries ? [] : [element(tags.SeriesInstanceUID, 'UI', `${studyInstanceUid}.1`)]),
    pixelData,
    pool.subarray(noiseStart, noiseStart + pixelBytes),
  ]);
}
