import type { Code } from './code.ts';
import type { AuditMessage, Participant, ParticipantObject } from './message.ts';

const terminology = 'http://terminology.hl7.org/CodeSystem';
const systems: Record<Code['system'], string> = {
  DCM: 'http://dicom.nema.org/resources/ontology/DCM',
  'RFC-3881': 'urn:ietf:rfc:3881',
  '99SCANSIDE': 'urn:scanside:audit',
};

/** System of the identifier that tells a record from every other. */
export const recordSystem = 'urn:ietf:rfc:3986';

/**
 * The message as AuditEvent of FHIR R4, in the shape of IHE BALP: who took part are agents, what it was about are
 * entities, and the record's URN is the identifier of the last entity.
 */
export function encodeFhirEvent(message: AuditMessage): object {
  const { eventId, eventType, action, at, outcome, reason, participants, objects } = message;
  return {
    resourceType: 'AuditEvent',
    type: codingOf(eventId),
    ...(eventType && { subtype: [codingOf(eventType)] }),
    action,
    recorded: at,
    outcome: String(outcome),
    ...(reason !== undefined && { outcomeDesc: reason }),
    agent: participants.map(agentOf),
    source: sourceOf(message),
    entity: objects.map(entityOf),
  };
}

function codingOf({ code, system, meaning }: Code) {
  return { system: systems[system], code, display: meaning };
}

function agentOf({ userId, roles, isRequestor, access }: Participant) {
  return {
    ...(roles.length > 0 && { type: { coding: roles.map(codingOf) } }),
    who: { identifier: { value: userId } },
    requestor: isRequestor,
    ...(access && { network: { address: access.id, type: String(access.type) } }),
  };
}

function sourceOf({ origin: { id, site } }: AuditMessage) {
  const type = { system: `${terminology}/security-source-type`, code: '4' };
  return {
    ...(site !== undefined && { site }),
    observer: { identifier: { value: id } },
    type: [{ ...type, display: 'Application Server' }],
  };
}

const roleNames = { 1: 'Patient', 3: 'Report', 13: 'Security Resource' } as const;

function entityOf({ id, idType, type, role, lifeCycle, details, instances }: ParticipantObject) {
  const isUid = idType.system === 'DCM';
  const isUri = idType.code === '12';
  const system = isUid ? 'urn:dicom:uid' : isUri ? recordSystem : undefined;
  const value = isUid ? `urn:oid:${id}` : id;
  const all = [...details, ...(instances ? instanceDetails(instances) : [])];
  return {
    what: { identifier: { ...(system && { system }), value } },
    type: {
      system: `${terminology}/audit-entity-type`,
      code: String(type),
      display: type === 1 ? 'Person' : 'System Object',
    },
    role: { system: `${terminology}/object-role`, code: String(role), display: roleNames[role] },
    ...(lifeCycle && {
      lifecycle: { system: `${terminology}/dicom-audit-lifecycle`, code: String(lifeCycle) },
    }),
    ...(all.length > 0 && {
      detail: all.map(([name, text]) => ({ type: name, valueString: text })),
    }),
  };
}

function instanceDetails({ sopClass, count, uids }: NonNullable<ParticipantObject['instances']>) {
  return [
    ...(sopClass === undefined ? [] : [['sopClassUid', sopClass] as const]),
    ['instances', String(count)] as const,
    ...(uids.length > 0 ? [['sopInstanceUids', uids.join(' ')] as const] : []),
  ];
}
