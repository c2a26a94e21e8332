import { ScansideError } from '../../device/errors.ts';

/**
 * The frames of encapsulated pixel data, each whole, without the remarks that its coding may carry: comments, Exif and
 * other application data, thumbnails, and whatever follows its end. The picture's own bytes stay as they are. Takes the
 * fragments without the Basic Offset Table. Throws IMAGE_REFUSED where the frames cannot be told apart, for a coding
 * whose remarks are not known here, and for a damaged one.
 */
export function framesWithoutRemarks(
  fragments: readonly Uint8Array[],
  transferSyntaxUid: string,
  frames: number,
): Uint8Array[] {
  const coding = codings[transferSyntaxUid];
  if (!coding) throw refused(`the transfer syntax ${transferSyntaxUid} is not supported`);
  if (coding === 'rle')
    return expectFrames(frames === 1 ? [Buffer.concat(fragments)] : [...fragments], frames);
  const start = coding === 'jpeg2000' ? 0x4f : 0xd8;
  const whole = expectFrames(joinFrames(fragments, start), frames);
  return whole.map(coding === 'jpeg2000' ? cleanJpeg2000 : cleanJpeg);
}

const codings: Readonly<Record<string, 'jpeg' | 'jpeg2000' | 'rle'>> = {
  '1.2.840.10008.1.2.4.50': 'jpeg',
  '1.2.840.10008.1.2.4.51': 'jpeg',
  '1.2.840.10008.1.2.4.57': 'jpeg',
  '1.2.840.10008.1.2.4.70': 'jpeg',
  '1.2.840.10008.1.2.4.80': 'jpeg',
  '1.2.840.10008.1.2.4.81': 'jpeg',
  '1.2.840.10008.1.2.4.90': 'jpeg2000',
  '1.2.840.10008.1.2.4.91': 'jpeg2000',
  '1.2.840.10008.1.2.4.201': 'jpeg2000',
  '1.2.840.10008.1.2.4.202': 'jpeg2000',
  '1.2.840.10008.1.2.4.203': 'jpeg2000',
  '1.2.840.10008.1.2.5': 'rle',
};

/** A frame begins with a marker that cannot begin any other fragment: FF D8 or FF 4F. */
function joinFrames(fragments: readonly Uint8Array[], start: number): Uint8Array[] {
  const frames: Uint8Array[][] = [];
  for (const fragment of fragments) {
    if (fragment[0] === 0xff && fragment[1] === start) frames.push([]);
    if (frames.length === 0) throw refused('its first fragment does not begin a picture');
    frames.at(-1)!.push(fragment);
  }
  return frames.map((parts) => Buffer.concat(parts));
}

function expectFrames(found: Uint8Array[], frames: number): Uint8Array[] {
  if (found.length === frames) return found;
  throw refused(`it has ${found.length} pictures for ${frames} frames`);
}

/** JPEG and JPEG-LS (T.81 annex B, T.87 annex C). */
function cleanJpeg(bytes: Uint8Array): Uint8Array {
  const kept: Uint8Array[] = [bytes.subarray(0, 2)];
  for (let at = 2; ;) {
    const marker = markerAt(bytes, at);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === 0xd9) return Buffer.concat([...kept, bytes.subarray(at, at + 2)]);
    const end = at + 2 + lengthAt(bytes, at + 2);
    const next = marker === 0xda ? endOfScan(bytes, end) : end;
    if (!isRemark(marker, bytes.subarray(at + 4, end))) kept.push(bytes.subarray(at, next));
    at = next;
  }
}

/** The next marker after coded data, in which FF is followed by a small byte or is a restart marker. */
function endOfScan(bytes: Uint8Array, start: number): number {
  for (let at = start; at + 1 < bytes.length; at++) {
    const next = bytes[at + 1]!;
    if (bytes[at] === 0xff && next >= 0x80 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7))
      return at;
  }
  throw refused('its picture is cut short');
}

/** Application data that decoders need: JFIF without a thumbnail, and the colour transforms of Adobe and of HP. */
const needed: [marker: number, name: string, length: number][] = [
  [0xe0, 'JFIF\0', 14],
  [0xee, 'Adobe', 12],
  [0xe8, 'mrfx', 5],
];

function isRemark(marker: number, payload: Uint8Array): boolean {
  const isApplication = marker >= 0xe0 && marker <= 0xef;
  if (!isApplication) return marker === 0xfe;
  const text = Buffer.from(payload).toString('latin1');
  return !needed.some(
    ([number, name, length]) =>
      marker === number && text.startsWith(name) && payload.length === length,
  );
}

/** JPEG 2000: a main header, then tile parts, each with its header and its length (ISO/IEC 15444-1 annex A). */
function cleanJpeg2000(bytes: Uint8Array): Uint8Array {
  const main = cleanHeader(bytes, 2, 0x90);
  const kept: Uint8Array[] = [bytes.subarray(0, 2), ...main.kept];
  let at = main.end;
  while (markerAt(bytes, at) === 0x90) {
    if (at + 12 > bytes.length) throw refused('a tile is cut short');
    const length = Buffer.from(bytes.subarray(at + 6, at + 10)).readUInt32BE();
    const end = length === 0 ? bytes.lastIndexOf(0xff) : at + length;
    const header = cleanHeader(bytes, at + 12, 0x93);
    if (end < header.end || end + 2 > bytes.length) throw refused('a tile is cut short');
    kept.push(
      ...withLength(bytes.subarray(at, at + 12), [...header.kept, bytes.subarray(header.end, end)]),
    );
    at = end;
  }
  if (markerAt(bytes, at) !== 0xd9) throw refused('its end marker is missing');
  return Buffer.concat([...kept, bytes.subarray(at, at + 2)]);
}

/** The segments of a header up to the marker that ends it, without comments. */
function cleanHeader(bytes: Uint8Array, start: number, until: number) {
  const kept: Uint8Array[] = [];
  let at = start;
  for (let marker = markerAt(bytes, at); marker !== until; marker = markerAt(bytes, at)) {
    const end = at + 2 + lengthAt(bytes, at + 2);
    if (marker !== 0x64) kept.push(bytes.subarray(at, end));
    at = end;
  }
  return { kept, end: at };
}

/** A tile part whose Psot tells its new length. */
function withLength(start: Uint8Array, rest: Uint8Array[]): Uint8Array[] {
  const header = Buffer.from(start);
  header.writeUInt32BE(
    rest.reduce((sum, { length }) => sum + length, start.length),
    6,
  );
  return [header, ...rest];
}

function markerAt(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== 0xff || at + 1 >= bytes.length) throw refused(`byte ${at} is no marker`);
  return bytes[at + 1]!;
}

function lengthAt(bytes: Uint8Array, at: number): number {
  const length = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  if (length < 2 || at + length > bytes.length) throw refused('a segment goes past its end');
  return length;
}

function refused(why: string): ScansideError {
  return new ScansideError('IMAGE_REFUSED', `its coded pixel data cannot be cleaned: ${why}`);
}
