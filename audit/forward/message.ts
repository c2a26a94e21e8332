import { isIP } from 'node:net';
import { utcText } from '../../device/utc-time.ts';
import type { AuditEvent, Outcome } from '../event.ts';
import { auditEvents, type EventAction } from '../event-catalogue.ts';
import type { FieldName, FieldValue } from '../event-field.ts';
import { type Code, codeOf, ownCode, rfc3881 } from './code.ts';
import type { WaitingRecord } from './record-reader.ts';

/** The device as its messages name it: AuditSourceIdentification of PS3.15 A.5. */
export interface AuditOrigin {
  /** AuditSourceID: what tells this device from every other, such as its serial number. */
  id: string;
  /** AuditEnterpriseSiteID, where the hospital wants one. */
  site?: string | undefined;
  /** What this device is called among its peers, such as its AE title. */
  application: string;
}

/** Who took part: ActiveParticipant. */
export interface Participant {
  userId: string;
  roles: readonly Code[];
  isRequestor: boolean;
  /** NetworkAccessPointID, with 1 for a name and 2 for an IP address. */
  access?: { id: string; type: 1 | 2 } | undefined;
}

/** What it was about: ParticipantObjectIdentification. */
export interface ParticipantObject {
  id: string;
  idType: Code;
  /** ParticipantObjectTypeCode: 1 a person, 2 a system object. */
  type: 1 | 2;
  /** ParticipantObjectTypeCodeRole: 1 patient, 3 report, 13 security resource. */
  role: 1 | 3 | 13;
  /** ParticipantObjectDataLifeCycle. */
  lifeCycle?: 15 | undefined;
  details: readonly (readonly [name: string, value: string])[];
  instances?: { sopClass?: string | undefined; count: number; uids: readonly string[] } | undefined;
}

/** A record of the log in the terms of PS3.15 A.5, from which both the XML and the FHIR resource are written. */
export interface AuditMessage {
  eventId: Code;
  eventType?: Code | undefined;
  action: EventAction;
  /** UTC, ISO 8601. */
  at: string;
  outcome: Outcome;
  /** Code of a reason, never free text. */
  reason?: string | undefined;
  participants: readonly Participant[];
  origin: AuditOrigin;
  objects: readonly ParticipantObject[];
}

/** The same for the same record at any time, and for no other record of any device: a double shows by it. */
export function recordUrn({ logId, sequence }: Pick<WaitingRecord, 'logId' | 'sequence'>): string {
  const uuid = logId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return `urn:uuid:${uuid}#${sequence}`;
}

/** The message of a record. A checkpoint is sent too: who keeps it is a witness. */
export function messageOf(record: WaitingRecord, origin: AuditOrigin): AuditMessage {
  const at = utcText(record.wall);
  if (record.event) return messageOfEvent(record, record.event, at, origin);
  return {
    eventId: ownCode('AC1', 'Audit Log Checkpoint'),
    action: 'E',
    at,
    outcome: 0,
    participants: [applicationOf(origin, true)],
    origin,
    objects: [recordObject(record, [['checkpoint', record.checkpoint ?? '']])],
  };
}

function messageOfEvent(
  record: WaitingRecord,
  event: AuditEvent,
  at: string,
  origin: AuditOrigin,
): AuditMessage {
  const { id, type, action } = auditEvents[event.name];
  const reason = event.fields['reason'];
  return {
    eventId: codeOf(id),
    eventType: type ? codeOf(type) : undefined,
    action,
    at,
    outcome: event.outcome,
    reason: reason === undefined ? undefined : textOf(reason),
    participants: participantsOf(event, origin),
    origin,
    objects: objectsOf(record, event),
  };
}

type Fields = Partial<Record<FieldName, FieldValue>>;

