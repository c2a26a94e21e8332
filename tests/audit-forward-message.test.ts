import { describe, expect, test } from 'vitest';
import { type AuditEvent, eventFaults } from '../audit/event.ts';
import { auditEvents, type EventName } from '../audit/event-catalogue.ts';
import type { FieldName, FieldValue } from '../audit/event-field.ts';
import { encodeDicomMessage } from '../audit/forward/dicom-message.ts';
import { encodeFhirEvent } from '../audit/forward/fhir-event.ts';
import { messageOf, recordUrn } from '../audit/forward/message.ts';
import type { WaitingRecord } from '../audit/forward/record-reader.ts';
import { frameSyslog } from '../audit/forward/syslog-frame.ts';
import { parseXml, schemaFaults } from './audit-message-rules.ts';

const origin = { id: 'SC-0042', site: 'NORTH', application: 'SCANSIDE' };
const hash = 'ab'.repeat(32);

/** A value of each field that its form takes, with what XML must escape where the form lets it. */
const samples: Partial<Record<FieldName, FieldValue>> = {
  studyUid: '1.2.840.1',
  sopClassUids: ['1.2.840.10008.5.1.4.1.1.2'],
  sopInstanceUids: ['1.2.3.1', '1.2.3.2'],
  inputUids: ['1.2.3.1'],
  inputHashes: [hash],
  resultUids: ['1.2.4.1'],
  findings: ['pneumothorax', 'fracture'],
  patientId: 'Ä<&>"\'\u{1F600}]]>',
  source: 'CT<1>&"2',
  destination: 'PACS',
  address: '192.0.2.7',
  oldHash: hash,
  newHash: hash,
  modelHash: hash,
  thresholds: hash,
  start: '2027-01-15T08:00:00Z',
  end: '2027-01-15T08:00:02.5Z',
  throttled: false,
};
const numeric: readonly string[] = [
  'instances',
  'latencyMs',
  'celsius',
  'wallStepMs',
  'bytes',
  'segment',
  'firstRecord',
  'lastRecord',
];

function valueOf(field: FieldName): FieldValue {
  return (
    samples[field] ?? (numeric.includes(field) ? 150 + numeric.indexOf(field) : `code-${field}`)
  );
}

function sampleEvents(): AuditEvent[] {
  return (Object.keys(auditEvents) as EventName[]).flatMap((name) => {
    const { required, optional } = auditEvents[name];
    return [required, [...required, ...optional]].map((fields: readonly FieldName[], at) => ({
      name,
      outcome: ([0, 4] as const)[at]!,
      fields: Object.fromEntries(fields.map((field) => [field, valueOf(field)])),
    }));
  });
}

function recordOf(event: AuditEvent): WaitingRecord {
  return {
    logId: '00112233445566778899aabbccddeeff',
    sequence: 17,
    wall: 1_800_000_000_123,
    event,
  };
}

const checkpoint: WaitingRecord = {
  logId: '00112233445566778899aabbccddeeff',
  sequence: 18,
  wall: 1_800_000_000_123,
  checkpoint: 'AAEC',
};

function xmlOf(record: WaitingRecord): string {
  return encodeDicomMessage(messageOf(record, origin));
}

test('the samples are events of the catalogue', () => {
  expect(sampleEvents().flatMap(eventFaults)).toEqual([]);
  expect(sampleEvents().length).toBe(2 * Object.keys(auditEvents).length);
});

