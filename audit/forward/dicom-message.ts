import type { Code } from './code.ts';
import type { AuditMessage, Participant, ParticipantObject } from './message.ts';

/** The message as XML of the schema in PS3.15 A.5.1, in one line. */
export function encodeDicomMessage(message: AuditMessage): string {
  const { participants, origin, objects } = message;
  const { id, site } = origin;
  const source = tag(
    'AuditSourceIdentification',
    { AuditEnterpriseSiteID: site, AuditSourceID: id },
    [tag('AuditSourceTypeCode', { 'csd-code': '4' })],
  );
  const parts = [
    eventPart(message),
    ...participants.map(participantPart),
    source,
    ...objects.map(objectPart),
  ];
  return `<?xml version="1.0" encoding="UTF-8"?>${tag('AuditMessage', {}, parts)}`;
}

function eventPart({ eventId, eventType, action, at, outcome, reason }: AuditMessage): string {
  const attributes = {
    EventActionCode: action,
    EventDateTime: at,
    EventOutcomeIndicator: String(outcome),
  };
  return tag('EventIdentification', attributes, [
    coded('EventID', eventId),
    ...(eventType ? [coded('EventTypeCode', eventType)] : []),
    ...(reason === undefined ? [] : [tag('EventOutcomeDescription', {}, [escapeText(reason)])]),
  ]);
}

function participantPart({ userId, roles, isRequestor, access }: Participant): string {
  const attributes = {
    UserID: userId,
    UserIsRequestor: String(isRequestor),
    NetworkAccessPointID: access?.id,
    NetworkAccessPointTypeCode: access && String(access.type),
  };
  return tag(
    'ActiveParticipant',
    attributes,
    roles.map((role) => coded('RoleIDCode', role)),
  );
}

function objectPart(object: ParticipantObject): string {
  const { id, idType, type, role, lifeCycle, details, instances } = object;
  const attributes = {
    ParticipantObjectID: id,
    ParticipantObjectTypeCode: String(type),
    ParticipantObjectTypeCodeRole: String(role),
    ParticipantObjectDataLifeCycle: lifeCycle && String(lifeCycle),
  };
  return tag('ParticipantObjectIdentification', attributes, [
    coded('ParticipantObjectIDTypeCode', idType),
    // The schema wants a name; the log has none of a patient, nor of a study.
    tag('ParticipantObjectName', {}),
    ...details.map(detailPart),
    ...(instances ? [instancesPart(instances)] : []),
  ]);
}

function detailPart([name, value]: readonly [string, string]): string {
  const encoded = Buffer.from(value).toString('base64');
  return tag('ParticipantObjectDetail', { type: name, value: encoded });
}

function instancesPart({
  sopClass,
  count,
  uids,
}: NonNullable<ParticipantObject['instances']>): string {
  const attributes = { UID: sopClass, NumberOfInstances: String(count) };
  const listed = uids.map((uid) => tag('Instance', { UID: uid }));
  return tag('ParticipantObjectDescription', {}, [tag('SOPClass', attributes, listed)]);
}

function coded(name: string, { code, system, meaning }: Code): string {
  return tag(name, { 'csd-code': code, codeSystemName: system, originalText: meaning });
}

function tag(
  name: string,
  attributes: Record<string, string | undefined>,
  content: readonly string[] = [],
): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeText(value!)}"`)
    .join('');
  return content.length === 0
    ? `<${name}${written}/>`
    : `<${name}${written}>${content.join('')}</${name}>`;
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Characters that XML 1.0 has no way to write, halves of surrogate pairs among them, are shown as U+FFFD. */
function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll(/[&<>"]/g, (character) => entities[character]!);
}
