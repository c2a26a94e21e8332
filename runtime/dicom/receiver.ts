import { createServer, type Server, type Socket } from 'node:net';

import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import { type AssociationEnd, Connection, type ConnectionUser } from './connection.ts';
import { type CommandSet, isResponse } from './dimse.ts';
import { MalformedMessage } from './malformed.ts';
import type { DataSetTarget } from './message-reader.ts';
import {
  type AcceptancePolicy,
  acceptedContexts,
  findRefusal,
  negotiate,
  reject,
} from './negotiation.ts';
import type { AssociateRequest } from './pdu.ts';
import { startReading } from './receiver-socket.ts';
import {
  type NormalizedRequest,
  ServiceProvider,
  type StoreRequest,
  type StoreSink,
} from './service-provider.ts';

export type { AssociationEnd } from './connection.ts';
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

export interface ReceiverHandlers {
  opened?(association: Association): void;
  /** `error` says what the peer or the network did wrong, where something did. */
  closed?(association: Association, how: AssociationEnd, error?: Error): void;
  /** A peer got no association: rejected, or it broke the protocol before it had one. */
  refused?(
    peer: { address: string; callingAeTitle: string; calledAeTitle: string },
    reason: string,
  ): void;
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
  /** 0 takes any free port. */
  port: number;
  /** Our own AE title; the called AE title must equal it. */
  aeTitle: string;
  acceptAnyCalledAe?: boolean;
  /** The longest P-DATA-TF PDU we take, bytes. */
  maxPduLength: number;
  /** Associations at once; one more is rejected as transient. */
  maxAssociations: number;
  /** How long a peer may take to propose an association, and to close after its end, milliseconds. */
  artimMs: number;
  /** How long an association may be silent, milliseconds. */
  idleMs: number;
  storage: boolean;
  /** The roles we play in storage commitment. */
  commitment: AcceptancePolicy['commitment'];
  /** Take Modality Performed Procedure Steps. */
  procedureSteps?: boolean;
  clock: Clock;
}

export interface Receiver {
  readonly port: number;
  /** Stops listening, lets associations in progress finish for up to `ms` milliseconds, then aborts them. */
  close(ms: number): Promise<void>;
}

/** An A-ASSOCIATE-RQ with 128 contexts of a dozen transfer syntaxes is about 40 KiB. */
const associatePduLimit = 65_536;

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
  const port = await listener.listen();
  return { port, close: (ms) => listener.close(ms) };
}

class Listener {
  readonly #options: ReceiverOptions;
  readonly #handlers: ReceiverHandlers;
  readonly #server: Server;
  readonly #sessions = new Set<Session>();
  readonly #buffer = Buffer.allocUnsafeSlow(readLength);
  #opened = 0;
  #idle: (() => void) | undefined;

  constructor(options: ReceiverOptions, handlers: ReceiverHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#server = createServer({ noDelay: true, pauseOnConnect: true }, (socket) =>
      this.#connected(socket),
    );
  }

  listen(): Promise<number> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void =>
        reject(new ScansideError('PORT_IN_USE', `${host}:${port}`, { cause: error }));
      this.#server.once('error', failed);
      this.#server.listen({ host, port, backlog: 511 }, () => {
        // Out of file descriptors and the like: those waiting are accepted later.
        this.#server.off('error', failed).on('error', () => {});
        const address = this.#server.address();
        resolve(typeof address === 'object' && address ? address.port : port);
      });
    });
  }

  async close(ms: number): Promise<void> {
    this.#server.close();
    for (const session of this.#sessions)
      if (!session.association) session.connection.destroySoon();
    await this.#whenIdle(ms);
    for (const { connection } of this.#sessions) {
      connection.abort();
      connection.destroySoon();
    }
  }

  #whenIdle(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve);
      this.#idle = () => {
        if (this.#associations() > 0) return;
        cancel();
        resolve();
      };
      this.#idle();
    });
  }

  #associations(): number {
    return [...this.#sessions].filter((session) => session.association !== undefined).length;
  }

  #connected(socket: Socket): void {
    this.#makeRoom();
    const session = new Session(socket, this.#options, {
      handlers: this.#handlers,
      buffer: this.#buffer,
      isFull: () => this.#associations() >= this.#options.maxAssociations,
      nextId: () => String((this.#opened += 1)),
      ended: () => this.#idle?.(),
      closed: () => this.#sessions.delete(session),
    });
    this.#sessions.add(session);
  }

  /** Silent connections cannot keep a scanner out: the oldest of them gives way. */
  #makeRoom(): void {
    if (this.#sessions.size < this.#options.maxAssociations + waitingConnections) return;
    const oldest = [...this.#sessions].find(({ connection }) => connection.expendable);
    if (!oldest) return;
    oldest.connection.destroy();
    this.#sessions.delete(oldest);
  }
}

