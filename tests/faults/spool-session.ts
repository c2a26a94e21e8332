import { systemClock } from '../../device/clock.ts';
import type { Files } from '../../device/files.ts';
import { keysOf } from '../../device/keys.ts';
import { explicitVrLittleEndian } from '../../runtime/dicom/transfer-syntax.ts';
import { AssociationInbox } from '../../runtime/spool/inbox.ts';
import { Outgoing } from '../../runtime/spool/outgoing.ts';
import { SegmentKeys } from '../../runtime/spool/segment-keys.ts';
import type { Extent } from '../../runtime/spool/segment-writer.ts';
import { encodeObject, type TestObject } from '../crash/test-object.ts';
import { ctImageStorage } from '../raw-peer.ts';

export const folder = '/spool';
const root = Buffer.alloc(32, 7);
const sender = { id: '1', callingAeTitle: 'CT', calledAeTitle: 'SCANSIDE', peerAddress: '' };
const pieceLength = 3000;

export function openKeys(files: Files): SegmentKeys {
  return new SegmentKeys(files, keysOf(root), `${folder}/keys`);
}

function instance(study: number, at: number, withoutSeries = false): TestObject {
  const studyInstanceUid = `1.2.3.${study}`;
  const sopInstanceUid = `${studyInstanceUid}.${at}`;
  const pixelBytes = 10_000 + 1000 * at;
  return { studyInstanceUid, sopInstanceUid, withoutSeries, pixelBytes, noiseStart: 20_000 * at };
}

/** Two studies in turn, and one instance that belongs to none. */
export const session = [
  instance(1, 1),
  instance(2, 1),
  instance(9, 1, true),
  instance(1, 2),
  instance(2, 2),
];
/** What the same association stores afterwards. */
export const afterwards = [instance(1, 3), instance(2, 3)];

export interface SessionEnd {
  /** UIDs of what was promised to be kept. */
  acknowledged: string[];
  /** Whether the association stored everything after the last fault. */
  recovered: boolean;
  /** A result that was promised to be kept. */
  result: boolean;
  /** The segments that hold what was promised. */
  promising: Set<string>;
}

/** One association and one result on a disk, as the receiver and main drive them. Rejects for nothing. */
export async function runSession(files: Files, sealed: boolean): Promise<SessionEnd> {
  const clock = systemClock;
  const keys = sealed ? openKeys(files) : undefined;
  const promising = new Set<string>();
  const stored = ({ path }: Extent) => void promising.add(path);
  const inbox = new AssociationInbox({ files, clock, folder, keys, stored }, sender);
  const outgoing = new Outgoing(files, clock, `${folder}/outgoing`, keys);
  const acknowledged: string[] = [];
  for (const object of session)
    if (await store(inbox, object)) acknowledged.push(object.sopInstanceUid);
  const result = await outgoing.append({ sopInstanceUid: '1.9' }, Buffer.from('result')).then(
    ({ path }) => promising.add(path).size > 0,
    () => false,
  );
  let recovered = true;
  for (const object of afterwards)
    if (await store(inbox, object)) acknowledged.push(object.sopInstanceUid);
    else recovered = false;
  inbox.close();
  await outgoing.close();
  return { acknowledged, recovered, result, promising };
}

/** As the service provider drives a sink; false where it would answer with a failure. */
async function store(inbox: AssociationInbox, object: TestObject): Promise<boolean> {
  const { sopInstanceUid } = object;
  const request = { sopClassUid: ctImageStorage, sopInstanceUid, messageId: 1 };
  const sink = inbox.store({ ...request, transferSyntaxUid: explicitVrLittleEndian });
  const bytes = encodeObject(object);
  try {
    for (let at = 0; at < bytes.length; at += pieceLength)
      sink.write(bytes, at, Math.min(bytes.length, at + pieceLength));
  } catch {
    sink.abort();
    return false;
  }
  const status = await sink.end().catch(() => 0xa700);
  return status === 0 || status === 0xb007;
}
