import { ByteReader, item, text, uint16, uint32 } from './byte-reader.ts';
import { MalformedPdu } from './malformed.ts';
import {
  decodeUserInformation,
  encodeUserInformation,
  plainUserInformation,
  type UserInformation,
} from './user-information.ts';

/** PDU types (PS3.8 9.3.1). */
export const pduTypes = {
  'A-ASSOCIATE-RQ': 1,
  'A-ASSOCIATE-AC': 2,
  'A-ASSOCIATE-RJ': 3,
  'P-DATA-TF': 4,
  'A-RELEASE-RQ': 5,
  'A-RELEASE-RP': 6,
  'A-ABORT': 7,
} as const;

export type PduName = keyof typeof pduTypes;

/** The longest PDU of each kind that is read, in bytes without the six of its header. */
export interface PduLimits {
  dataTransfer: number;
  associate: number;
}

/** One presentation context as proposed (PS3.8 9.3.2.2). */
export interface ProposedPresentationContext {
  /** Odd, 1 to 255, unique in the association. */
  id: number;
  abstractSyntax: string;
  transferSyntaxes: string[];
}

/** Results of presentation context negotiation (PS3.8 table 9-18). */
export const contextResults = {
  acceptance: 0,
  userRejection: 1,
  noReason: 2,
  abstractSyntaxNotSupported: 3,
  transferSyntaxesNotSupported: 4,
} as const;

export interface PresentationContextAnswer {
  id: number;
  /** One of `contextResults`; other numbers count as refusals. */
  result: number;
  /** Means something only with `acceptance`. */
  transferSyntax: string;
}

interface Associate {
  /** Bit 0 is version 1, the only one there is. */
  protocolVersion: number;
  calledAeTitle: string;
  callingAeTitle: string;
  applicationContextName: string;
  userInformation: UserInformation;
}

export interface AssociateRequest extends Associate {
  pdu: 'A-ASSOCIATE-RQ';
  contexts: ProposedPresentationContext[];
}

export interface AssociateAccept extends Associate {
  pdu: 'A-ASSOCIATE-AC';
  contexts: PresentationContextAnswer[];
}

/** Result, source and reason as PS3.8 table 9-21 numbers them. */
export interface AssociateReject {
  pdu: 'A-ASSOCIATE-RJ';
  result: number;
  source: number;
  reason: number;
}

export interface PresentationDataValue {
  contextId: number;
  isCommand: boolean;
  isLast: boolean;
  data: Buffer;
}

export interface DataTransfer {
  pdu: 'P-DATA-TF';
  values: PresentationDataValue[];
}

export interface ReleaseRequest {
  pdu: 'A-RELEASE-RQ';
}

export interface ReleaseResponse {
  pdu: 'A-RELEASE-RP';
}

/** Source 0 is the service user, 2 the service provider (PS3.8 table 9-26). */
export interface Abort {
  pdu: 'A-ABORT';
  source: number;
  reason: number;
}

export type Pdu =
  | AssociateRequest
  | AssociateAccept
  | AssociateReject
  | DataTransfer
  | ReleaseRequest
  | ReleaseResponse
  | Abort;

/** Bytes of a PDU header: type, reserved, length. */
export const pduHeaderLength = 6;

/** Bytes before the data of a presentation data value: length, context, message control header. */
export const pdvHeaderLength = 6;

/** Release and abort PDUs are four bytes; some room is left for those who pad. */
const smallPduLimit = 1024;

/** Throws MalformedPdu when a PDU of this type must not be read: unknown, or longer than its limit. */
export function checkPduHeader(type: number, length: number, limits: PduLimits): void {
  if (type < 1 || type > 7) throw new MalformedPdu('unrecognizedPdu', `PDU type ${type}`);
  const limit = limitOf(type, limits);
  if (length > limit)
    throw new MalformedPdu(
      'invalidParameterValue',
      `PDU of type ${type} with ${length} bytes, limit ${limit}`,
    );
}

function limitOf(type: number, limits: PduLimits): number {
  if (type === pduTypes['P-DATA-TF']) return limits.dataTransfer;
  return type <= pduTypes['A-ASSOCIATE-AC'] ? limits.associate : smallPduLimit;
}

/** Decodes what follows the header of a PDU. The result shares memory with `body`. */
export function decodePdu(type: number, body: Buffer, limits: PduLimits): Pdu {
  checkPduHeader(type, body.length, limits);
  return decoders[type]!(new ByteReader(body));
}

const decoders: Record<number, (body: ByteReader) => Pdu> = {
  [pduTypes['A-ASSOCIATE-RQ']]: decodeAssociateRequest,
  [pduTypes['A-ASSOCIATE-AC']]: decodeAssociateAccept,
  [pduTypes['A-ASSOCIATE-RJ']]: decodeReject,
  [pduTypes['P-DATA-TF']]: decodeDataTransfer,
  [pduTypes['A-RELEASE-RQ']]: () => ({ pdu: 'A-RELEASE-RQ' }),
  [pduTypes['A-RELEASE-RP']]: () => ({ pdu: 'A-RELEASE-RP' }),
  [pduTypes['A-ABORT']]: decodeAbort,
};

/** Encodes a PDU with its header. */
export function encodePdu(pdu: Pdu): Buffer {
  const body = encodeBody(pdu);
  return Buffer.concat([Buffer.from([pduTypes[pdu.pdu], 0]), uint32(body.length), body]);
}

