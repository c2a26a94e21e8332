import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../device/clock.ts';
import { disk, type Files } from '../../device/files.ts';
import { explicitVrLittleEndian } from '../dicom/transfer-syntax.ts';
import { AssociationInbox } from './inbox.ts';
import { readExtent, scanSegment } from './segment-reader.ts';
import type { Extent } from './segment-writer.ts';

const sopClassUid = '1.2.840.10008.5.1.4.1.1.2';
const sender = { id: '1', callingAeTitle: 'CT', calledAeTitle: 'SCANSIDE', peerAddress: '' };

let folder: string;
/** What main is told of, read from where it is told to be. */
let told: { uid: unknown; data: Buffer }[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scanside-'));
  for (const place of ['inbox', 'quarantine']) mkdirSync(join(folder, place));
});
afterEach(() => rmSync(folder, { recursive: true }));

function openInbox(files: Files): AssociationInbox {
  told = [];
  const stored = (extent: Extent, meta: Record<string, unknown>) =>
    void told.push({ uid: meta['sopInstanceUid'], data: readExtent(disk, extent) });
  return new AssociationInbox({ files, clock: systemClock, folder, stored }, sender);
}

function uidElement(group: number, element: number, uid: string): Buffer {
  const value = Buffer.from(uid.length % 2 === 0 ? uid : `${uid}\0`);
  const header = Buffer.from([0, 0, 0, 0, 0x55, 0x49, value.length, 0]);
  header.writeUInt16LE(group, 0);
  header.writeUInt16LE(element, 2);
  return Buffer.concat([header, value]);
}

/** A CT object in Explicit VR Little Endian with so many bytes of pixel data. */
function makeObject(sopInstanceUid: string, pixelBytes: number): Buffer {
  const pixelData = Buffer.from([0xe0, 0x7f, 0x10, 0, 0x4f, 0x57, 0, 0, 0, 0, 0, 0]);
  pixelData.writeUInt32LE(pixelBytes, 8);
  return Buffer.concat([
    uidElement(0x0008, 0x0016, sopClassUid),
    uidElement(0x0008, 0x0018, sopInstanceUid),
    uidElement(0x0020, 0x000d, '1.2.3'),
    uidElement(0x0020, 0x000e, '1.2.3.1'),
    pixelData,
    Buffer.alloc(pixelBytes, sopInstanceUid),
  ]);
}

/** Stores an object in pieces of so many bytes, in a buffer that is overwritten after each, as a socket's is. */
async function store(inbox: AssociationInbox, sopInstanceUid: string, pieceLength: number) {
  const object = makeObject(sopInstanceUid, 20_000);
  const request = { sopClassUid, sopInstanceUid, messageId: 1 };
  const sink = inbox.store({ ...request, transferSyntaxUid: explicitVrLittleEndian });
  try {
    for (let at = 0; at < object.length; at += pieceLength) {
      const piece = Buffer.from(object.subarray(at, at + pieceLength));
      sink.write(piece, 0, piece.length);
      piece.fill(0xff);
    }
    return await sink.end();
  } catch {
    sink.abort();
    return 'failed';
  }
}

function readInbox() {
  return disk
    .list(join(folder, 'inbox'))
    .flatMap((name) => scanSegment(disk, join(folder, 'inbox', name)).records)
    .map((record) => ({ uid: record.meta['sopInstanceUid'], data: readExtent(disk, record) }));
}

test.each([1, 100, 8191, 8192, 8193, 65_536])(
  'keeps what arrives in pieces of %i bytes as it was sent',
  async (pieceLength) => {
    const inbox = openInbox(disk);
    expect(await store(inbox, '1.2.4', pieceLength)).toBe(0);
    inbox.close();
    expect(readInbox()).toEqual([{ uid: '1.2.4', data: makeObject('1.2.4', 20_000) }]);
  },
);

test('whichever write fails, half written or not at all, what follows is kept', async () => {
  for (const written of [0, 5])
    for (let failing = 1; failing <= 6; failing++) {
      const inbox = openInbox(failOnce(failing, written));
      const fates: unknown[] = [];
      for (const uid of ['1.2.4', '1.2.5', '1.2.6']) fates.push(await store(inbox, uid, 16_384));
      inbox.close();
      const kept = ['1.2.4', '1.2.5', '1.2.6'].filter((_uid, at) => fates[at] === 0);
      expect(kept.length, `write ${failing}, ${written} bytes`).toBe(2);
      const expected = kept.map((uid) => ({ uid, data: makeObject(uid, 20_000) }));
      expect(told, `told after write ${failing}`).toEqual(expected);
      expect(readInbox(), `found after write ${failing}`).toEqual(expected);
      for (const name of disk.list(join(folder, 'inbox'))) disk.remove(join(folder, 'inbox', name));
    }
});

/** A disk whose `failing`th write writes so many bytes and then finds no space. */
function failOnce(failing: number, written: number): Files {
  let writes = 0;
  return {
    ...disk,
    write(fd, buffer, start, end) {
      if (++writes !== failing) return disk.write(fd, buffer, start, end);
      disk.write(fd, buffer, start, Math.min(end, start + written));
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    },
  };
}
