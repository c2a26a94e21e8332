import {
  type CommandSet,
  commandFields,
  echoRequest,
  encodeCommandSet,
  eventReportRequest,
  actionRequest,
  responseTo,
  storeRequest,
} from '../../runtime/dicom/dimse.ts';
import { encodePdu, type PresentationDataValue } from '../../runtime/dicom/pdu.ts';
import {
  deflatedExplicitVrLittleEndian,
  explicitVrBigEndian,
  explicitVrLittleEndian,
  implicitVrLittleEndian,
} from '../../runtime/dicom/transfer-syntax.ts';
import { storageCommitmentPushModel, verification } from '../../runtime/dicom/uid.ts';
import { type Random, randomPdu, randomUserInformation } from '../random-pdu.ts';
import { associateRequest, ctImageStorage } from '../raw-peer.ts';
import { ctDataSet } from './element-bytes.ts';
import { mutateBytes, mutateOrder } from './mutation.ts';

/** Transfer syntax of each context that a session proposes for CT images; 9 is storage commitment, 11 verification. */
export const imageContexts: ReadonlyMap<number, string> = new Map([
  [7, explicitVrLittleEndian],
  [1, implicitVrLittleEndian],
  [5, explicitVrBigEndian],
  [3, deflatedExplicitVrLittleEndian],
]);

interface Message {
  contextId: number;
  command: Buffer;
  dataSet: Buffer | undefined;
}

/** Whether the next thing is damaged: most of a session is right, or nothing behind the first fault would be read. */
function isHit(random: Random): boolean {
  return random.below(8) === 0;
}

function proposal(random: Random): Buffer {
  const images = [...imageContexts].map(([id, transferSyntax]) => ({
    id,
    abstractSyntax: ctImageStorage,
    transferSyntaxes: [transferSyntax],
  }));
  const plain = { transferSyntaxes: [implicitVrLittleEndian] };
  const contexts = [
    ...images,
    { id: 9, abstractSyntax: storageCommitmentPushModel, ...plain },
    { id: 11, abstractSyntax: verification, ...plain },
  ];
  const differs = isHit(random) ? { userInformation: randomUserInformation(random) } : {};
  return encodePdu(associateRequest({ ...differs, contexts }));
}

function storeMessage(random: Random, id: number): Message {
  const [contextId, transferSyntax] = random.pick([...imageContexts]);
  const uid = random.uid();
  const dataSet = ctDataSet(transferSyntax, uid, random);
  return { contextId, ...encoded(storeRequest(id, ctImageStorage, uid), dataSet) };
}

function otherMessage(random: Random, id: number): Message {
  const below = (end: number): number => random.below(end);
  const model = storageCommitmentPushModel;
  const [contextId, command] = random.pick<() => [number, CommandSet]>([
    () => [11, echoRequest(id, verification)],
    () => [9, eventReportRequest(id, model, random.uid(), below(3))],
    () => [9, actionRequest(id, model, random.uid(), below(3))],
    () => [11, { commandField: commandFields['C-CANCEL-RQ'], hasDataSet: false }],
    () => [random.pick([1, 9, 11]), { commandField: below(0x10000), hasDataSet: random.bool() }],
    () => [11, responseTo(echoRequest(id, verification), below(0x10000))],
  ])();
  const dataSet = command.hasDataSet ? random.bytes(below(60)) : undefined;
  return { contextId, ...encoded(command, dataSet) };
}

function encoded(command: CommandSet, dataSet: Buffer | undefined) {
  return { command: encodeCommandSet(command), dataSet };
}

function damaged(message: Message, random: Random): Message {
  const { command, dataSet } = message;
  return {
    contextId: isHit(random) ? random.below(256) : message.contextId,
    command: isHit(random) ? mutateBytes(command, random) : command,
    dataSet: dataSet && random.bool() ? mutateBytes(dataSet, random) : dataSet,
  };
}

/** Cuts bytes into values of at most 16,000 bytes, often far less, with empty ones in between. */
export function cutIntoValues(
  bytes: Buffer,
  kind: { contextId: number; isCommand: boolean },
  random: Random,
): PresentationDataValue[] {
  const sizes = [1, 2, 7, 64, 1000].filter((each) => each * 300 >= bytes.length);
  const size = random.pick([...sizes, 16_000]);
  const values: PresentationDataValue[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = random.below(16) === 0 ? 0 : 1 + random.below(size);
    values.push({ ...kind, isLast: false, data: bytes.subarray(at, at + length) });
    at += length;
  }
  if (values.length === 0 || random.below(8) === 0)
    values.push({ ...kind, isLast: false, data: Buffer.alloc(0) });
  values[values.length - 1]!.isLast = true;
  return values;
}

/** Puts values into PDUs of at most `limit` bytes, as many in each as the generator picks. */
export function packValues(
  values: PresentationDataValue[],
  limit: number,
  random: Random,
): Buffer[] {
  const pdus: Buffer[] = [];
  const most = random.pick([1, 2, 50, 10_000]);
  let packed: PresentationDataValue[] = [];
  let length = 0;
  const flush = (): void => {
    if (packed.length > 0) pdus.push(encodePdu({ pdu: 'P-DATA-TF', values: packed }));
    [packed, length] = [[], 0];
  };
  for (const value of values) {
    if (packed.length >= most || length + value.data.length + 6 > limit) flush();
    packed.push(value);
    length += value.data.length + 6;
  }
  flush();
  return pdus;
}

function messagePdus({ contextId, command, dataSet }: Message, random: Random): Buffer[] {
  const values = cutIntoValues(command, { contextId, isCommand: true }, random);
  if (dataSet) values.push(...cutIntoValues(dataSet, { contextId, isCommand: false }, random));
  return packValues(values, 16_384, random);
}

/** A damaged PDU whose length is put right again half of the time, so that what is inside is read. */
function damagedPdu(pdu: Buffer, random: Random): Buffer {
  const bytes = mutateBytes(pdu, random);
  if (bytes.length >= 6 && random.bool()) bytes.writeUInt32BE(bytes.length - 6, 2);
  return bytes;
}

/** What one hostile peer sends, in the pieces in which it sends it. The same numbers give the same pieces. */
export function hostileSession(random: Random): Buffer[] {
  if (random.below(50) === 0) return [random.bytes(random.below(400))];
  const messages = [1, 2, 3].slice(random.below(3)).map((id) => {
    const message = random.below(3) > 0 ? storeMessage(random, id) : otherMessage(random, id);
    return damaged(message, random);
  });
  const end = random.pick(['A-RELEASE-RQ', 'A-RELEASE-RP'] as const);
  let pdus = [
    proposal(random),
    ...messages.flatMap((message) => messagePdus(message, random)),
    encodePdu({ pdu: end }),
  ];
  if (isHit(random)) pdus[0] = damagedPdu(pdus[0]!, random);
  if (random.below(3) === 0) pdus = mutateOrder(pdus, [encodePdu(randomPdu(random))], random);
  if (random.below(3) === 0 && pdus.length > 1) {
    const at = 1 + random.below(pdus.length - 1);
    pdus[at] = damagedPdu(pdus[at]!, random);
  }
  return recut(Buffer.concat(pdus), random);
}

/** Pieces as a network delivers them: without regard for what they mean. */
function recut(bytes: Buffer, random: Random): Buffer[] {
  const size = random.pick([7, 100, 1500, 65_536, 65_536]);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}
