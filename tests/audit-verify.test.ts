import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { hashOf, Ratchet } from '../audit/chain.ts';
import { type Checkpoint, readWitness } from '../audit/checkpoint.ts';
import { encodeEvent } from '../audit/event.ts';
import { exportLog } from '../audit/export.ts';
import { type PlacedFrame, readLog } from '../audit/frame-reader.ts';
import { decodeRecord, recordHeadLength, type RecordKind } from '../audit/record.ts';
import { bodyAt, decodeHeader, frameHeadLength, frameOf } from '../audit/segment.ts';
import { SegmentWriter } from '../audit/segment-writer.ts';
import { verifyLog, type VerifyOptions } from '../audit/verify.ts';
import { auditFolder, deviceKeys, eventOf, hospital, openLog } from './audit-fixture.ts';
import { MemoryDisk } from './faults/memory-disk.ts';
import { Random } from './random-pdu.ts';

/** A frame of the log, and the first record that is wrong when it is. */
interface Piece {
  bytes: Buffer;
  record: number;
  kind: 'header' | RecordKind;
}

let disk: MemoryDisk;
let pieces: Piece[];
let publicKey: KeyObject;
let witness: Checkpoint;
let last: number;

beforeAll(async () => {
  disk = new MemoryDisk();
  const witnessed: string[] = [];
  const options = { segmentBytes: 12_000, witness: (text: string) => witnessed.push(text) };
  const first = await openLog(disk, options);
  for (let at = 0; at < 150; at++) await first.append(eventOf(at));
  await first.close();
  const second = await openLog(disk, options);
  for (let at = 150; at < 300; at++) await second.append(eventOf(at));
  await second.close();
  publicKey = createPublicKey(second.publicKey);
  witness = readWitness(witnessed.at(-1)!, publicKey)!;
  await exportLog(disk, auditFolder, '/export');
  pieces = cutIntoPieces(disk.readBytes('/export'));
  last = pieces.at(-1)!.record;
});

function cutIntoPieces(bytes: Buffer): Piece[] {
  const found: Piece[] = [];
  for (let at = 0; at < bytes.length;) {
    const body = bodyAt(bytes, at)!;
    const end = at + frameHeadLength + body.length;
    const header = decodeHeader(body);
    const record = decodeRecord(body);
    const place = header
      ? { record: header.firstSequence, kind: 'header' as const }
      : { record: record!.sequence, kind: record!.kind };
    found.push({ bytes: bytes.subarray(at, end), ...place });
    at = end;
  }
  return found;
}

function verify(given: readonly Buffer[], more: Partial<VerifyOptions> = {}) {
  const changed = new MemoryDisk();
  changed.replace('/log', Buffer.concat(given));
  return verifyLog(readLog(changed, '/log'), { publicKey, witness, ...more });
}

function bytesOf(from: readonly Piece[]): Buffer[] {
  return from.map(({ bytes }) => bytes);
}

function segments(): Piece[][] {
  const starts = pieces.flatMap(({ kind }, at) => (kind === 'header' ? [at] : []));
  return starts.map((start, at) => pieces.slice(start, starts[at + 1]));
}

interface Mutation {
  bytes: Buffer[];
  /** The record that must be named. */
  record: number;
}

function flip(bytes: Buffer, at: number, random: Random): Buffer {
  const flipped = Buffer.from(bytes);
  flipped[at]! ^= 1 + random.below(255);
  return flipped;
}

function replaced(at: number, bytes: Buffer): Buffer[] {
  return bytesOf(pieces).with(at, bytes);
}

