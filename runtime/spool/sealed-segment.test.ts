import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { disk } from '../../device/files.ts';
import { keyLength, keysOf } from '../../device/keys.ts';
import { chunkLength } from '../../device/sealing.ts';
import { trailerLength } from './record.ts';
import { makeSpool, recover } from './recovery.ts';
import { SegmentKeys } from './segment-keys.ts';
import {
  readExtent,
  readRecordAt,
  scanSegment,
  type Damage,
  type StoredRecord,
} from './segment-reader.ts';
import { SegmentWriter, type Extent } from './segment-writer.ts';

const root = randomBytes(keyLength);
let spool: string;
let path: string;
let keys: SegmentKeys;

/** As another process, or the next start, sees them. */
const openAgain = (key = root) => new SegmentKeys(disk, keysOf(key), join(spool, 'keys'));
const keyFile = () => join(spool, 'keys', 'a.seg.key');

beforeEach(() => {
  spool = mkdtempSync(join(tmpdir(), 'scanside-'));
  makeSpool(disk, spool);
  path = join(spool, 'inbox', 'a.seg');
  keys = openAgain();
});

async function write(...data: Buffer[]): Promise<Extent[]> {
  const segment = new SegmentWriter(disk, path, { sender: 'CT' }, keys);
  const extents = [];
  for (const [at, bytes] of data.entries()) {
    segment.begin({ name: `PATIENT^${at}` });
    segment.write(bytes, 0, bytes.length);
    extents.push(await segment.finish());
  }
  segment.close();
  return extents;
}

async function recoverInbox(
  own: SegmentKeys,
  look: (record: StoredRecord) => void = () => undefined,
): Promise<{ records: unknown[]; damage: Damage[] }> {
  const found: { records: unknown[]; damage: Damage[] } = { records: [], damage: [] };
  await recover(join(spool, 'inbox'), {
    files: disk,
    keys: own,
    scannedTo: () => 0,
    index: (record) => {
      look(record);
      found.records.push(record.meta['name']);
    },
    damaged: (damage) => found.damage.push(damage),
  });
  return found;
}

/** Changes one byte and makes the record’s checksum right again, as somebody would who wants not to be noticed. */
function forge({ start, end }: Extent, at: number): void {
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x40, at);
  const trailer = bytes.subarray(end - trailerLength, end);
  trailer.writeUInt32LE(crc32(bytes.subarray(start, end - trailerLength)), 24);
  trailer.writeUInt32LE(crc32(trailer.subarray(0, 28)), 28);
  writeFileSync(path, bytes);
}