describe('the XML of PS3.15 A.5', () => {
  test('follows the schema for every event, bare and in full, and for a checkpoint', () => {
    for (const record of [...sampleEvents().map(recordOf), checkpoint]) {
      const root = parseXml(xmlOf(record));
      expect([record.event?.name, schemaFaults(root)]).toEqual([record.event?.name, []]);
    }
  });

  test('would not, with one thing wrong', () => {
    const whole = xmlOf(
      recordOf(sampleEvents().find(({ name }) => name === 'instances-received')!),
    );
    const faults: [string | RegExp, string][] = [
      [' EventOutcomeIndicator="0"', ''],
      ['EventOutcomeIndicator="0"', 'EventOutcomeIndicator="1"'],
      [/EventDateTime="[^"]*"/, 'EventDateTime="today"'],
      ['csd-code=', 'code='],
      [/<EventID[^>]*>/, ''],
      [/<AuditSourceIdentification.*<\/AuditSourceIdentification>/, ''],
      [/<ActiveParticipant.*<\/ActiveParticipant>/, ''],
      ['UserIsRequestor="true"', 'UserIsRequestor="yes"'],
      ['<ParticipantObjectName/>', ''],
      [/value="[^"]*"/, 'value="~"'],
      ['ParticipantObjectTypeCodeRole="13"', 'ParticipantObjectTypeCodeRole="99"'],
      ['<AuditMessage>', '<AuditMessage>text'],
    ];
    const quiet = faults.filter(([from, to]) => {
      const changed = whole.replace(from, to);
      expect(changed).not.toBe(whole);
      return schemaFaults(parseXml(changed)).length === 0;
    });
    expect(quiet).toEqual([]);
  });

  test('names patient, study and record, and loses no field of the event', () => {
    for (const event of sampleEvents()) {
      const root = parseXml(xmlOf(recordOf(event)));
      const values = JSON.stringify(root, (key, value: unknown) =>
        key === 'value' ? Buffer.from(String(value), 'base64').toString() : value,
      );
      const lost = Object.values(event.fields)
        .flatMap((value) => (Array.isArray(value) ? [...value] : [value]))
        .filter((value) => !values.includes(JSON.stringify(String(value)).slice(1, -1)));
      expect([event.name, lost]).toEqual([event.name, []]);
      expect(values).toContain('urn:uuid:00112233-4455-6677-8899-aabbccddeeff#17');
    }
  });

  test('gives who sent and who received their roles', () => {
    const received = recordOf({
      name: 'instances-received',
      outcome: 0,
      fields: { source: 'CT1' },
    });
    const participants = parseXml(xmlOf(received)).children.filter(
      ({ name }) => name === 'ActiveParticipant',
    );
    expect(
      participants.map(({ attributes, children }) => [
        attributes['UserID'],
        attributes['UserIsRequestor'],
        children.map((role) => role.attributes['csd-code']),
      ]),
    ).toEqual([
      ['CT1', 'true', ['110153']],
      ['SCANSIDE', 'false', ['110150']],
    ]);
  });

  test('writes no character that XML cannot hold', () => {
    const record = recordOf({
      name: 'instances-received',
      outcome: 0,
      fields: { source: 'CT1', patientId: 'a\uD800b\uFFFEc' },
    });
    expect(xmlOf(record)).toContain('"a\uFFFDb\uFFFDc"');
  });
});

describe('a syslog frame', () => {
  const head = {
    at: '2027-01-15T08:00:00.123Z',
    host: 'bay 3',
    application: 'SCANSIDE',
    process: 'audit',
    logId: 'ff00',
    sequence: 17,
    again: false,
  };

  test('is counted in bytes and begins as RFC 5424 and PS3.15 A.6 say', () => {
    const text = frameSyslog(head, '<Ä/>').toString();
    const [, count, message] = /^(\d+) (.*)$/s.exec(text)!;
    expect(Number(count)).toBe(Buffer.byteLength(message!));
    expect(message).toBe(
      '<85>1 2027-01-15T08:00:00.123Z bay_3 SCANSIDE audit DICOM+RFC3881 ' +
        '[scanside@32473 log="ff00" record="17"] \uFEFF<Ä/>',
    );
  });

  test('says of a double that it may be one', () => {
    expect(frameSyslog({ ...head, again: true }, '').toString()).toContain(
      'record="17" again="1"]',
    );
  });
});

test('another record has another URN', () => {
  const urns = [
    checkpoint,
    { ...checkpoint, sequence: 19 },
    { ...checkpoint, logId: '1'.repeat(32) },
  ];
  expect(new Set(urns.map(recordUrn)).size).toBe(3);
});

test('the FHIR resource holds the same as the XML', () => {
  for (const event of sampleEvents()) {
    const message = messageOf(recordOf(event), origin);
    const resource = JSON.stringify(encodeFhirEvent(message));
    for (const { id } of message.objects)
      expect(resource).toContain(JSON.stringify(id).slice(1, -1));
    for (const { userId } of message.participants)
      expect(resource).toContain(JSON.stringify(userId));
    for (const [, value] of message.objects.flatMap(({ details }) => details))
      expect(resource).toContain(JSON.stringify(value));
  }
});
