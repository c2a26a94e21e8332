import { unreadable } from './unreadable-image.ts';

/** Fragments of one frame, joined. */
function join(fragments: readonly Uint8Array[]): Uint8Array {
  return fragments.length === 1 ? fragments[0]! : Buffer.concat(fragments);
}

/** Where each fragment's item starts, counted from the first one after the Basic Offset Table (PS3.5 A.4). */
function itemStarts(fragments: readonly Uint8Array[]): number[] {
  let at = 0;
  return fragments.map((fragment) => {
    at += 8 + fragment.length;
    return at - 8 - fragment.length;
  });
}

function readOffsets(table: Uint8Array, size: 4 | 8): number[] {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  return Array.from({ length: Math.floor(table.length / size) }, (_, at) =>
    size === 4 ? view.getUint32(4 * at, true) : Number(view.getBigUint64(8 * at, true)),
  );
}

/** First fragment of each frame by an offset table; undefined where the table does not fit the fragments. */
function byOffsets(starts: number[], offsets: number[], frames: number): number[] | undefined {
  if (offsets.length !== frames) return undefined;
  const index = new Map(starts.map((start, at) => [start, at]));
  const firsts = offsets.map((offset) => index.get(offset) ?? -1);
  const rises = firsts.every((first, at) => first > (firsts[at - 1] ?? -1));
  return rises && firsts[0] === 0 ? firsts : undefined;
}

/** JPEG, JPEG-LS and JPEG 2000 codestreams and JP2 files begin in ways that entropy-coded bytes cannot. */
function beginsCodestream(bytes: Uint8Array): boolean {
  const [first, second, third] = bytes;
  if (first === 0xff) return third === 0xff && (second === 0xd8 || second === 0x4f);
  return Buffer.from(bytes.subarray(4, 8)).toString('latin1') === 'jP  ';
}

/** Without a table a frame begins where a codestream does; undefined where that does not give the right number. */
function byCodestreams(fragments: readonly Uint8Array[], frames: number): number[] | undefined {
  const firsts = fragments.flatMap((fragment, at) => (beginsCodestream(fragment) ? [at] : []));
  return firsts.length === frames && firsts[0] === 0 ? firsts : undefined;
}

export interface OffsetTables {
  /** The first item of Pixel Data; may be empty. */
  basic: Uint8Array;
  /** Extended Offset Table (7FE0,0001), or empty. */
  extended: Uint8Array;
}

/**
 * Which fragments make which frame (PS3.5 A.4): by the offset tables where they fit, else one fragment a frame, else
 * by where codestreams begin. A wrong table is common and harmless where the fragments speak for themselves. Returns
 * the first fragment of each frame. Throws DATA_SET_UNREADABLE where nothing fits.
 */
function firstFragments(
  fragments: readonly Uint8Array[],
  { basic, extended }: OffsetTables,
  frames: number,
): number[] {
  if (fragments.length < frames)
    throw unreadable(`Pixel Data has ${fragments.length} fragments for ${frames} frames`);
  if (frames === 1) return [0];
  if (fragments.length === frames) return fragments.map((_, at) => at);
  const starts = itemStarts(fragments);
  const found =
    byOffsets(starts, readOffsets(extended, 8), frames) ??
    byOffsets(starts, readOffsets(basic, 4), frames) ??
    byCodestreams(fragments, frames);
  if (found) return found;
  throw unreadable(`${fragments.length} fragments cannot be told apart into ${frames} frames`);
}

/** Finds the bytes of any frame of encapsulated Pixel Data, without its offset table. Throws DATA_SET_UNREADABLE. */
export function splitFrames(
  fragments: readonly Uint8Array[],
  tables: OffsetTables,
  frames: number,
): (frame: number) => Uint8Array {
  const firsts = firstFragments(fragments, tables, frames);
  return (frame) => join(fragments.slice(firsts[frame], firsts[frame + 1]));
}
