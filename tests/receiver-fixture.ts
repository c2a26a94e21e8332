import { ManualClock } from '../device/manual-clock.ts';
import type { AssociateRequest } from '../runtime/dicom/pdu.ts';
import {
  type Receiver,
  type ReceiverHandlers,
  startReceiver,
  type StoreSink,
} from '../runtime/dicom/receiver.ts';
import { dial } from '../runtime/dicom/sender.ts';
import { associateRequest, RawPeer } from './raw-peer.ts';

export const maxPduLength = 16_384;
export const artimMs = 10_000;
export const idleMs = 30_000;
export const maxAssociations = 4;

/** A receiver whose clock the test owns, with all that it told its handlers and all peers that talk to it. */
export class ReceiverFixture {
  readonly clock = new ManualClock();
  readonly told = {
    closed: [] as string[],
    refused: [] as string[],
    stored: [] as Buffer[],
    abandoned: 0,
  };
  readonly handlers: ReceiverHandlers = {
    closed: (_association, how) => this.told.closed.push(how),
    refused: (_peer, reason) => this.told.refused.push(reason),
    store: () => this.memorySink(),
  };
  readonly #peers: RawPeer[] = [];
  #receiver: Receiver | undefined;

  get port(): number {
    return this.#receiver?.port ?? 0;
  }

  async start(): Promise<void> {
    this.#receiver = await this.listen(0);
  }

  /** Closes the receiver as `Receiver.close` does; `start` opens another. */
  async close(ms: number): Promise<void> {
    await this.#receiver?.close(ms);
  }

  dropPeers(): void {
    for (const peer of this.#peers) peer.socket.destroy();
  }

  listen(port: number): Promise<Receiver> {
    const options = {
      host: '127.0.0.1',
      port,
      aeTitle: 'SCANSIDE',
      maxPduLength,
      maxAssociations,
      artimMs,
      idleMs,
      storage: true,
      commitment: 'both' as const,
      clock: this.clock,
    };
    return startReceiver(options, this.handlers);
  }

  /** Keeps an instance in memory and answers a moment later, as a disk does. */
  memorySink(): StoreSink {
    const parts: Buffer[] = [];
    return {
      write: (buffer, start, end) => parts.push(Buffer.from(buffer.subarray(start, end))),
      end: () =>
        new Promise((resolve) => {
          setTimeout(() => {
            this.told.stored.push(Buffer.concat(parts));
            resolve(0);
          }, 2);
        }),
      abort: () => (this.told.abandoned += 1),
    };
  }

  /** Whether another peer gets an association and an answer. */
  async echoes(): Promise<boolean> {
    try {
      const association = await this.#dial();
      const code = await association.echo();
      await association.release();
      return code === 0;
    } catch {
      return false;
    }
  }

  #dial() {
    return dial({
      host: '127.0.0.1',
      port: this.port,
      callingAeTitle: 'NEXT',
      calledAeTitle: 'SCANSIDE',
      contexts: [{ abstractSyntax: '1.2.840.10008.1.1', transferSyntaxes: ['1.2.840.10008.1.2'] }],
      maxPduLength,
      connectMs: 1000,
      responseMs: 1000,
      clock: this.clock,
    });
  }

  async connected(): Promise<RawPeer> {
    const peer = await RawPeer.connect(this.port);
    this.#peers.push(peer);
    return peer;
  }

  async associated(request: AssociateRequest = associateRequest()): Promise<RawPeer> {
    const peer = await RawPeer.associated(this.port, request);
    this.#peers.push(peer);
    return peer;
  }
}
