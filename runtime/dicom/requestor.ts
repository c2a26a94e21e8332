import { Socket } from 'node:net';

import type { Cancel, Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import { type AssociationEnd, Connection, type ConnectionUser } from './connection.ts';
import { type CommandSet, isResponse } from './dimse.ts';
import { MalformedMessage } from './malformed.ts';
import type { DataSetTarget } from './message-reader.ts';
import { type AcceptedContext, acceptedContexts, describeReject } from './negotiation.ts';
import { connectTls, type RequestorTls } from './requestor-tls.ts';
import type { AssociateAccept, AssociateReject, AssociateRequest } from './pdu.ts';
import { type NormalizedRequest, ServiceProvider } from './service-provider.ts';
import { describeTlsFailure } from './tls-profile.ts';
import {
  applicationContextName,
  implementationClassUid,
  implementationVersionName,
} from './uid.ts';
import { plainUserInformation, type RoleSelection } from './user-information.ts';

/** Result of an A-ASSOCIATE-RJ (PS3.8 table 9-21). */
const rejectedTransient = 2;

/** One SOP class to propose; each becomes one presentation context. */
export interface ProposedContext {
  abstractSyntax: string;
  /** In order of preference; the peer takes one. */
  transferSyntaxes: string[];
  /** The roles we propose to play; without it we are SCU. */
  roles?: { scu: boolean; scp: boolean };
}

export interface DialOptions {
  host: string;
  port: number;
  /** Without it the association is not encrypted. */
  tls?: RequestorTls | undefined;
  callingAeTitle: string;
  calledAeTitle: string;
  /** 1 to 128. */
  contexts: ProposedContext[];
  /** The longest P-DATA-TF PDU we take, bytes. */
  maxPduLength: number;
  /** How long the TCP connection may take, milliseconds. */
  connectMs: number;
  /** How long the peer may go without taking data or answering, milliseconds. */
  responseMs: number;
  clock: Clock;
  /** An N-EVENT-REPORT request that the peer sends on this association; resolves with the status. */
  eventReport?: (request: NormalizedRequest) => Promise<number>;
}

/** Presentation context IDs are the odd numbers of a byte (PS3.8 9.3.2.2). */
const mostContexts = 128;

/** What an A-ASSOCIATE-AC may have, bytes. */
const associatePduLimit = 65_536;

/** How long a peer may take to close after the association has ended, milliseconds. */
const artimMs = 5_000;

interface Deferred<T> {
  promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

/** The requestor's side of one association: opens it, and exchanges one request and its response at a time. */
export class Requestor implements ConnectionUser {
  readonly #options: DialOptions;
  readonly #request: AssociateRequest;
  readonly #connection: Connection;
  readonly #opening = Promise.withResolvers<void>();
  readonly #finished = Promise.withResolvers<void>();
  #contexts = new Map<number, AcceptedContext>();
  #provider: ServiceProvider | undefined;
  #awaited: (Deferred<number> & { messageId: number }) | undefined;
  #deadline: Cancel | undefined;
  #reached = false;
  #connected = false;
  #messageId = 0;
  /** The end of the operation before the next one. */
  #last: Promise<unknown> = Promise.resolve();
  /** Why nothing more can be sent. */
  #over: Error | undefined;

  constructor(options: DialOptions) {
    this.#options = options;
    this.#request = associateRequest(options);
    const { host, port, tls } = options;
    const socket = tls ? connectTls(host, port, tls) : new Socket();
    this.#connection = new Connection(socket, connectionOptions(options), this);
    this.#open(socket);
  }

  /** Resolves when the association is over, however it ended. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  get contexts(): ReadonlyMap<number, AcceptedContext> {
    return this.#contexts;
  }

  /** Resolves when the association is established. */
  get opened(): Promise<void> {
    return this.#opening.promise;
  }

  /** Sends a request when those before it are done; resolves with the status of its response. */
  exchange(
    contextId: number,
    request: (messageId: number) => CommandSet,
    dataSet: Uint8Array | undefined,
  ): Promise<number> {
    return this.#inTurn(async () => {
      if (this.#over) throw this.#over;
      this.#messageId = (this.#messageId % 0xffff) + 1;
      const awaited = { ...Promise.withResolvers<number>(), messageId: this.#messageId };
      this.#awaited = awaited;
      const sent = this.#send(contextId, request(this.#messageId), dataSet);
      const [code] = await Promise.all([awaited.promise, sent]);
      return code;
    });
  }

  /** Releases when the operations before are done. */
  release(): Promise<void> {
    return this.#inTurn(() => {
      this.#expect('no answer to A-RELEASE-RQ');
      this.#connection.release();
      return this.finished;
    });
  }

  abort(): void {
    this.#connection.abort(new ScansideError('ASSOCIATION_ABORTED', `by us, ${this.#peer}`));
  }

  associateConfirmation(answer: AssociateAccept | AssociateReject): void {
    this.#deadline?.();
    if (answer.pdu === 'A-ASSOCIATE-RJ') {
      const reason = `${this.#peer}: ${describeReject(answer)}`;
      const isForNow = answer.result === rejectedTransient;
      this.#finish(new ScansideError(isForNow ? 'PEER_BUSY' : 'ASSOCIATION_REJECTED', reason));
      return;
    }
    this.#contexts = acceptedContexts(this.#request.contexts, answer.contexts);
    const { eventReport } = this.#options;
    this.#provider = new ServiceProvider(this.#connection, this.#contexts, { eventReport });
    this.#opening.resolve();
  }

  command(contextId: number, command: CommandSet): DataSetTarget {
    if (!isResponse(command)) return this.#provider!.command(contextId, command);
    const awaited = this.#awaited;
    if (!awaited || command.messageIdBeingRespondedTo !== awaited.messageId)
      throw new MalformedMessage('a response that nothing has asked for');
    const { status } = command;
    if (status === undefined) throw new MalformedMessage('a response without Status');
    return { write: () => {}, end: () => this.#answered(status) };
  }

  ended(how: AssociationEnd, error?: Error): void {
    this.#finish(this.#explain(how, error));
  }

  closed(): void {
    this.#deadline?.();
  }

  get #peer(): string {
    return `${this.#options.calledAeTitle} at ${this.#options.host}:${this.#options.port}`;
  }

  #open(socket: Socket): void {
    const { host, port, connectMs, tls } = this.#options;
    const ready = tls ? 'secureConnect' : 'connect';
    this.#expect(tls ? 'no TLS connection' : 'no TCP connection', connectMs);
    socket.setNoDelay(true);
    socket.once('connect', () => (this.#reached = true));
    socket.once(ready, () => {
      this.#connected = true;
      this.#expect('no answer to A-ASSOCIATE-RQ');
    });
    socket.on('data', (chunk: Buffer) => this.#connection.receive(chunk, 0, chunk.length));
    this.#connection.associate(this.#request, ready, () => {
      if (!tls) socket.connect({ host, port });
    });
  }

  async #send(contextId: number, command: CommandSet, dataSet?: Uint8Array): Promise<void> {
    const progressed = (): void => this.#expect('no response');
    progressed();
    if (!dataSet) this.#connection.sendCommand(contextId, command);
    else await this.#connection.sendMessage(contextId, command, dataSet, progressed);
  }

  #answered(code: number): void {
    this.#deadline?.();
    this.#awaited?.resolve(code);
    this.#awaited = undefined;
  }

  #inTurn<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#last.then(operation);
    this.#last = result.catch(() => {});
    return result;
  }

  /** (Re)starts the one timer: without progress until then the association is aborted. */
  #expect(what: string, ms = this.#options.responseMs): void {
    this.#deadline?.();
    if (this.#over) return;
    this.#deadline = this.#options.clock.after(ms, () => {
      const error = new ScansideError('PEER_TIMEOUT', `${this.#peer}: ${what} in ${ms} ms`);
      this.#connection.abort(error);
    });
  }

  #finish(error: Error): void {
    if (this.#over) return;
    this.#over = error;
    this.#deadline?.();
    this.#provider?.abandon();
    this.#opening.reject(error);
    this.#awaited?.reject(error);
    this.#awaited = undefined;
    this.#finished.resolve();
  }

  /** What a peer's broken protocol means to us is that the operation did not happen and may be tried again. */
  #explain(how: AssociationEnd, error?: Error): Error {
    if (error instanceof ScansideError && error.kind === 'world') return error;
    const failure: { code?: string } & Partial<Error> = error ?? {};
    const { tls } = this.#options;
    if (tls && (failure.code?.startsWith('ERR_SSL') || (this.#reached && !this.#connected))) {
      const why = describeTlsFailure(failure.code, failure.message ?? how);
      return new ScansideError('TLS_FAILED', `${this.#peer}: ${why}`, { cause: error });
    }
    const code = this.#connected ? 'ASSOCIATION_ABORTED' : 'PEER_UNREACHABLE';
    return new ScansideError(code, `${this.#peer}: ${error?.message ?? how}`, { cause: error });
  }
}

