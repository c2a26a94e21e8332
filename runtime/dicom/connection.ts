import type { Socket } from 'node:net';

import type { Cancel, Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import { ArrivalRate, type RateLimit } from './arrival-rate.ts';
import { AssociationMachine, type AssociationRole } from './association.ts';
import type { AssociationEvent, Effects } from './association-table.ts';
import { type CommandSet, encodeCommandSet } from './dimse.ts';
import { type AbortReason, abortReasons, MalformedPdu } from './malformed.ts';
import { type DataSetTarget, MessageReader } from './message-reader.ts';
import { dataTransferPdus, messagePdus } from './message-writer.ts';
import {
  type AssociateAccept,
  type AssociateReject,
  type AssociateRequest,
  decodePdu,
  encodePdu,
  type Pdu,
  type PduLimits,
  type PduName,
} from './pdu.ts';
import { PduStream, type PduVisitor } from './pdu-stream.ts';

/** How an association ended: in order, by an A-ABORT of either side, or with its transport connection. */
export type AssociationEnd = 'released' | 'aborted' | 'lost';

/** The service user of one connection: what the receiver and the sender differ in. */
export interface ConnectionUser {
  associateIndication?(request: AssociateRequest): void;
  associateConfirmation?(answer: AssociateAccept | AssociateReject): void;
  /** A command has been read; returns where its data set goes. Throws MalformedMessage to abort. */
  command(contextId: number, command: CommandSet): DataSetTarget;
  /** Called once, when the association or the attempt at one is over. `error` is the peer's fault or the network's. */
  ended(how: AssociationEnd, error?: Error): void;
  /** The socket is gone; nothing follows. */
  closed(): void;
}

export interface ConnectionOptions {
  role: AssociationRole;
  limits: PduLimits;
  clock: Clock;
  /** The ARTIM timer of PS3.8 9.1.5, milliseconds. */
  artimMs: number;
  /** A peer that begins no PDU for so long while nothing is asked of us is aborted, milliseconds. */
  idleMs: number | undefined;
  /** A peer that delivers the rest of a message more slowly is aborted. */
  rate?: RateLimit | undefined;
}

/** A command set of the supported services is below 500 bytes; attribute lists of others may be longer. */
const commandSetLimit = 65_536;

const pduEvents: Record<Exclude<PduName, 'P-DATA-TF'>, AssociationEvent> = {
  'A-ASSOCIATE-RQ': 'Evt6',
  'A-ASSOCIATE-AC': 'Evt3',
  'A-ASSOCIATE-RJ': 'Evt4',
  'A-RELEASE-RQ': 'Evt12',
  'A-RELEASE-RP': 'Evt13',
  'A-ABORT': 'Evt16',
};

/** One TCP connection: carries out what the state table says, on a socket and a timer. */
export class Connection implements PduVisitor {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #user: ConnectionUser;
  readonly #machine: AssociationMachine;
  readonly #stream: PduStream;
  readonly #messages: MessageReader;
  #artim: Cancel | undefined;
  #idle: Cancel | undefined;
  #rate: ArrivalRate | undefined;
  #lastPdu = 0;
  /** Reasons not to read: an operation of ours in progress, or a peer that does not take its responses. */
  #holds = 0;
  #working = 0;
  /** Nothing more is read from this peer: the stream is broken or closed. */
  #deaf = false;
  #ended = false;
  #fault: Error | undefined;
  /** What the peer takes, from its user information. */
  peerMaxPduLength = 0;

  constructor(socket: Socket, options: ConnectionOptions, user: ConnectionUser) {
    this.#socket = socket;
    this.#options = options;
    this.#user = user;
    this.#machine = new AssociationMachine(options.role);
    this.#stream = new PduStream(options.limits, this);
    this.#messages = new MessageReader(commandSetLimit, (id, command) => user.command(id, command));
    socket.on('error', (error) => (this.#fault ??= error));
    socket.on('close', () => this.#transportClosed());
  }

  /** Whether requests and responses can be sent. */
  get established(): boolean {
    return this.#machine.state === 'Sta6';
  }

  /** Whether there is neither an association nor one being negotiated: nothing is lost by closing. */
  get expendable(): boolean {
    return ['Sta1', 'Sta2', 'Sta13'].includes(this.#machine.state);
  }

  /** Acceptor: the transport connection is there; awaits the A-ASSOCIATE-RQ. */
  accepted(): void {
    this.#feed('Evt5');
  }

  /** Requestor: opens the transport connection and, when the socket says `ready`, proposes the association. */
  associate(request: AssociateRequest, ready: 'connect' | 'secureConnect', open: () => void): void {
    this.#socket.once(ready, () => {
      if (this.#machine.allows('Evt2')) this.#feed('Evt2', request);
    });
    this.#machine.feed('Evt1');
    open();
  }

  /** Answers an A-ASSOCIATE indication. */
  respond(answer: AssociateAccept | AssociateReject): void {
    const accepts = answer.pdu === 'A-ASSOCIATE-AC';
    this.#feed(accepts ? 'Evt7' : 'Evt8', answer);
    if (!accepts) return;
    this.#watchIdle();
    this.#watchRate();
  }

  /** Takes bytes from the socket; the buffer may be reused after the call. Never throws because of them. */
  receive(buffer: Buffer, start: number, end: number): void {
    if (this.#deaf) return;
    this.#rate?.received(end - start);
    this.#guard(() => this.#stream.push(buffer, start, end));
    if (this.#stream.holding) this.#socket.pause();
  }

  /** Sends a command alone, in one write. Does nothing when the association has ended meanwhile. */
  sendCommand(contextId: number, command: CommandSet): void {
    if (!this.#machine.allows('Evt9')) return;
    const bytes = encodeCommandSet(command);
    const pdus = [...dataTransferPdus(contextId, true, bytes, this.peerMaxPduLength)];
    this.#feed('Evt9');
    if (this.#socket.write(Buffer.concat(pdus.flat()))) return;
    this.hold();
    this.#socket.once('drain', () => this.unhold());
  }

  /**
   * Sends a command and its data set, no faster than the peer takes them; `progressed` is called whenever it has taken
   * some. Resolves false when the association has ended before the last byte was handed to the network.
   */
  async sendMessage(
    contextId: number,
    command: CommandSet,
    dataSet: Uint8Array,
    progressed: () => void,
  ): Promise<boolean> {
    const pdus = messagePdus(contextId, command, dataSet, this.peerMaxPduLength);
    while (this.#machine.allows('Evt9')) {
      if (this.#writeBurst(pdus)) return true;
      await this.#drained();
      progressed();
    }
    return false;
  }

  /** Stops reading while an operation that the peer has asked for is in progress. */
  beginWork(): void {
    this.#working += 1;
    this.hold();
  }

  endWork(): void {
    this.#working -= 1;
    this.#lastPdu = this.#options.clock.monotonic();
    this.unhold();
  }

  /**
   * Reads no further. The socket is paused only when bytes arrive meanwhile: a peer that awaits its response sends none,
   * and to pause and resume for each message costs two system calls.
   */
  hold(): void {
    this.#holds += 1;
    this.#rate?.interrupted();
    this.#stream.pause();
  }

  unhold(): void {
    if (this.#holds === 0) return;
    this.#holds -= 1;
    if (this.#holds === 0) this.#readOn();
  }

  /** Requests release. Does nothing unless an association is established. */
  release(): void {
    if (this.#machine.allows('Evt11')) this.#feed('Evt11');
  }

  /** Aborts the association, or the attempt at one; the peer is told. `error` says why. */
  abort(error?: Error): void {
    if (!this.#machine.allows('Evt15')) return;
    this.#feed('Evt15');
    this.#end('aborted', error);
  }

  /** Closes the socket once what has been written is out. */
  destroySoon(): void {
    this.#deaf = true;
    this.#socket.destroySoon();
  }

  /** Closes the socket now. */
  destroy(): void {
    this.#deaf = true;
    this.#socket.destroy();
  }

  pdu(type: number, body: Buffer): void {
    this.#lastPdu = this.#options.clock.monotonic();
    const pdu = decodePdu(type, body, this.#options.limits);
    if (pdu.pdu === 'P-DATA-TF') return;
    if ('userInformation' in pdu) this.peerMaxPduLength = pdu.userInformation.maxPduLength;
    this.#feed(pduEvents[pdu.pdu], pdu);
  }

  dataTransfer(): void {
    this.#lastPdu = this.#options.clock.monotonic();
    this.#feed('Evt10');
  }

  fragment(
    contextId: number,
    isCommand: boolean,
    isLast: boolean,
    buffer: Buffer,
    start: number,
    end: number,
  ): void {
    const { state } = this.#machine;
    if (state === 'Sta6' || state === 'Sta7')
      this.#messages.fragment(contextId, isCommand, isLast, buffer, start, end);
    if (isLast) this.#rate?.interrupted();
  }

  #feed(event: AssociationEvent, pdu?: Pdu, reason: AbortReason = 'unexpectedPdu'): void {
    const effects = this.#machine.feed(event);
    if (effects.timer) this.#setTimer(effects.timer);
    if (effects.send) this.#send(effects.send, reason, pdu);
    if (effects.transport === 'close') this.destroy();
    if (this.#machine.state === 'Sta13') this.#dropHolds();
    if (effects.issue) this.#issue(effects.issue, event, pdu);
  }

  #setTimer(what: 'start' | 'stop'): void {
    this.#artim?.();
    this.#artim = undefined;
    if (what === 'stop') return;
    this.#artim = this.#options.clock.after(this.#options.artimMs, () => this.#feed('Evt18'));
  }

  #send(what: NonNullable<Effects['send']>, reason: AbortReason, pdu?: Pdu): void {
    if (what === 'P-DATA-TF') return;
    if (what === 'A-ABORT') this.#write({ pdu: 'A-ABORT', source: 0, reason: 0 });
    else if (what === 'A-P-ABORT')
      this.#write({ pdu: 'A-ABORT', source: 2, reason: abortReasons[reason] });
    else if (what === 'A-RELEASE-RQ' || what === 'A-RELEASE-RP') this.#write({ pdu: what });
    else if (pdu) this.#write(pdu);
  }

  #write(pdu: Pdu): void {
    this.#socket.write(encodePdu(pdu));
  }

  #issue(what: NonNullable<Effects['issue']>, event: AssociationEvent, pdu?: Pdu): void {
    if (what === 'A-ASSOCIATE indication' || what === 'A-ASSOCIATE confirmation')
      this.#issueAssociate(pdu);
    else if (what === 'A-RELEASE indication' || what === 'A-RELEASE confirmation') this.#released();
    else if (what === 'A-ABORT indication') this.#end('aborted');
    else if (what === 'A-P-ABORT indication')
      this.#end(event === 'Evt17' ? 'lost' : 'aborted', this.#fault);
  }

  #issueAssociate(pdu?: Pdu): void {
    if (pdu?.pdu === 'A-ASSOCIATE-RQ') this.#user.associateIndication?.(pdu);
    else if (pdu?.pdu === 'A-ASSOCIATE-AC' || pdu?.pdu === 'A-ASSOCIATE-RJ')
      this.#user.associateConfirmation?.(pdu);
  }

  /** Nothing of ours is outstanding when a release is read, so it is confirmed at once. */
  #released(): void {
    if (this.#machine.allows('Evt14')) this.#feed('Evt14');
    if (this.expendable) this.#end('released');
  }

  #end(how: AssociationEnd, error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#idle?.();
    this.#rate?.stop();
    this.#user.ended(how, error);
  }

  /** Runs the decoder; whatever it throws is answered with an A-ABORT and never leaves this connection. */
  #guard(read: () => void): void {
    try {
      read();
    } catch (error) {
      this.#deaf = true;
      this.#fault = error instanceof Error ? error : new Error(String(error));
      this.#refuse(this.#fault);
    }
  }

  #refuse(error: Error): void {
    if (!(error instanceof MalformedPdu)) return this.abort(error);
    if (!this.#machine.allows('Evt19')) return;
    this.#feed('Evt19', undefined, error.abortReason);
    this.#end('aborted', error);
  }

  #readOn(): void {
    if (!this.#deaf) this.#guard(() => this.#stream.resume());
    if (this.#holds === 0) this.#socket.resume();
  }

  /** Whoever waits for the peer to close must read, or would not notice. */
  #dropHolds(): void {
    if (this.#holds === 0) return;
    this.#holds = 0;
    this.#readOn();
  }

  #watchIdle(): void {
    const { clock, idleMs } = this.#options;
    if (idleMs === undefined) return;
    this.#lastPdu = clock.monotonic();
    const wait = (ms: number): void => {
      this.#idle = clock.after(ms, () => {
        const left = this.#lastPdu + idleMs - clock.monotonic();
        if (this.#working > 0) wait(idleMs);
        else if (left > 0) wait(left);
        else this.abort(new ScansideError('PEER_TIMEOUT', `nothing received in ${idleMs} ms`));
      });
    };
    wait(idleMs);
  }

  #watchRate(): void {
    const { clock, rate } = this.#options;
    if (!rate) return;
    const isWaiting = (): boolean =>
      this.#holds === 0 && (this.#messages.midMessage || this.#stream.midPdu);
    this.#rate = new ArrivalRate(clock, rate, isWaiting, (error) => this.abort(error));
  }

  /** Writes until the network asks to wait; returns whether that was all. */
  #writeBurst(pdus: Generator<[Buffer, Uint8Array]>): boolean {
    this.#socket.cork();
    try {
      for (let next = pdus.next(); !next.done; next = pdus.next()) {
        const [header, payload] = next.value;
        this.#feed('Evt9');
        this.#socket.write(header);
        if (!this.#socket.write(payload)) return false;
      }
      return true;
    } finally {
      this.#socket.uncork();
    }
  }

  #drained(): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve) => {
      const done = (): void => {
        socket.off('drain', done).off('close', done);
        resolve();
      };
      if (socket.destroyed || !socket.writableNeedDrain) resolve();
      else socket.on('drain', done).on('close', done);
    });
  }

  #transportClosed(): void {
    this.#deaf = true;
    this.#stream.pause();
    if (this.#machine.allows('Evt17')) this.#feed('Evt17');
    this.#end('lost', this.#fault);
    this.#artim?.();
    this.#user.closed();
  }
}
