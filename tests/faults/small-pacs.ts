import { createServer, type Server, type Socket } from 'node:net';
import {
  commitmentEvents,
  decodeCommitmentRequest,
  encodeCommitmentResult,
} from '../../runtime/dicom/commitment.ts';
import {
  type CommandSet,
  commandFields,
  decodeCommandSet,
  eventReportRequest,
  responseTo,
} from '../../runtime/dicom/dimse.ts';
import { negotiate } from '../../runtime/dicom/negotiation.ts';
import { decodePdu, encodePdu, type Pdu } from '../../runtime/dicom/pdu.ts';
import { explicitVrLittleEndian } from '../../runtime/dicom/transfer-syntax.ts';
import { storageCommitmentInstance, storageCommitmentPushModel } from '../../runtime/dicom/uid.ts';
import { commandValue, data, dataValue } from '../raw-peer.ts';

const limits = { dataTransfer: 1 << 24, associate: 1 << 20 };
const noSuchObject = 0x0112;
const aeTitle = 'SMALLPACS';

/** A message in the making: its command, and what has come of its data set. */
interface Message {
  command: CommandSet;
  parts: Buffer[];
}

/**
 * A PACS on a real socket that reports on the association of the request, and that can be killed in the middle of an
 * instance. It forgets the first copy of every third instance that it has acknowledged.
 */
export class SmallPacs {
  static readonly aeTitle = aeTitle;
  /** Data sets by SOP Instance UID, and how often each came. */
  readonly held = new Map<string, Buffer>();
  readonly received = new Map<string, number>();
  associations = 0;
  /** Kills itself in the middle of the instance after so many. */
  instancesToLive = Infinity;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  async start(port: number): Promise<void> {
    this.#server = createServer((socket) => this.#serve(socket));
    await new Promise<void>((resolve) => this.#server!.listen(port, '127.0.0.1', resolve));
  }

  get isUp(): boolean {
    return this.#server !== undefined;
  }

  kill(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#server?.close();
    this.#server = undefined;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    const association = new Association(this, socket);
    let received = Buffer.alloc(0);
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 6 && received.length >= 6 + received.readUInt32BE(2)) {
        const end = 6 + received.readUInt32BE(2);
        association.take(decodePdu(received.readUInt8(0), received.subarray(6, end), limits));
        received = received.subarray(end);
      }
    });
  }

  keep(uid: string, dataSet: Buffer): void {
    const times = (this.received.get(uid) ?? 0) + 1;
    this.received.set(uid, times);
    const isForgotten = times === 1 && this.received.size % 3 === 0;
    if (!isForgotten) this.held.set(uid, dataSet);
  }
}

class Association {
  readonly #pacs: SmallPacs;
  readonly #socket: Socket;
  #message: Message | undefined;

  constructor(pacs: SmallPacs, socket: Socket) {
    this.#pacs = pacs;
    this.#socket = socket;
  }

  take(pdu: Pdu): void {
    if (pdu.pdu === 'A-ASSOCIATE-RQ') {
      this.#pacs.associations++;
      const policy = {
        aeTitle,
        acceptAnyCalledAe: true,
        maxPduLength: 16_384,
        storage: true,
        commitment: 'scp',
      } as const;
      this.#socket.write(encodePdu(negotiate(pdu, policy)));
    } else if (pdu.pdu === 'A-RELEASE-RQ') this.#socket.end(encodePdu({ pdu: 'A-RELEASE-RP' }));
    else if (pdu.pdu === 'P-DATA-TF')
      for (const { contextId, isCommand, isLast, data: bytes } of pdu.values)
        if (isCommand) this.#message = { command: decodeCommandSet(bytes, 4096), parts: [] };
        else this.#collect(contextId, bytes, isLast);
  }

  #collect(contextId: number, bytes: Buffer, isLast: boolean): void {
    const { command, parts } = this.#message!;
    if (command.commandField === commandFields['C-STORE-RQ'] && this.#pacs.instancesToLive-- <= 0)
      return this.#pacs.kill();
    parts.push(Buffer.from(bytes));
    if (!isLast) return;
    const dataSet = Buffer.concat(parts);
    if (command.commandField === commandFields['C-STORE-RQ'])
      this.#pacs.keep(command.affectedSopInstanceUid ?? '', dataSet);
    this.#socket.write(data(commandValue(responseTo(command, 0), contextId)));
    if (command.commandField === commandFields['N-ACTION-RQ']) this.#report(contextId, dataSet);
  }

  #report(contextId: number, request: Buffer): void {
    const { transactionUid, references } = decodeCommitmentRequest(request, explicitVrLittleEndian);
    const isHeld = ({ sopInstanceUid }: { sopInstanceUid: string }) =>
      this.#pacs.held.has(sopInstanceUid);
    const failed = references
      .filter((each) => !isHeld(each))
      .map((each) => ({ ...each, reason: noSuchObject }));
    const result = { transactionUid, stored: references.filter(isHeld), failed };
    const event =
      failed.length > 0 ? commitmentEvents.failuresExist : commitmentEvents.allCommitted;
    const command = eventReportRequest(
      1,
      storageCommitmentPushModel,
      storageCommitmentInstance,
      event,
    );
    const bytes = encodeCommitmentResult(result, explicitVrLittleEndian);
    this.#socket.write(
      Buffer.concat([
        data(commandValue(command, contextId)),
        data(dataValue(bytes, true, contextId)),
      ]),
    );
  }
}
