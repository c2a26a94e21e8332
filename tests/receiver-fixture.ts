import { ManualClock } from '../device/manual-clock.ts';
import type { AssociateRequest } from '../runtime/dicom/pdu.ts';
import {
  type Receiver,
  type ReceiverHandlers,
  type ReceiverOptions,
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
    /** Why, more finely, for each of `refused`. */
    causes: [] as string[],
    addresses: [] as string[],
    discarded: [] as string[],
    stored: [] as Buffer[],
    abandoned: 0,
  };
  readonly handlers: ReceiverHandlers = {
    closed: (_association, how) => this.told.closed.push(how),
    refused: ({ address }, reason, cause) => {
      this.told.addresses.push(address);
      this.told.refused.push(reason);
      this.told.causes.push(cause);
    },
    discarded: (_association, _request, cause) => this.told.discarded.push(cause),
    store: () => this.memorySink(),
  };
  /** What differs from the usual options; set before `start`. */
  readonly differs: Partial<ReceiverOptions> = {};
  readonly #peers: RawPeer[] = [];
  #receiver: Receiver | undefined;

  get port(): number {
    return this.#receiver?.port ?? 0;
  }

  get tlsPort(): number {
    return this.#receiver?.tlsPort ?? 0;
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
      ...this.differs,
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

  /** A peer that calls from `address`, one of loopback's. */
  async connected(address = '127.0.0.1'): Promise<RawPeer> {
    const peer = await RawPeer.connect(this.port, address);
    this.#peers.push(peer);
    return peer;
  }

  async associated(request: AssociateRequest = associateRequest()): Promise<RawPeer> {
    const peer = await RawPeer.associated(this.port, request);
    this.#peers.push(peer);
    return peer;
  }
}