/** What can be done to a log by somebody who has no key. */
const mutations: Record<string, (random: Random) => Mutation> = {
  'a byte changed'(random) {
    const at = random.below(pieces.length);
    const { bytes, record } = pieces[at]!;
    return { bytes: replaced(at, flip(bytes, random.below(bytes.length), random)), record };
  },
  'a byte changed and the CRC made anew'(random) {
    const at = random.below(pieces.length);
    const { bytes, record } = pieces[at]!;
    const place = frameHeadLength + random.below(bytes.length - frameHeadLength);
    const body = flip(bytes, place, random).subarray(frameHeadLength);
    return { bytes: replaced(at, frameOf(body)), record };
  },
  'a frame removed'(random) {
    const at = random.below(pieces.length);
    return { bytes: bytesOf(pieces).toSpliced(at, 1), record: pieces[at]!.record };
  },
  'two records swapped'(random) {
    const at = 1 + random.below(pieces.length - 2);
    const other = at + 1 + random.below(pieces.length - at - 1);
    const swapped = bytesOf(pieces).with(at, pieces[other]!.bytes).with(other, pieces[at]!.bytes);
    return { bytes: swapped, record: pieces[at]!.record };
  },
  'a record doubled'(random) {
    const at = random.below(pieces.length);
    const { bytes, record, kind } = pieces[at]!;
    const doubled = bytesOf(pieces).toSpliced(at, 0, bytes);
    return { bytes: doubled, record: kind === 'header' ? record : record + 1 };
  },
  'the end cut off between two records'(random) {
    const at = random.below(pieces.length);
    return { bytes: bytesOf(pieces.slice(0, at)), record: pieces[at]!.record };
  },
  'the end cut off anywhere'(random) {
    const at = 1 + random.below(pieces.length - 1);
    const { bytes, record } = pieces[at]!;
    const part = bytes.subarray(0, 1 + random.below(bytes.length - 1));
    return { bytes: [...bytesOf(pieces.slice(0, at)), part], record };
  },
  'a segment removed'(random) {
    const all = segments();
    const at = random.below(all.length);
    return { bytes: bytesOf(all.toSpliced(at, 1).flat()), record: all[at]![0]!.record };
  },
  'a segment replayed in the place of another'(random) {
    const all = segments();
    const at = random.below(all.length);
    const other = (at + 1 + random.below(all.length - 1)) % all.length;
    return { bytes: bytesOf(all.with(at, all[other]!).flat()), record: all[at]![0]!.record };
  },
  'a segment replayed at the end'(random) {
    const again = random.pick(segments());
    return { bytes: bytesOf([...pieces, ...again]), record: last + 1 };
  },
  'a checkpoint forged'(random) {
    const at = random.pick(pieces.flatMap(({ kind }, at) => (kind === 'checkpoint' ? [at] : [])));
    const { bytes, record } = pieces[at]!;
    const signed = decodeRecord(bytes.subarray(frameHeadLength))!.signed;
    const forged = sign(null, signed, generateKeyPairSync('ed25519').privateKey);
    return { bytes: replaced(at, frameOf(Buffer.concat([signed, forged]))), record };
  },
};

test('a log of a few hundred records over several segments and two boots is as it was written', () => {
  expect(segments().length).toBeGreaterThan(5);
  expect(verify(bytesOf(pieces))).toMatchObject({
    fault: undefined,
    records: last,
    signedTo: last,
    last,
  });
  expect(verify(bytesOf(pieces), { hospital: hospital.privateKey }).fault).toBeUndefined();
});

describe('with public keys alone', () => {
  const kinds = Object.keys(mutations);

  test('each of 1,000 random mutations is found, and the record named', () => {
    const random = new Random(20_261_125);
    const missed: string[] = [];
    for (let round = 0; round < 1000; round++) {
      const kind = kinds[round % kinds.length]!;
      const { bytes, record } = mutations[kind]!(random);
      const { fault } = verify(bytes);
      if (fault?.record !== record)
        missed.push(`${round}: ${kind} at ${record}: ${JSON.stringify(fault)}`);
    }
    expect(missed).toEqual([]);
  });

  test('a cut at a checkpoint is seen by a witness only', () => {
    const at = pieces.findIndex(({ kind }) => kind === 'checkpoint');
    const cut = bytesOf(pieces.slice(0, at + 1));
    expect(verify(cut, { witness: undefined }).fault).toBeUndefined();
    expect(verify(cut).fault).toMatchObject({ what: 'truncated', record: pieces[at]!.record + 1 });
  });

  test('another device’s key fits no checkpoint', () => {
    const other = generateKeyPairSync('ed25519').publicKey;
    const first = pieces.find(({ kind }) => kind === 'checkpoint')!.record;
    const verdict = verify(bytesOf(pieces), { publicKey: other, witness: undefined });
    expect(verdict.fault).toMatchObject({ what: 'signature', record: first });
  });
});

/** Changes the payload of a record and makes every link behind it anew, as somebody without the keys can. */
function rechain(from: number): Buffer[] {
  let previous: Buffer | undefined;
  return pieces.map(({ bytes, record, kind }) => {
    const body = Buffer.from(bytes.subarray(frameHeadLength));
    if (record === from && kind === 'event') body[recordHeadLength]! ^= 1;
    if (previous) previous.copy(body, placeOfPrevious(body));
    if (previous ?? (record === from && kind === 'event')) previous = hashOf(body);
    return frameOf(body);
  });
}

