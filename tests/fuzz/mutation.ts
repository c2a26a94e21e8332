import type { Random } from '../random-pdu.ts';

/** Numbers at which lengths and counts go wrong. */
const edges = [0, 1, 2, 3, 4, 5, 6, 7, 8, 127, 128, 255, 256, 0x7fff, 0x8000, 0xfffe, 0xffff];
const wideEdges = [...edges, 0x1_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];

/** Byte sequences that mean something to some reader. */
const dictionary = [
  'fffee000ffffffff',
  'feff00e0ffffffff',
  'feffdde000000000',
  'feff0de000000000',
  'e07f10004f420000ffffffff',
  '0000000204000000',
  '00000008020000000101',
  '534500000000ffff',
  '554e0000ffffffff',
  '2e2e2f2e2e2f',
  '1b2428441b2842',
  '040000000006',
  '070000000004',
  '050000000004',
  '474554202f20485454502f312e31',
].map((hex) => Buffer.from(hex, 'hex'));

type Mutation = (bytes: Buffer, random: Random) => Buffer;

function range(bytes: Buffer, random: Random): [start: number, end: number] {
  const start = random.below(bytes.length);
  return [start, start + 1 + random.below(Math.min(64, bytes.length - start))];
}

function insert(bytes: Buffer, at: number, inserted: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]);
}

function overwrite(bytes: Buffer, at: number, size: number, value: number, big: boolean): Buffer {
  if (at + size > bytes.length) return bytes;
  if (big) bytes.writeUIntBE(value, at, size);
  else bytes.writeUIntLE(value, at, size);
  return bytes;
}

/** Each is given its own copy, of at least one byte. */
const mutations: Mutation[] = [
  function flipBit(bytes, random) {
    const at = random.below(bytes.length);
    bytes[at]! ^= 1 << random.below(8);
    return bytes;
  },
  function setByte(bytes, random) {
    bytes[random.below(bytes.length)] = random.below(256);
    return bytes;
  },
  (bytes, random) =>
    overwrite(bytes, random.below(bytes.length), 2, random.pick(edges), random.bool()),
  (bytes, random) =>
    overwrite(bytes, random.below(bytes.length), 4, random.pick(wideEdges), random.bool()),
  function truncate(bytes, random) {
    return bytes.subarray(0, random.below(bytes.length));
  },
  function remove(bytes, random) {
    const [start, end] = range(bytes, random);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
  },
  function duplicate(bytes, random) {
    const [start, end] = range(bytes, random);
    return insert(bytes, random.below(bytes.length), bytes.subarray(start, end));
  },
  function insertWord(bytes, random) {
    return insert(bytes, random.below(bytes.length), random.pick(dictionary));
  },
  function insertRun(bytes, random) {
    const most = random.below(20) === 0 ? 60_000 : 2000;
    const run = Buffer.alloc(random.below(most), random.pick([0, 0x20, 0x31, 0x5c, 0xff]));
    return insert(bytes, random.below(bytes.length), run);
  },
];

/** A changed copy of `bytes`: one to `most` changes. */
export function mutateBytes(bytes: Buffer, random: Random, most = 3): Buffer {
  let changed: Buffer = Buffer.from(bytes);
  for (let left = 1 + random.below(most); left > 0 && changed.length > 0; left -= 1)
    changed = random.pick(mutations)(changed, random);
  return changed;
}

/** The same parts, some of them dropped, repeated, swapped, or spliced with one of `others`. */
export function mutateOrder(parts: Buffer[], others: Buffer[], random: Random): Buffer[] {
  const changed = [...parts];
  const at = random.below(parts.length);
  const to = random.below(parts.length);
  const other = random.pick(others);
  const splice = () => Buffer.concat([changed[at]!.subarray(0, other.length >> 1), other]);
  const [count, ...inserted] = random.pick<() => [number, ...Buffer[]]>([
    () => [1],
    () => [0, changed[to]!],
    () => [1, changed[to]!],
    () => [0, other],
    () => [1, splice()],
  ])();
  changed.splice(at, count, ...inserted);
  return changed;
}
