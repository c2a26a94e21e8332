import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { disk } from '../../device/files.ts';
import { keyLength, keysOf } from '../../device/keys.ts';
import { SegmentKeys } from './segment-keys.ts';
import { cutTail, readExtent, scanSegment } from './segment-reader.ts';
import { SegmentWriter, type Extent } from './segment-writer.ts';

let path: string;
let keys: SegmentKeys | undefined;

function makeKeys(): SegmentKeys {
  return new SegmentKeys(disk, keysOf(randomBytes(keyLength)), dirname(path));
}

async function append(segment: SegmentWriter, name: string, data: string): Promise<Extent> {
  segment.begin({ name });
  const bytes = Buffer.from(data);
  segment.write(bytes, 0, 3);
  segment.write(bytes, 3, bytes.length);
  return segment.finish();
}

async function writeThree(): Promise<Extent[]> {
  const segment = new SegmentWriter(disk, path, { test: true }, keys);
  const extents = [
    await append(segment, 'one', 'first data'),
    await append(segment, 'two', 'SREC is no boundary'),
    await append(segment, 'three', 'third data'),
  ];
  segment.close();
  return extents;
}

const names = () => scanSegment(disk, path, 0, keys).records.map(({ meta }) => meta['name']);

describe.each(['plain', 'sealed'])('%s', (form) => {
  beforeEach(() => {
    path = join(mkdtempSync(join(tmpdir(), 'scanside-')), 'a.seg');
    keys = form === 'sealed' ? makeKeys() : undefined;
  });

  test('a scan finds what was written, byte for byte', async () => {
    const extents = await writeThree();
    const scan = scanSegment(disk, path, 0, keys);
    expect(scan.records.map(({ meta: _meta, ...extent }) => extent)).toEqual(extents);
    expect(scan.records.map((record) => readExtent(disk, record, keys).toString())).toEqual([
      'first data',
      'SREC is no boundary',
      'third data',
    ]);
    expect(scan.validEnd).toBe(statSync(path).size);
  });

  test('cut at every byte, a scan finds exactly the records whose trailer is whole', async () => {
    const extents = await writeThree();
    const whole = readFileSync(path);
    for (let length = 0; length <= whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      const scan = scanSegment(disk, path, 0, keys);
      const expected = extents.filter(({ end }) => end <= length).map(({ start }) => start);
      expect(
        scan.records.map(({ start }) => start),
        `cut at ${length}`,
      ).toEqual(expected);
      expect(scan.damage).toEqual([]);
      await cutTail(disk, scan, path);
      expect(statSync(path).size).toBe(
        expected.length ? extents[expected.length - 1]?.end : scan.validEnd,
      );
    }
  });

  test('any changed byte of the last record makes it a torn tail; of an earlier one, damage', async () => {
    const [, two, three] = await writeThree();
    const whole = readFileSync(path);
    for (const { start, end } of [two!, three!])
      for (let at = start; at < end; at++) {
        const changed = Buffer.from(whole);
        changed.writeUInt8(changed.readUInt8(at) ^ 0x40, at);
        writeFileSync(path, changed);
        const { records, damage } = scanSegment(disk, path, 0, keys);
        const found = records.map(({ meta }) => meta['name']);
        expect(found, `byte ${at}`).not.toContain(start === two!.start ? 'two' : 'three');
        expect(found).toContain('one');
        if (start === two!.start) expect(damage).toHaveLength(1);
        else expect(damage).toEqual([]);
      }
  });

  test('a segment whose head is damaged is read or reported, and never cut', async () => {
    const segment = new SegmentWriter(disk, path, {}, keys);
    await append(segment, 'one', 'first data'.repeat(200));
    segment.close();
    const whole = readFileSync(path);
    for (let at = 0; at < whole.indexOf('SREC'); at++) {
      const changed = Buffer.from(whole);
      changed.writeUInt8(changed.readUInt8(at) ^ 0x40, at);
      writeFileSync(path, changed);
      const scan = scanSegment(disk, path, 0, keys);
      await cutTail(disk, scan, path);
      expect(statSync(path).size, `byte ${at}`).toBe(whole.length);
      expect(scan.records.length + scan.damage.length, `byte ${at}`).toBe(1);
    }
  });

  test('a data set that imitates a record or another segment’s trailer ends nothing', async () => {
    const [one] = await writeThree();
    const other = readFileSync(path).subarray(one!.start);
    path = join(mkdtempSync(join(tmpdir(), 'scanside-')), 'b.seg');
    const segment = new SegmentWriter(disk, path, {}, keys);
    segment.begin({ name: 'imitation' });
    segment.write(other, 0, other.length);
    await segment.finish();
    segment.close();
    expect(names()).toEqual(['imitation']);
  });

  test('a record larger than the scan window is found, and so is the next one', async () => {
    const segment = new SegmentWriter(disk, path, {}, keys);
    segment.begin({ name: 'large' });
    const block = Buffer.alloc(1_300_001, 7);
    for (let count = 0; count < 3; count++) segment.write(block, 0, block.length);
    await segment.finish();
    await append(segment, 'small', 'data after it');
    segment.close();
    expect(names()).toEqual(['large', 'small']);
  });

  test('an abandoned record leaves no trace, and the segment goes on', async () => {
    const segment = new SegmentWriter(disk, path, {}, keys);
    await append(segment, 'one', 'first data');
    segment.begin({ name: 'abandoned' });
    segment.write(Buffer.from('half'), 0, 4);
    segment.undo();
    await append(segment, 'two', 'second data');
    segment.close();
    expect(names()).toEqual(['one', 'two']);
  });

  test('a full disk fails the record, not the segment', async () => {
    let full = false;
    const files = {
      ...disk,
      write(fd: number, buffer: Uint8Array, start: number, end: number) {
        if (full) {
          disk.write(fd, buffer, start, start + 1);
          throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
        }
        disk.write(fd, buffer, start, end);
      },
    };
    const segment = new SegmentWriter(files, path, {}, keys);
    await append(segment, 'one', 'first data');
    full = true;
    // What is sealed is written when a chunk is full or the record ends.
    await expect(append(segment, 'unlucky', 'data')).rejects.toThrow('no space left');
    segment.undo();
    full = false;
    await append(segment, 'two', 'second data');
    segment.close();
    expect(segment.broken).toBe(false);
    expect(names()).toEqual(['one', 'two']);
  });

  test('a failing sync is reported and takes the record back', async () => {
    const files = { ...disk, sync: () => Promise.reject(new Error('I/O error')) };
    const segment = new SegmentWriter(files, path, {}, keys);
    await expect(append(segment, 'one', 'first data')).rejects.toThrow('I/O error');
    segment.close();
    expect(names()).toEqual([]);
  });

  test('an association that is lost while its last image is being made durable spoils nothing', async () => {
    const segment = new SegmentWriter(disk, path, {}, keys);
    await append(segment, 'one', 'first data');
    const finishing = append(segment, 'two', 'second data');
    segment.undo();
    segment.close();
    const extent = await finishing;
    expect(readExtent(disk, extent, keys).toString()).toBe('second data');
    expect(names()).toEqual(['one', 'two']);
  });

  test('nothing is promised before the folder knows the segment’s name', async () => {
    const order: string[] = [];
    const files = {
      ...disk,
      sync: async (fd: number) => {
        await disk.sync(fd);
        order.push('file');
      },
      syncFolder: async (folder: string) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        await disk.syncFolder(folder);
        order.push('folder');
      },
    };
    const segment = new SegmentWriter(files, path, {}, keys);
    await append(segment, 'one', 'first data');
    order.push('promise');
    segment.close();
    expect(order.slice(-1)).toEqual(['promise']);
    expect(order).toContain('folder');
    expect(order).toContain('file');
  });

  test('an empty or foreign file holds no records', () => {
    writeFileSync(path, '');
    expect(names()).toEqual([]);
    appendFileSync(path, 'something else entirely');
    expect(names()).toEqual([]);
    truncateSync(path, 3);
    expect(names()).toEqual([]);
  });
});