function associateRequest(options: DialOptions): AssociateRequest {
  if (options.contexts.length > mostContexts)
    throw new ScansideError('INTERNAL', `${options.contexts.length} presentation contexts`);
  const user = plainUserInformation(
    options.maxPduLength,
    implementationClassUid,
    implementationVersionName,
  );
  return {
    pdu: 'A-ASSOCIATE-RQ',
    protocolVersion: 1,
    calledAeTitle: options.calledAeTitle,
    callingAeTitle: options.callingAeTitle,
    applicationContextName,
    contexts: options.contexts.map(({ abstractSyntax, transferSyntaxes }, index) => ({
      id: 2 * index + 1,
      abstractSyntax,
      transferSyntaxes,
    })),
    userInformation: { ...user, roles: proposedRoles(options.contexts) },
  };
}

/** One role selection a SOP class, however many contexts propose it (PS3.7 D.3.3.4). */
function proposedRoles(contexts: readonly ProposedContext[]): RoleSelection[] {
  const roles = new Map<string, RoleSelection>();
  for (const { abstractSyntax, roles: proposed } of contexts)
    if (proposed) roles.set(abstractSyntax, { sopClassUid: abstractSyntax, ...proposed });
  return [...roles.values()];
}

function connectionOptions(options: DialOptions) {
  return {
    role: 'requestor' as const,
    limits: { dataTransfer: options.maxPduLength, associate: associatePduLimit },
    clock: options.clock,
    artimMs,
    idleMs: undefined,
  };
}
