import { systemClock } from '../../device/clock.ts';
import { dial } from '../../runtime/dicom/sender.ts';
import { explicitVrLittleEndian } from '../../runtime/dicom/transfer-syntax.ts';
import { ctImageStorage } from '../raw-peer.ts';
import { encodeObject, type TestObject } from './test-object.ts';

/** What became of one instance over all attempts to store it. */
export interface Attempts {
  object: TestObject;
  /** How often the receiver has said that it is kept. */
  acknowledged: number;
  /** How often it was sent, wholly or in part, and no answer came. */
  unanswered: number;
}

const keptStatuses = [0x0000, 0xb007];

/**
 * Stores instances one after the other until all are acknowledged or the receiver dies. True where it died while an
 * instance was under way. Throws for an answer that is no promise: nothing here is wrong with the instances.
 */
export async function storeAll(port: number, name: string, all: Attempts[]): Promise<boolean> {
  const association = await connect(port, name).catch(() => undefined);
  if (!association) return false;
  for (const attempts of all) {
    attempts.unanswered += 1;
    const status = await association.store(storable(attempts.object)).catch(() => undefined);
    if (status === undefined) return true;
    attempts.unanswered -= 1;
    if (!keptStatuses.includes(status)) throw new Error(`status ${status.toString(16)}`);
    attempts.acknowledged += 1;
  }
  await association.release();
  return false;
}

function storable(object: TestObject) {
  const { sopInstanceUid } = object;
  const dataSet = encodeObject(object);
  return {
    sopClassUid: ctImageStorage,
    sopInstanceUid,
    transferSyntaxUid: explicitVrLittleEndian,
    dataSet,
  };
}

function connect(port: number, callingAeTitle: string) {
  return dial({
    host: '127.0.0.1',
    port,
    callingAeTitle,
    calledAeTitle: 'SCANSIDE',
    contexts: [{ abstractSyntax: ctImageStorage, transferSyntaxes: [explicitVrLittleEndian] }],
    maxPduLength: 16_384,
    connectMs: 5000,
    responseMs: 10_000,
    clock: systemClock,
  });
}
