import { MalformedMessage } from './malformed.ts';
import { trimPaddingEnd } from './padding.ts';

/** Command Field values (PS3.7 E.1). A response is its request with the highest bit set. */
export const commandFields = {
  'C-STORE-RQ': 0x0001,
  'C-ECHO-RQ': 0x0030,
  'C-CANCEL-RQ': 0x0fff,
  'N-EVENT-REPORT-RQ': 0x0100,
  'N-SET-RQ': 0x0120,
  'N-ACTION-RQ': 0x0130,
  'N-CREATE-RQ': 0x0140,
} as const;

const responseBit = 0x8000;

/** Command Data Set Type: anything but this says that a data set follows (PS3.7 E.1). */
const noDataSet = 0x0101;

/** A command set (PS3.7 6.3.1, annex E): the elements that the supported services use, by keyword. */
export interface CommandSet {
  commandField: number;
  hasDataSet: boolean;
  messageId?: number;
  messageIdBeingRespondedTo?: number;
  affectedSopClassUid?: string;
  requestedSopClassUid?: string;
  affectedSopInstanceUid?: string;
  requestedSopInstanceUid?: string;
  priority?: number;
  status?: number;
  errorComment?: string;
  eventTypeId?: number;
  actionTypeId?: number;
}

type Field = Exclude<keyof CommandSet, 'hasDataSet'>;

/** Element number in group 0000, keyword, VR; ascending, as they are written (PS3.7 table E.1-1). */
const fields: readonly (readonly [number, Field, 'UI' | 'US' | 'LO'])[] = [
  [0x0002, 'affectedSopClassUid', 'UI'],
  [0x0003, 'requestedSopClassUid', 'UI'],
  [0x0100, 'commandField', 'US'],
  [0x0110, 'messageId', 'US'],
  [0x0120, 'messageIdBeingRespondedTo', 'US'],
  [0x0700, 'priority', 'US'],
  [0x0900, 'status', 'US'],
  [0x0902, 'errorComment', 'LO'],
  [0x1000, 'affectedSopInstanceUid', 'UI'],
  [0x1001, 'requestedSopInstanceUid', 'UI'],
  [0x1002, 'eventTypeId', 'US'],
  [0x1008, 'actionTypeId', 'US'],
];

const commandDataSetType = 0x0800;
const fieldsByElement = new Map(fields.map((field) => [field[0], field] as const));
const elementHeaderLength = 8;

export function isResponse(command: CommandSet): boolean {
  return (command.commandField & responseBit) !== 0;
}

/**
 * Decodes a command set: Implicit VR Little Endian, group 0000 (PS3.7 6.3.1). Elements that no supported service uses
 * are skipped. Throws MalformedMessage for a set longer than `limit`, cut short, or without Command Field.
 */
export function decodeCommandSet(bytes: Buffer, limit: number): CommandSet {
  if (bytes.length > limit)
    throw new MalformedMessage(`command set of ${bytes.length} bytes, limit ${limit}`);
  const command: CommandSet = { commandField: -1, hasDataSet: false };
  for (let at = 0; at < bytes.length;) at = decodeElement(bytes, at, command);
  if (command.commandField < 0) throw new MalformedMessage('no Command Field');
  return command;
}

function decodeElement(bytes: Buffer, at: number, into: CommandSet): number {
  const start = at + elementHeaderLength;
  if (start > bytes.length) throw new MalformedMessage('command set is cut short');
  const group = bytes.readUInt16LE(at);
  const element = bytes.readUInt16LE(at + 2);
  const length = bytes.readUInt32LE(at + 4);
  if (group !== 0) throw new MalformedMessage(`group ${group} in a command set`);
  if (length > bytes.length - start) throw new MalformedMessage('an element reaches past its end');
  assign(into, element, bytes.subarray(start, start + length));
  return start + length;
}

function assign(into: CommandSet, element: number, value: Buffer): void {
  if (element === commandDataSetType) into.hasDataSet = number(value) !== noDataSet;
  const field = fieldsByElement.get(element);
  if (!field) return;
  const [, keyword, vr] = field;
  Object.assign(into, { [keyword]: vr === 'US' ? number(value) : trimmed(value) });
}

function number(value: Buffer): number {
  if (value.length !== 2) throw new MalformedMessage(`a US of ${value.length} bytes`);
  return value.readUInt16LE(0);
}

function trimmed(value: Buffer): string {
  return trimPaddingEnd(value.toString('latin1'));
}

