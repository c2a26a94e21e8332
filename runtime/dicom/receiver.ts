import { createServer, type Server, type Socket } from 'node:net';

import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import type { RateLimit } from './arrival-rate.ts';
import type { AssociationEnd } from './connection.ts';
import type { AcceptancePolicy } from './negotiation.ts';
import {
  type AssociationLimits,
  type Caller,
  findExcess,
  findExpendable,
  type Guest,
} from './receiver-access.ts';
import { Session } from './receiver-session.ts';
import { plainAddress } from './receiver-socket.ts';
import { createTlsServer, type ReceiverTls } from './receiver-tls.ts';
import type { NormalizedRequest, StoreRequest, StoreSink } from './service-provider.ts';

export type { AssociationEnd } from './connection.ts';
export type { Caller } from './receiver-access.ts';
export type { ReceiverTls } from './receiver-tls.ts';
export type { NormalizedRequest, StoreRequest, StoreSink } from './service-provider.ts';

/** An association that a peer has opened. */
export interface Association {
  /** Unique in this process. */
  readonly id: string;
  readonly callingAeTitle: string;
  readonly calledAeTitle: string;
  readonly peerAddress: string;
  readonly implementationClassUid: string;
}

/** A peer without an association; the AE titles are empty where it has not said them. */
export interface RefusedPeer {
  address: string;
  callingAeTitle: string;
  calledAeTitle: string;
}

export interface ReceiverHandlers {
  opened?(association: Association): void;
  /** `error` says what the peer or the network did wrong, where something did. */
  closed?(association: Association, how: AssociationEnd, error?: Error): void;
  /**
   * A peer got no association: rejected, or it broke the protocol before it had one. `reason` is DICOM's where it has
   * one; `cause` is ours and finer.
   */
  refused?(peer: RefusedPeer, reason: string, cause: string): void;
  /** An instance was read and dropped, and the peer told so. */
  discarded?(association: Association, request: StoreRequest, cause: string): void;
  /** A sink, or a failure status: then the bytes are read, dropped and answered with it. */
  store?(association: Association, request: StoreRequest): StoreSink | number;
  /** N-ACTION; resolves with the status. */
  action?(association: Association, request: NormalizedRequest): Promise<number>;
  /** N-EVENT-REPORT; resolves with the status. */
  eventReport?(association: Association, request: NormalizedRequest): Promise<number>;
  /** N-CREATE; resolves with the status. */
  create?(association: Association, request: NormalizedRequest): Promise<number>;
  /** N-SET; resolves with the status. */
  set?(association: Association, request: NormalizedRequest): Promise<number>;
}

export interface ReceiverOptions {
  host: string;
  /** For DICOM without TLS: 0 takes any free port, undefined is no such port. */
  port: number | undefined;
  /** For DICOM over TLS, on a port of its own. */
  tls?: ReceiverTls | undefined;
  /** Our own AE title; the called AE title must equal it. */
  aeTitle: string;
  acceptAnyCalledAe?: boolean;
  /** The longest P-DATA-TF PDU we take, bytes. */
  maxPduLength: number;
  /** Associations at once; one more is rejected as transient. */
  maxAssociations: number;
  /** The same for one remote address, and for one calling AE title; without them only `maxAssociations` counts. */
  maxAssociationsPerAddress?: number;
  maxAssociationsPerAeTitle?: number;
  /** Who may open associations; empty or absent is anyone. */
  callers?: readonly Caller[];
  /** Instances above are read, dropped and answered as out of resources, bytes. */
  maxInstanceBytes?: number;
  /** How long a peer may take to propose an association, and to close after its end, milliseconds. */
  artimMs: number;
  /** How long an association may be silent, milliseconds. */
  idleMs: number;
  /** What a peer must deliver while we wait for the rest of a message. */
  rate?: RateLimit;
  storage: boolean;
  /** The roles we play in storage commitment. */
  commitment: AcceptancePolicy['commitment'];
  /** Take Modality Performed Procedure Steps. */
  procedureSteps?: boolean;
  clock: Clock;
}

export interface Receiver {
  /** The port for DICOM without TLS; 0 where there is none. */
  readonly port: number;
  /** The port for DICOM over TLS; 0 where there is none. */
  readonly tlsPort: number;
  /** Stops listening, lets associations in progress finish for up to `ms` milliseconds, then aborts them. */
  close(ms: number): Promise<void>;
}

/** Several PDUs of the usual 16 to 128 KiB in one read. */
const readLength = 262_144;

/** Connections without an association that are let wait besides the associations. */
const waitingConnections = 32;

/**
 * Listens for DICOM associations and hands what arrives to `handlers`. Whatever a peer sends ends at most its own
 * association. Rejects with PORT_IN_USE when it cannot listen.
 */