/** Who asked comes first; whoever is named takes part beside the device itself. */
function participantsOf({ fields }: AuditEvent, origin: AuditOrigin): Participant[] {
  const { user, role, source, destination, address } = fields as Fields;
  const named: Omit<Participant, 'isRequestor'>[] = [];
  if (user !== undefined)
    named.push({
      userId: textOf(user),
      roles: role === undefined ? [] : [ownCode(textOf(role), textOf(role))],
    });
  if (source !== undefined) named.push({ userId: textOf(source), roles: [codeOf('110153')] });
  if (destination !== undefined)
    named.push({ userId: textOf(destination), roles: [codeOf('110152')] });
  // Without a user, what is sent away is asked for by the device itself.
  const asked = user !== undefined || source !== undefined;
  const peers = named.map((each, at): Participant => ({
    ...each,
    isRequestor: asked && at === 0,
    access: at === 0 && address !== undefined ? accessOf(textOf(address)) : undefined,
  }));
  return [...peers, applicationOf(origin, !asked, (fields as Fields).application)];
}

function applicationOf(
  { application }: AuditOrigin,
  isRequestor: boolean,
  name: FieldValue = application,
): Participant {
  return { userId: textOf(name), roles: [codeOf('110150')], isRequestor };
}

function accessOf(id: string): Participant['access'] {
  return { id, type: isIP(id) ? 2 : 1 };
}

/** Whether a field stands elsewhere in the message than among the details of the record. */
function isPlaced(name: string, fields: Fields): boolean {
  const { studyUid, user, source, destination } = fields;
  if (['sopClassUids', 'sopInstanceUids', 'instances'].includes(name))
    return studyUid !== undefined;
  if (name === 'role') return user !== undefined;
  if (name === 'address') return (user ?? source ?? destination) !== undefined;
  return alwaysPlaced.has(name);
}

const alwaysPlaced: ReadonlySet<string> = new Set<FieldName>([
  'studyUid',
  'patientId',
  'source',
  'destination',
  'application',
  'user',
]);

function objectsOf(record: WaitingRecord, event: AuditEvent): ParticipantObject[] {
  const fields = event.fields as Fields;
  const details = Object.entries(fields)
    .filter(([name]) => !isPlaced(name, fields))
    .map(([name, value]) => [name, textOf(value)] as const);
  const lifeCycle = event.name === 'study-deleted' ? 15 : undefined;
  return [
    ...(fields.studyUid === undefined ? [] : [studyObject(fields, lifeCycle)]),
    ...(fields.patientId === undefined ? [] : [patientObject(textOf(fields.patientId))]),
    recordObject(record, [['event', event.name], ...details]),
  ];
}

function studyObject(
  { studyUid, sopClassUids, sopInstanceUids, instances }: Fields,
  lifeCycle: 15 | undefined,
): ParticipantObject {
  const classes = listOf(sopClassUids);
  const uids = listOf(sopInstanceUids);
  const count = typeof instances === 'number' ? instances : uids.length;
  const isDescribed = classes.length > 0 || uids.length > 0 || instances !== undefined;
  return {
    id: textOf(studyUid ?? ''),
    idType: codeOf('110180'),
    type: 2,
    role: 3,
    lifeCycle,
    // How many there are of which class is not known.
    details: classes.length > 1 ? [['sopClassUids', classes.join(' ')]] : [],
    instances: isDescribed
      ? { sopClass: classes.length === 1 ? classes[0] : undefined, count, uids }
      : undefined,
  };
}

function patientObject(id: string): ParticipantObject {
  return { id, idType: rfc3881('2', 'Patient Number'), type: 1, role: 1, details: [] };
}

function recordObject(
  record: WaitingRecord,
  details: ParticipantObject['details'],
): ParticipantObject {
  const idType = rfc3881('12', 'URI');
  return { id: recordUrn(record), idType, type: 2, role: 13, details };
}

function listOf(value: FieldValue | undefined): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

function textOf(value: FieldValue): string {
  return Array.isArray(value) ? value.join(' ') : String(value);
}