/** What a session needs of its listener. */
interface SessionHost {
  handlers: ReceiverHandlers;
  /** What sockets are read into. */
  buffer: Buffer;
  isFull(): boolean;
  nextId(): string;
  ended(): void;
  closed(): void;
}

/** One connection that a peer has opened. */
class Session implements ConnectionUser {
  readonly connection: Connection;
  readonly #address: string;
  readonly #policy: AcceptancePolicy;
  readonly #host: SessionHost;
  #request: AssociateRequest | undefined;
  #refused = false;
  #provider: ServiceProvider | undefined;
  association: Association | undefined;

  constructor(accepted: Socket, options: ReceiverOptions, host: SessionHost) {
    this.#host = host;
    this.#address = accepted.remoteAddress ?? '';
    this.#policy = { ...options, acceptAnyCalledAe: options.acceptAnyCalledAe ?? false };
    const socket = startReading(accepted, host.buffer, (buffer, end) =>
      this.connection.receive(buffer, 0, end),
    );
    this.connection = new Connection(socket, connectionOptions(options), this);
    this.connection.accepted();
  }

  associateIndication(request: AssociateRequest): void {
    this.#request = request;
    const refusal = this.#host.isFull()
      ? 'local limit exceeded'
      : findRefusal(request, this.#policy);
    if (refusal) {
      this.#refuse(refusal);
      this.connection.respond(reject(refusal));
    } else this.#open(request);
  }

  command(contextId: number, command: CommandSet): DataSetTarget {
    if (isResponse(command)) throw new MalformedMessage('a response that nothing has asked for');
    return this.#provider!.command(contextId, command);
  }

  ended(how: AssociationEnd, error?: Error): void {
    const { association } = this;
    this.association = undefined;
    this.#provider?.abandon();
    if (association) this.#host.handlers.closed?.(association, how, error);
    else if (error) this.#refuse(error.message);
    this.#host.ended();
  }

  closed(): void {
    this.#host.closed();
  }

  #open(request: AssociateRequest): void {
    const { handlers } = this.#host;
    const association: Association = {
      id: this.#host.nextId(),
      callingAeTitle: request.callingAeTitle,
      calledAeTitle: request.calledAeTitle,
      peerAddress: this.#address,
      implementationClassUid: request.userInformation.implementationClassUid,
    };
    const answer = negotiate(request, this.#policy);
    const contexts = acceptedContexts(request.contexts, answer.contexts);
    this.association = association;
    this.#provider = new ServiceProvider(this.connection, contexts, {
      store: handlers.store && ((asked) => handlers.store!(association, asked)),
      action: handlers.action && ((asked) => handlers.action!(association, asked)),
      eventReport: handlers.eventReport && ((asked) => handlers.eventReport!(association, asked)),
      create: handlers.create && ((asked) => handlers.create!(association, asked)),
      set: handlers.set && ((asked) => handlers.set!(association, asked)),
    });
    handlers.opened?.(association);
    this.connection.respond(answer);
  }

  #refuse(reason: string): void {
    if (this.#refused) return;
    this.#refused = true;
    const { callingAeTitle = '', calledAeTitle = '' } = this.#request ?? {};
    this.#host.handlers.refused?.(
      { address: this.#address, callingAeTitle, calledAeTitle },
      reason,
    );
  }
}

function connectionOptions(options: ReceiverOptions) {
  return {
    role: 'acceptor' as const,
    limits: { dataTransfer: options.maxPduLength, associate: associatePduLimit },
    clock: options.clock,
    artimMs: options.artimMs,
    idleMs: options.idleMs,
  };
}