function placeOfPrevious(body: Buffer): number {
  const { previous } = (decodeHeader(body) ?? decodeRecord(body))!;
  return body.indexOf(previous);
}

describe('a chain made anew behind a changed record', () => {
  test('fails at the next checkpoint', () => {
    const next = pieces.find(({ kind, record }) => kind === 'checkpoint' && record > 20)!.record;
    expect(verify(rechain(20)).fault).toMatchObject({ what: 'signature', record: next });
  });

  test('fails at the record itself for whoever holds the hospital’s key', () => {
    const options = { hospital: hospital.privateKey };
    expect(verify(rechain(20), options).fault).toMatchObject({ what: 'mac', record: 20 });
  });
});

describe('a witness', () => {
  test('speaks against a log that had something else in its place', () => {
    const other = { ...witness, root: Buffer.alloc(32) };
    const { fault } = verify(bytesOf(pieces), { witness: other });
    expect(fault).toMatchObject({ what: 'rewritten', record: witness.sequence });
  });

  test('speaks against a log that was begun anew', () => {
    const { fault } = verify(bytesOf(pieces), { witness: { ...witness, logId: '00'.repeat(16) } });
    expect(fault).toMatchObject({ what: 'rewritten', record: 1 });
  });

  test('is one only when the device has signed it', () => {
    const body = pieces.at(-1)!.bytes.subarray(frameHeadLength);
    expect(readWitness(body.toString('base64'), publicKey)).toMatchObject({ sequence: last });
    const forged = flip(body, 10, new Random(1)).toString('base64');
    for (const text of [forged, '', 'no checkpoint'])
      expect(readWitness(text, publicKey)).toBe(undefined);
  });
});

test('a segment made by somebody who knows the public keys only has no MAC of the device', async () => {
  const forged = disk.afterPowerCut(new Random(1));
  const header = decodeHeader(segments().at(-1)![0]!.bytes.subarray(frameHeadLength))!;
  const head = hashOf(pieces.at(-1)!.bytes.subarray(frameHeadLength));
  const { privateKey: signingKey } = generateKeyPairSync('ed25519');
  const tools = { files: forged, folder: auditFolder, keys: deviceKeys, signingKey };
  const writer = new SegmentWriter(
    { ...tools, hospital: hospital.publicKey },
    { logId: header.logId, bootId: header.logId, boot: header.boot },
    {
      segment: header.number,
      length: Number.MAX_SAFE_INTEGER,
      sequence: last + 1,
      head,
      ratchet: new Ratchet(Buffer.alloc(32, 1)),
      tornBytes: 0,
      first: 1,
    },
    0,
  );
  await writer.begin();
  await writer.write([{ wall: 1, monotonic: 1, plain: encodeEvent(eventOf(1)) }], undefined);
  writer.close();
  const verdict = (key?: KeyObject) =>
    verifyLog(readLog(forged, auditFolder), { publicKey, witness, hospital: key });
  expect(verdict()).toMatchObject({ fault: undefined, signedTo: last, last: last + 1 });
  expect(verdict(hospital.privateKey).fault).toMatchObject({ what: 'mac', record: last + 1 });
});

test('a changed first header is told from a wrong key', () => {
  const { bytes } = pieces[0]!;
  const body = flip(bytes, bytes.length - 3, new Random(2)).subarray(frameHeadLength);
  const options = { hospital: hospital.privateKey };
  expect(verify(replaced(0, frameOf(body)), options).fault).toMatchObject({
    what: 'header',
    record: 1,
  });
});

test('later segments can be verified alone, when they are said to be a part', () => {
  const part = bytesOf(segments().slice(2).flat());
  expect(verify(part).fault).toMatchObject({ what: 'removed', record: 1 });
  expect(verify(part, { partial: true })).toMatchObject({ fault: undefined, last });
});

test('a log of nothing is no log', () => {
  expect(verify([], { witness: undefined }).fault).toMatchObject({ what: 'truncated', record: 1 });
});

test('a frame that claims to be endless takes no memory', () => {
  const endless = Buffer.alloc(20, 0xff);
  endless.writeUInt32BE(crc32(endless.subarray(8)), 4);
  const frames: PlacedFrame[] = [{ file: 'f', offset: 0, body: bodyAt(endless, 0) }];
  expect(verifyLog(frames, { publicKey }).fault).toMatchObject({ what: 'damaged', record: 1 });
});
