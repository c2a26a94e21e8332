import { storeRequest } from '../runtime/dicom/dimse.ts';
import { dataTransferPdus } from '../runtime/dicom/message-writer.ts';
import { encodeCommandSet } from '../runtime/dicom/dimse.ts';
import { associateRequest, RawPeer } from '../tests/raw-peer.ts';
import { ctHeader, ctImageStorage, element, instanceUid } from './ct-images.ts';

const contextId = 1;
const maxPduLength = 131_072;
/** What is sent again and again; no sender holds the whole. */
const piece = Buffer.alloc(1_000_000, 0x5a);

/**
 * Sends one CT-like object with so many megabytes (10^6) of pixel data, which are never in memory here. Resolves with
 * how long that took, milliseconds; rejects when it is not answered with success.
 */
export async function sendLarge(port: number, megabytes: number): Promise<number> {
  const start = performance.now();
  const peer = await RawPeer.associated(port, associateRequest());
  const name = `large ${megabytes}`;
  const command = encodeCommandSet(storeRequest(1, ctImageStorage, instanceUid(name, 0, 1)));
  await put(peer, dataTransferPdus(contextId, true, command, maxPduLength));
  await put(peer, fragments(headerOf(name, megabytes), false));
  for (let sent = 1; sent <= megabytes; sent++)
    await put(peer, fragments(piece, sent === megabytes));
  const answer = await peer.nextCommand();
  peer.socket.destroy();
  if (answer?.status !== 0) throw new Error(`answered with status ${answer?.status}`);
  return performance.now() - start;
}

/** Everything up to the first byte of the pixel data. */
function headerOf(name: string, megabytes: number): Buffer {
  const pixelData = element('7FE00010', 'OW', Buffer.alloc(0));
  pixelData.writeUInt32LE(megabytes * piece.length, 8);
  return Buffer.concat([ctHeader(name, 0, 1), pixelData]);
}

/** PDUs of a data set's part; only the last part may end it. */
function* fragments(bytes: Buffer, isLast: boolean): Generator<[Buffer, Uint8Array]> {
  const lastFragment = 2;
  for (const [header, payload] of dataTransferPdus(contextId, false, bytes, maxPduLength)) {
    if (!isLast) header.writeUInt8(header.readUInt8(11) & ~lastFragment, 11);
    yield [header, payload];
  }
}

async function put({ socket }: RawPeer, pdus: Iterable<[Buffer, Uint8Array]>): Promise<void> {
  for (const [header, payload] of pdus) {
    socket.write(header);
    if (!socket.write(payload) && !socket.destroyed)
      await new Promise<void>((resolve) => {
        const done = (): void => {
          socket.off('drain', done).off('close', done);
          resolve();
        };
        socket.on('drain', done).on('close', done);
      });
  }
}
