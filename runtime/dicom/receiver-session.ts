import type { Socket } from 'node:net';

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
import { isPasscode } from './passcode.ts';
import type { AssociateRequest } from './pdu.ts';
import type { Association, ReceiverHandlers, ReceiverOptions } from './receiver.ts';
import {
  type Caller,
  type Guest,
  judgeCaller,
  type Occupant,
  type Peer,
  type Refused,
} from './receiver-access.ts';
import { plainAddress, startReading } from './receiver-socket.ts';
import { verifiedNames } from './receiver-tls.ts';
import { ServiceProvider, type StoreRequest, type StoreSink } from './service-provider.ts';

/** What a session needs of its listener. */
export interface SessionHost {
  handlers: ReceiverHandlers;
  /** What sockets are read into. */
  buffer: Buffer;
  /** Why another association would be too many, or undefined. */
  findExcess(asking: Occupant, caller: Caller | undefined): string | undefined;
  nextId(): string;
  ended(): void;
  closed(): void;
}

type Verdict = { caller: Caller | undefined } | Refused;

/** An A-ASSOCIATE-RQ with 128 contexts of a dozen transfer syntaxes is about 40 KiB. */
const associatePduLimit = 65_536;

/** One connection that a peer has opened. */
export class Session implements ConnectionUser, Guest {
  readonly connection: Connection;
  readonly #peer: Peer;
  readonly #options: ReceiverOptions;
  readonly #host: SessionHost;
  #request: AssociateRequest | undefined;
  #refused = false;
  #ended = false;
  #provider: ServiceProvider | undefined;
  association: Association | undefined;

  constructor(accepted: Socket, options: ReceiverOptions, host: SessionHost) {
    this.#host = host;
    this.#options = options;
    this.#peer = { address: plainAddress(accepted), certificateNames: verifiedNames(accepted) };
    const socket = startReading(accepted, host.buffer, (buffer, end) =>
      this.connection.receive(buffer, 0, end),
    );
    this.connection = new Connection(socket, connectionOptions(options), this);
    this.connection.accepted();
  }

  get address(): string {
    return this.#peer.address;
  }

  get expendable(): boolean {
    return this.connection.expendable;
  }

  destroy(): void {
    this.connection.destroy();
    this.#host.closed();
  }

  associateIndication(request: AssociateRequest): void {
    this.#request = request;
    const verdict = judgeCaller(request, this.#peer, this.#options.callers ?? []);
    const user = 'caller' in verdict ? verdict.caller?.user : undefined;
    if (!user) return this.#answer(request, verdict);
    const { userIdentity } = request.userInformation;
    void isPasscode(userIdentity?.secondary ?? Buffer.alloc(0), user.passcodeHash).then((right) =>
      this.#answer(request, right ? verdict : wrongPasscode),
    );
  }

  command(contextId: number, command: CommandSet): DataSetTarget {
    if (isResponse(command)) throw new MalformedMessage('a response that nothing has asked for');
    return this.#provider!.command(contextId, command);
  }

  ended(how: AssociationEnd, error?: Error): void {
    const { association } = this;
    this.#ended = true;
    this.association = undefined;
    this.#provider?.abandon();
    if (association) this.#host.handlers.closed?.(association, how, error);
    else if (error) this.#refuse(error.message, error.message);
    this.#host.ended();
  }

  closed(): void {
    this.#host.closed();
  }

  /** The peer may have gone while its passcode was looked at. */
  #answer(request: AssociateRequest, verdict: Verdict): void {
    if (this.#ended) return;
    const refused = this.#findRefusal(request, verdict);
    if (refused) {
      this.#refuse(refused.refusal, refused.cause);
      this.connection.respond(reject(refused.refusal));
    } else if ('caller' in verdict) this.#open(request, verdict.caller);
  }

  #findRefusal(request: AssociateRequest, verdict: Verdict): Refused | undefined {
    if ('refusal' in verdict) return verdict;
    const refusal = findRefusal(request, acceptancePolicy(this.#options, verdict.caller));
    if (refusal) return { refusal, cause: refusal };
    const asking = { callingAeTitle: request.callingAeTitle, peerAddress: this.address };
    const excess = this.#host.findExcess(asking, verdict.caller);
    return excess === undefined ? undefined : { refusal: 'local limit exceeded', cause: excess };
  }

  #open(request: AssociateRequest, caller: Caller | undefined): void {
    const { handlers } = this.#host;
    const association: Association = {
      id: this.#host.nextId(),
      callingAeTitle: request.callingAeTitle,
      calledAeTitle: request.calledAeTitle,
      peerAddress: this.address,
      implementationClassUid: request.userInformation.implementationClassUid,
    };
    const answer = negotiate(request, acceptancePolicy(this.#options, caller));
    const contexts = acceptedContexts(request.contexts, answer.contexts);
    this.association = association;
    this.#provider = new ServiceProvider(this.connection, contexts, {
      store: handlers.store && ((asked) => this.#store(association, asked)),
      action: handlers.action && ((asked) => handlers.action!(association, asked)),
      eventReport: handlers.eventReport && ((asked) => handlers.eventReport!(association, asked)),
      create: handlers.create && ((asked) => handlers.create!(association, asked)),
      set: handlers.set && ((asked) => handlers.set!(association, asked)),
    });
    handlers.opened?.(association);
    this.connection.respond(answer);
  }

  #store(association: Association, asked: StoreRequest): StoreSink | number {
    const { handlers } = this.#host;
    const { maxInstanceBytes = Infinity } = this.#options;
    const sink = handlers.store!(association, asked);
    if (typeof sink === 'number') return sink;
    return limitSink(sink, maxInstanceBytes, (cause) =>
      handlers.discarded?.(association, asked, cause),
    );
  }

  #refuse(reason: string, cause: string): void {
    if (this.#refused) return;
    this.#refused = true;
    const { callingAeTitle = '', calledAeTitle = '' } = this.#request ?? {};
    const peer = { address: this.address, callingAeTitle, calledAeTitle };
    this.#host.handlers.refused?.(peer, reason, cause);
  }
}

const wrongPasscode: Refused = { refusal: 'no reason given', cause: 'wrong passcode' };

/** What we are willing to do for a caller: what it may, of what we do. */
function acceptancePolicy(options: ReceiverOptions, caller: Caller | undefined): AcceptancePolicy {
  const { calledAeTitle, sopClasses, transferSyntaxes } = caller ?? {};
  return {
    ...options,
    aeTitle: calledAeTitle ?? options.aeTitle,
    acceptAnyCalledAe: calledAeTitle === undefined && (options.acceptAnyCalledAe ?? false),
    sopClasses,
    transferSyntaxes,
  };
}

/** A sink that refuses to take more than `maxBytes`; the provider then drops the rest of the instance. */
function limitSink(
  sink: StoreSink,
  maxBytes: number,
  exceeded: (cause: string) => void,
): StoreSink {
  let length = 0;
  return {
    write(buffer, start, end) {
      length += end - start;
      if (length > maxBytes) {
        const cause = `an instance above ${maxBytes} bytes`;
        exceeded(cause);
        throw new MalformedMessage(cause);
      }
      sink.write(buffer, start, end);
    },
    end: () => sink.end(),
    abort: () => sink.abort(),
  };
}

function connectionOptions(options: ReceiverOptions) {
  return {
    role: 'acceptor' as const,
    limits: { dataTransfer: options.maxPduLength, associate: associatePduLimit },
    clock: options.clock,
    artimMs: options.artimMs,
    idleMs: options.idleMs,
    rate: options.rate,
  };
}