export async function startReceiver(
  options: ReceiverOptions,
  handlers: ReceiverHandlers,
): Promise<Receiver> {
  const listener = new Listener(options, handlers);
  const ports = await listener.listen();
  return { ...ports, close: (ms) => listener.close(ms) };
}

class Listener {
  readonly #options: ReceiverOptions;
  readonly #handlers: ReceiverHandlers;
  readonly #limits: AssociationLimits;
  readonly #servers: Server[] = [];
  readonly #sessions = new Set<Session>();
  /** Connections in their TLS handshake, by address and port. */
  readonly #handshakes = new Map<string, Guest>();
  readonly #buffer = Buffer.allocUnsafeSlow(readLength);
  #opened = 0;
  #idle: (() => void) | undefined;

  constructor(options: ReceiverOptions, handlers: ReceiverHandlers) {
    const { maxAssociations: inAll } = options;
    this.#options = options;
    this.#handlers = handlers;
    this.#limits = {
      inAll,
      perAddress: options.maxAssociationsPerAddress ?? inAll,
      perAeTitle: options.maxAssociationsPerAeTitle ?? inAll,
    };
  }

  async listen(): Promise<{ port: number; tlsPort: number }> {
    const { port, tls } = this.#options;
    try {
      return {
        port: port === undefined ? 0 : await this.#open(this.#plainServer(), port),
        tlsPort: tls ? await this.#open(this.#tlsServer(tls), tls.port) : 0,
      };
    } catch (error) {
      for (const server of this.#servers) server.close();
      throw error;
    }
  }

  async close(ms: number): Promise<void> {
    for (const server of this.#servers) server.close();
    for (const handshake of this.#handshakes.values()) handshake.destroy();
    for (const session of this.#sessions)
      if (!session.association) session.connection.destroySoon();
    await this.#whenIdle(ms);
    for (const { connection } of this.#sessions) {
      connection.abort();
      connection.destroySoon();
    }
  }

  #plainServer(): Server {
    const options = { noDelay: true, pauseOnConnect: true };
    return createServer(options, (socket) => this.#connected(socket));
  }

  #tlsServer(tls: ReceiverTls): Server {
    const server = createTlsServer(
      tls,
      this.#options.artimMs,
      (socket) => this.#secured(socket),
      (address, cause) => this.#refuse(address, cause),
    );
    return server.on('connection', (socket: Socket) => this.#shakingHands(socket));
  }

  #open(server: Server, port: number): Promise<number> {
    const { host } = this.#options;
    this.#servers.push(server);
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void =>
        reject(new ScansideError('PORT_IN_USE', `${host}:${port}`, { cause: error }));
      server.once('error', failed);
      server.listen({ host, port, backlog: 511 }, () => {
        // Out of file descriptors and the like: those waiting are accepted later.
        server.off('error', failed).on('error', () => {});
        const address = server.address();
        resolve(typeof address === 'object' && address ? address.port : port);
      });
    });
  }

  #whenIdle(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve);
      this.#idle = () => {
        if (this.#associations().length > 0) return;
        cancel();
        resolve();
      };
      this.#idle();
    });
  }

  #associations(): Association[] {
    const all = [...this.#sessions].map(({ association }) => association);
    return all.filter((association) => association !== undefined);
  }

  #shakingHands(socket: Socket): void {
    this.#makeRoom();
    const key = nameOf(socket);
    const address = plainAddress(socket);
    this.#handshakes.set(key, { address, expendable: true, destroy: () => socket.destroy() });
    socket.once('close', () => this.#handshakes.delete(key));
  }

  #secured(socket: Socket): void {
    this.#handshakes.delete(nameOf(socket));
    this.#connected(socket);
  }

  #refuse(address: string, cause: string): void {
    const peer = { address, callingAeTitle: '', calledAeTitle: '' };
    this.#handlers.refused?.(peer, 'secure transport connection not established', cause);
  }

  #connected(socket: Socket): void {
    this.#makeRoom();
    const { callers = [] } = this.#options;
    const session = new Session(socket, this.#options, {
      handlers: this.#handlers,
      buffer: this.#buffer,
      findExcess: (asking, caller) =>
        findExcess(this.#associations(), asking, this.#limits, callers, caller),
      nextId: () => String((this.#opened += 1)),
      ended: () => this.#idle?.(),
      closed: () => this.#sessions.delete(session),
    });
    this.#sessions.add(session);
  }

  /** Silent connections cannot keep a scanner out: they give way to new ones. */
  #makeRoom(): void {
    const guests: Guest[] = [...this.#handshakes.values(), ...this.#sessions];
    if (guests.length < this.#options.maxAssociations + waitingConnections) return;
    findExpendable(guests)?.destroy();
  }
}

function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
