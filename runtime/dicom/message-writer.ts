import { type CommandSet, encodeCommandSet } from './dimse.ts';
import { uint32 } from './byte-reader.ts';
import { pduHeaderLength, pduTypes, pdvHeaderLength } from './pdu.ts';

/** What is sent at once to a peer that sets no limit, in bytes. */
const unlimitedPduLength = 131_072;

/** Below this a peer's limit leaves no room for data; nobody means it. */
const leastPduLength = 16;

/**
 * P-DATA-TF PDUs that carry `bytes` as one command or data set (PS3.8 annex E), each as header and payload so that
 * nothing is copied. `maxPduLength` is what the peer has said it takes; 0 is no limit.
 */
export function* dataTransferPdus(
  contextId: number,
  isCommand: boolean,
  bytes: Uint8Array,
  maxPduLength: number,
): Generator<[header: Buffer, payload: Uint8Array]> {
  const room = payloadLength(maxPduLength);
  let at = 0;
  do {
    const payload = bytes.subarray(at, at + room);
    at += room;
    yield [header(contextId, isCommand, at >= bytes.length, payload.length), payload];
  } while (at < bytes.length);
}

/** Fragments are of even length (PS3.8 E.1). */
function payloadLength(maxPduLength: number): number {
  const limit = maxPduLength === 0 ? unlimitedPduLength : maxPduLength;
  return (Math.min(Math.max(limit, leastPduLength), unlimitedPduLength) - pdvHeaderLength) & ~1;
}

function header(contextId: number, isCommand: boolean, isLast: boolean, length: number): Buffer {
  const bytes = Buffer.alloc(pduHeaderLength + pdvHeaderLength);
  bytes.writeUInt8(pduTypes['P-DATA-TF'], 0);
  uint32(length + pdvHeaderLength).copy(bytes, 2);
  uint32(length + 2).copy(bytes, 6);
  bytes.writeUInt8(contextId, 10);
  bytes.writeUInt8(Number(isCommand) | (Number(isLast) << 1), 11);
  return bytes;
}

/** A message: its command set, then its data set. */
export function* messagePdus(
  contextId: number,
  command: CommandSet,
  dataSet: Uint8Array,
  maxPduLength: number,
): Generator<[Buffer, Uint8Array]> {
  yield* dataTransferPdus(contextId, true, encodeCommandSet(command), maxPduLength);
  yield* dataTransferPdus(contextId, false, dataSet, maxPduLength);
}