describe('a sealed segment', () => {
  it.each([0, 1, chunkLength - 1, chunkLength, chunkLength + 1, 5 * chunkLength + 3])(
    'gives back %i bytes, and the records around them',
    async (length) => {
      const data = [Buffer.from('before'), randomBytes(length), Buffer.from('after')];
      const extents = await write(...data);
      expect(extents.map((extent) => extent.length)).toEqual([6, length, 5]);
      const { records, damage, validEnd } = scanSegment(disk, path, 0, openAgain());
      expect(records.map(({ meta: _meta, ...extent }) => extent)).toEqual(extents);
      expect(records.map((record) => readExtent(disk, record, openAgain()))).toEqual(data);
      expect(readRecordAt(disk, path, extents[1]!.start, keys)?.length).toBe(length);
      const prefix = readExtent(disk, extents[1]!, keys, 100);
      expect(prefix.equals(data[1]!.subarray(0, 100))).toBe(true);
      expect([damage, validEnd]).toEqual([[], statSync(path).size]);
    },
  );

  it('shows nothing of what it holds', async () => {
    await write(Buffer.from('DOE^JANE'));
    const bytes = readFileSync(path);
    for (const text of ['PATIENT^0', 'DOE^JANE']) expect(bytes.includes(text)).toBe(false);
    expect(readdirSync(join(spool, 'keys'))).toEqual(['a.seg.key']);
  });

  it('notices every changed byte of a record whose checksum was made right', async () => {
    const [extent] = await write(Buffer.from('the whole of an image'));
    const whole = readFileSync(path);
    for (let at = extent!.start + 8; at < extent!.end - trailerLength; at++) {
      writeFileSync(path, whole);
      forge(extent!, at);
      const { records, damage } = scanSegment(disk, path, 0, keys);
      const [record] = records;
      if (record) expect(() => readExtent(disk, record, keys), `byte ${at}`).toThrow('SEAL_BROKEN');
      else expect(damage, `byte ${at}`).toMatchObject([{ code: 'SEAL_BROKEN' }]);
    }
  });

  it('that nobody can open is reported in one line, and not a byte of it is cut', async () => {
    await write(Buffer.from('one'), Buffer.from('two'));
    const size = statSync(path).size;
    const other = await recoverInbox(openAgain(randomBytes(keyLength)));
    expect(other).toMatchObject({ records: [], damage: [{ code: 'KEY_UNUSABLE', end: size }] });
    rmSync(keyFile());
    expect(await recoverInbox(openAgain())).toMatchObject({
      records: [],
      damage: [{ code: 'KEY_MISSING', end: size }],
    });
    expect(statSync(path).size).toBe(size);
  });

  it('has its torn tail cut without its key', async () => {
    const [one, two] = await write(Buffer.from('one'), Buffer.from('two'));
    writeFileSync(path, readFileSync(path).subarray(0, two!.end - 1));
    rmSync(keyFile());
    expect((await recoverInbox(openAgain())).damage).toMatchObject([{ end: one!.end }]);
    expect(statSync(path).size).toBe(one!.end);
  });

  it('with a record that cannot be taken in holds up no other', async () => {
    const [first] = await write(Buffer.from('one'), Buffer.from('two'));
    const found = await recoverInbox(keys, (record) => void readExtent(disk, record, keys));
    expect(found).toMatchObject({ records: ['PATIENT^0', 'PATIENT^1'], damage: [] });
    forge(first!, first!.offset + 8);
    const after = await recoverInbox(keys, (record) => void readExtent(disk, record, keys));
    expect(after).toMatchObject({
      records: ['PATIENT^1'],
      damage: [{ code: 'SEAL_BROKEN', start: first!.start, end: first!.end }],
    });
  });

  it('stands beside plain ones, whatever is written now', async () => {
    await write(Buffer.from('sealed'));
    const plain = new SegmentWriter(disk, join(spool, 'inbox', 'b.seg'), {});
    plain.begin({ name: 'plain' });
    await plain.finish();
    plain.close();
    const { records, damage } = await recoverInbox(openAgain());
    expect([records, damage]).toEqual([['PATIENT^0', 'plain'], []]);
  });

  it('promises nothing before its key is on stable storage', async () => {
    const order: string[] = [];
    const files = {
      ...disk,
      syncFolder: async (folder: string) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        await disk.syncFolder(folder);
        order.push(folder);
      },
    };
    const slow = new SegmentKeys(files, keysOf(root), join(spool, 'keys'));
    const segment = new SegmentWriter(disk, path, {}, slow);
    segment.begin({});
    await segment.finish();
    segment.close();
    expect(order).toEqual([join(spool, 'keys')]);
  });

  it('whose key was destroyed just before a crash is removed by the next start, without a word', async () => {
    const [extent] = await write(Buffer.from('one'));
    const key = readFileSync(keyFile());
    await keys.destroy(path);
    expect(readFileSync(keyFile()).equals(Buffer.alloc(key.length))).toBe(true);
    expect(() => readExtent(disk, extent!, keys)).toThrow('KEY_MISSING');
    expect(() => readExtent(disk, extent!, openAgain())).toThrow('KEY_MISSING');
    expect(await recoverInbox(openAgain())).toEqual({ records: [], damage: [] });
    expect([readdirSync(join(spool, 'inbox')), readdirSync(join(spool, 'keys'))]).toEqual([[], []]);
  });
});