function encodeBody(pdu: Pdu): Buffer {
  switch (pdu.pdu) {
    case 'A-ASSOCIATE-RQ':
      return encodeAssociate(pdu, pdu.contexts.map(encodeProposal));
    case 'A-ASSOCIATE-AC':
      return encodeAssociate(pdu, pdu.contexts.map(encodeAnswer));
    case 'A-ASSOCIATE-RJ':
      return Buffer.from([0, pdu.result, pdu.source, pdu.reason]);
    case 'P-DATA-TF':
      return Buffer.concat(pdu.values.flatMap(encodeValue));
    case 'A-ABORT':
      return Buffer.from([0, 0, pdu.source, pdu.reason]);
    default:
      return Buffer.alloc(4);
  }
}

function decodeAssociate(
  body: ByteReader,
  contextItem: number,
  context: (content: ByteReader) => void,
): Associate {
  const associate: Associate = { ...decodeFixedFields(body), ...absentItems() };
  body.items((type, content) => {
    if (type === 0x10) associate.applicationContextName = content.text(content.left);
    else if (type === 0x50) associate.userInformation = decodeUserInformation(content);
    else if (type === contextItem) context(content);
  });
  return associate;
}

function decodeFixedFields(body: ByteReader) {
  const protocolVersion = body.uint16();
  body.skip(2);
  const calledAeTitle = body.text(16).trimStart();
  const callingAeTitle = body.text(16).trimStart();
  body.skip(32);
  return { protocolVersion, calledAeTitle, callingAeTitle };
}

function absentItems() {
  return { applicationContextName: '', userInformation: plainUserInformation(0, '', undefined) };
}

function decodeAssociateRequest(body: ByteReader): AssociateRequest {
  const contexts: ProposedPresentationContext[] = [];
  const seen = new Set<number>();
  const associate = decodeAssociate(body, 0x20, (content) => {
    const context = decodeProposal(content);
    if (context.id % 2 === 0 || seen.has(context.id))
      throw new MalformedPdu('invalidParameterValue', `presentation context ID ${context.id}`);
    seen.add(context.id);
    contexts.push(context);
  });
  return { pdu: 'A-ASSOCIATE-RQ', ...associate, contexts };
}

function decodeProposal(content: ByteReader): ProposedPresentationContext {
  const context: ProposedPresentationContext = {
    id: content.uint8(),
    abstractSyntax: '',
    transferSyntaxes: [],
  };
  content.skip(3);
  content.items((type, subItem) => {
    if (type === 0x30) context.abstractSyntax = subItem.text(subItem.left);
    else if (type === 0x40) context.transferSyntaxes.push(subItem.text(subItem.left));
  });
  return context;
}

function decodeAssociateAccept(body: ByteReader): AssociateAccept {
  const contexts: PresentationContextAnswer[] = [];
  const associate = decodeAssociate(body, 0x21, (content) => contexts.push(decodeAnswer(content)));
  return { pdu: 'A-ASSOCIATE-AC', ...associate, contexts };
}

function decodeAnswer(content: ByteReader): PresentationContextAnswer {
  const id = content.uint8();
  content.skip(1);
  const answer = { id, result: content.uint8(), transferSyntax: '' };
  content.skip(1);
  content.items((type, subItem) => {
    if (type === 0x40) answer.transferSyntax = subItem.text(subItem.left);
  });
  return answer;
}

function decodeReject(body: ByteReader): AssociateReject {
  body.skip(1);
  return {
    pdu: 'A-ASSOCIATE-RJ',
    result: body.uint8(),
    source: body.uint8(),
    reason: body.uint8(),
  };
}

function decodeDataTransfer(body: ByteReader): DataTransfer {
  const values: PresentationDataValue[] = [];
  while (body.left > 0) {
    const length = body.uint32();
    if (length < 2) throw new MalformedPdu('invalidParameterValue', `PDV of ${length} bytes`);
    const contextId = body.uint8();
    const control = body.uint8();
    values.push({ contextId, ...messageControl(control), data: body.bytes(length - 2) });
  }
  return { pdu: 'P-DATA-TF', values };
}

/** The message control header (PS3.8 E.2). */
export function messageControl(header: number): { isCommand: boolean; isLast: boolean } {
  return { isCommand: (header & 1) !== 0, isLast: (header & 2) !== 0 };
}

function decodeAbort(body: ByteReader): Abort {
  body.skip(2);
  return { pdu: 'A-ABORT', source: body.uint8(), reason: body.uint8() };
}

function encodeAssociate(associate: Associate, contexts: Buffer[]): Buffer {
  return Buffer.concat([
    uint16(associate.protocolVersion),
    Buffer.alloc(2),
    aeTitle(associate.calledAeTitle),
    aeTitle(associate.callingAeTitle),
    Buffer.alloc(32),
    item(0x10, text(associate.applicationContextName)),
    ...contexts,
    encodeUserInformation(associate.userInformation),
  ]);
}

function aeTitle(title: string): Buffer {
  return text(title.slice(0, 16).padEnd(16, ' '));
}

function encodeProposal(context: ProposedPresentationContext): Buffer {
  return item(
    0x20,
    Buffer.from([context.id, 0, 0, 0]),
    item(0x30, text(context.abstractSyntax)),
    ...context.transferSyntaxes.map((uid) => item(0x40, text(uid))),
  );
}

function encodeAnswer(answer: PresentationContextAnswer): Buffer {
  const head = Buffer.from([answer.id, 0, answer.result, 0]);
  return item(0x21, head, item(0x40, text(answer.transferSyntax)));
}

function encodeValue(value: PresentationDataValue): Buffer[] {
  const control = Number(value.isCommand) | (Number(value.isLast) << 1);
  return [uint32(value.data.length + 2), Buffer.from([value.contextId, control]), value.data];
}
