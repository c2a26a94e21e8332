import { connect, type Socket } from 'node:net';
import { type CommandSet, decodeCommandSet, encodeCommandSet } from '../runtime/dicom/dimse.ts';
import {
  type AssociateRequest,
  decodePdu,
  encodePdu,
  type Pdu,
  type PresentationDataValue,
} from '../runtime/dicom/pdu.ts';
import { plainUserInformation } from '../runtime/dicom/user-information.ts';

const limits = { dataTransfer: 1 << 20, associate: 1 << 20 };

/** A peer that sends any bytes and keeps what comes back. */
export class RawPeer {
  readonly socket: Socket;
  /** Resolves when the connection is gone, however. */
  readonly closed: Promise<void>;
  #received = Buffer.alloc(0);
  #arrived: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        resolve();
        this.#arrived();
      });
    });
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#arrived();
    });
  }

  static async connect(port: number, localAddress = '127.0.0.1'): Promise<RawPeer> {
    const socket = connect({ host: '127.0.0.1', port, localAddress, noDelay: true });
    await new Promise((resolve, reject) => {
      socket.once('connect', resolve).once('error', reject);
    });
    return new RawPeer(socket);
  }

  /** Opens an association with the contexts of `request`. */
  static async associated(port: number, request = associateRequest()): Promise<RawPeer> {
    const peer = await RawPeer.connect(port);
    peer.send(encodePdu(request));
    const answer = await peer.next();
    if (answer?.pdu !== 'A-ASSOCIATE-AC') throw new Error(`not accepted: ${answer?.pdu}`);
    return peer;
  }

  send(...bytes: Buffer[]): void {
    this.socket.write(Buffer.concat(bytes));
  }

  /** The next PDU, or undefined when the connection closes before there is one. */
  async next(): Promise<Pdu | undefined> {
    for (;;) {
      const pdu = this.#take();
      if (pdu || this.socket.closed) return pdu;
      await new Promise<void>((resolve) => (this.#arrived = resolve));
    }
  }

  /** The next command that the receiver sends. */
  async nextCommand(): Promise<CommandSet | undefined> {
    const pdu = await this.next();
    if (pdu?.pdu !== 'P-DATA-TF') return undefined;
    return decodeCommandSet(pdu.values[0]!.data, 4096);
  }

  #take(): Pdu | undefined {
    if (this.#received.length < 6) return undefined;
    const end = 6 + this.#received.readUInt32BE(2);
    if (this.#received.length < end) return undefined;
    const pdu = decodePdu(this.#received.readUInt8(0), this.#received.subarray(6, end), limits);
    this.#received = this.#received.subarray(end);
    return pdu;
  }
}

export const ctImageStorage = '1.2.840.10008.5.1.4.1.1.2';
export const explicitLittleEndian = '1.2.840.10008.1.2.1';

/** Proposes CT Image Storage as context 1 and Verification as context 3, unless `differs` says otherwise. */
export function associateRequest(differs: Partial<AssociateRequest> = {}): AssociateRequest {
  return {
    pdu: 'A-ASSOCIATE-RQ',
    protocolVersion: 1,
    calledAeTitle: 'SCANSIDE',
    callingAeTitle: 'RAW',
    applicationContextName: '1.2.840.10008.3.1.1.1',
    contexts: [context(1, ctImageStorage), context(3, '1.2.840.10008.1.1')],
    userInformation: plainUserInformation(16_384, '1.2.3', undefined),
    ...differs,
  };
}

export function context(id: number, abstractSyntax: string) {
  return { id, abstractSyntax, transferSyntaxes: [explicitLittleEndian] };
}

/** A P-DATA-TF PDU with these values. */
export function data(...values: PresentationDataValue[]): Buffer {
  return encodePdu({ pdu: 'P-DATA-TF', values });
}

export function commandValue(command: CommandSet, contextId = 1): PresentationDataValue {
  return { contextId, isCommand: true, isLast: true, data: encodeCommandSet(command) };
}

export function dataValue(bytes: Buffer, isLast = true, contextId = 1): PresentationDataValue {
  return { contextId, isCommand: false, isLast, data: bytes };
}