/** Encodes a command set with its group length. */
export function encodeCommandSet(command: CommandSet): Buffer {
  const parts: Buffer[] = [];
  for (const [element, keyword, vr] of fields) {
    const value = command[keyword];
    if (value !== undefined) parts.push(encodeElement(element, vr, value));
    if (element === 0x0700) parts.push(encodeDataSetType(command.hasDataSet));
  }
  const body = Buffer.concat(parts);
  const groupLength = Buffer.alloc(4);
  groupLength.writeUInt32LE(body.length);
  return Buffer.concat([withHeader(0x0000, groupLength), body]);
}

function encodeDataSetType(hasDataSet: boolean): Buffer {
  return encodeElement(commandDataSetType, 'US', hasDataSet ? 1 : noDataSet);
}

function encodeElement(element: number, vr: 'UI' | 'US' | 'LO', value: string | number): Buffer {
  if (typeof value === 'number') return withHeader(element, Buffer.from([value, value >> 8]));
  const padding = vr === 'UI' ? '\0' : ' ';
  return withHeader(element, Buffer.from(value.length % 2 ? value + padding : value, 'latin1'));
}

function withHeader(element: number, value: Buffer): Buffer {
  const header = Buffer.alloc(elementHeaderLength);
  header.writeUInt16LE(element, 2);
  header.writeUInt32LE(value.length, 4);
  return Buffer.concat([header, value]);
}

/** Values of Priority (0000,0700) (PS3.7 E.1). */
export const storePriorities = { medium: 0, high: 1, low: 2 } as const;

/** PS3.7 9.3.5.1. */
export function echoRequest(messageId: number, sopClassUid: string): CommandSet {
  return {
    commandField: commandFields['C-ECHO-RQ'],
    hasDataSet: false,
    messageId,
    affectedSopClassUid: sopClassUid,
  };
}

/** PS3.7 9.3.1.1. */
export function storeRequest(
  messageId: number,
  sopClassUid: string,
  sopInstanceUid: string,
  priority: number = storePriorities.medium,
): CommandSet {
  return {
    commandField: commandFields['C-STORE-RQ'],
    hasDataSet: true,
    messageId,
    affectedSopClassUid: sopClassUid,
    affectedSopInstanceUid: sopInstanceUid,
    priority,
  };
}

/** PS3.7 10.3.4.1. */
export function actionRequest(
  messageId: number,
  sopClassUid: string,
  sopInstanceUid: string,
  actionTypeId: number,
): CommandSet {
  return {
    commandField: commandFields['N-ACTION-RQ'],
    hasDataSet: true,
    messageId,
    requestedSopClassUid: sopClassUid,
    requestedSopInstanceUid: sopInstanceUid,
    actionTypeId,
  };
}

/** PS3.7 10.3.1.1. */
export function eventReportRequest(
  messageId: number,
  sopClassUid: string,
  sopInstanceUid: string,
  eventTypeId: number,
): CommandSet {
  return {
    commandField: commandFields['N-EVENT-REPORT-RQ'],
    hasDataSet: true,
    messageId,
    affectedSopClassUid: sopClassUid,
    affectedSopInstanceUid: sopInstanceUid,
    eventTypeId,
  };
}

/** PS3.7 10.3.5.1: the object is named by the one who asks for it. */
export function createRequest(
  messageId: number,
  sopClassUid: string,
  sopInstanceUid: string,
): CommandSet {
  return {
    commandField: commandFields['N-CREATE-RQ'],
    hasDataSet: true,
    messageId,
    affectedSopClassUid: sopClassUid,
    affectedSopInstanceUid: sopInstanceUid,
  };
}

/** PS3.7 10.3.3.1. */
export function setRequest(
  messageId: number,
  sopClassUid: string,
  sopInstanceUid: string,
): CommandSet {
  return {
    commandField: commandFields['N-SET-RQ'],
    hasDataSet: true,
    messageId,
    requestedSopClassUid: sopClassUid,
    requestedSopInstanceUid: sopInstanceUid,
  };
}

/** The response to any request: what it asked about, and how it went (PS3.7 9.3, 10.3). */
export function responseTo(request: CommandSet, status: number): CommandSet {
  const response: CommandSet = {
    commandField: request.commandField | responseBit,
    hasDataSet: false,
    messageIdBeingRespondedTo: request.messageId ?? 0,
    status,
  };
  const sopClassUid = request.affectedSopClassUid ?? request.requestedSopClassUid;
  const sopInstanceUid = request.affectedSopInstanceUid ?? request.requestedSopInstanceUid;
  if (sopClassUid !== undefined) response.affectedSopClassUid = sopClassUid;
  if (sopInstanceUid !== undefined) response.affectedSopInstanceUid = sopInstanceUid;
  if (request.eventTypeId !== undefined) response.eventTypeId = request.eventTypeId;
  if (request.actionTypeId !== undefined) response.actionTypeId = request.actionTypeId;
  return response;
}
