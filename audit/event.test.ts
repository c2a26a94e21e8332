import { expect, test } from 'vitest';
import { eventFaults, type AuditEvent } from './event.ts';
import { auditEvents, type EventName } from './event-catalogue.ts';
import { fieldForms, type FieldName, type FieldValue } from './event-field.ts';

const hash = 'ab'.repeat(32);
const instant = '2026-11-25T02:00:00.5Z';

/** A value for every field that is not just a code. */
const examples: Partial<Record<FieldName, FieldValue>> = {
  ...Object.fromEntries(['oldHash', 'newHash', 'modelHash', 'thresholds'].map((f) => [f, hash])),
  ...Object.fromEntries(['start', 'end'].map((field) => [field, instant])),
  ...Object.fromEntries(
    ['sopClassUids', 'sopInstanceUids', 'inputUids', 'resultUids'].map((field) => [field, ['1.2']]),
  ),
  studyUid: '1.2.3',
  inputHashes: [hash],
  findings: ['nodule'],
  throttled: false,
};

function exampleOf(field: FieldName): FieldValue {
  return examples[field] ?? (fieldForms[field].form.startsWith('number') ? 12 : 'code-1');
}

test.each(Object.keys(auditEvents) as EventName[])('%s can be recorded with all it has', (name) => {
  const { required, optional } = auditEvents[name];
  const known: readonly FieldName[] = [...required, ...optional];
  const fields = Object.fromEntries(known.map((field) => [field, exampleOf(field)]));
  expect(eventFaults({ name, outcome: 0, fields })).toEqual([]);
});

test.each(Object.keys(fieldForms) as FieldName[])(
  '%s takes no sentence and no picture',
  (field) => {
    // A patient ID is whatever a hospital makes it; it is bounded, and encrypted with the rest.
    const sentence =
      'The patient was restless during the scan, see the note of the night shift above all.';
    const picture = Buffer.alloc(3000).toString('base64');
    for (const value of [sentence, picture, [sentence], [picture], {}, null])
      expect(fieldForms[field].holds(value as FieldValue)).toBe(false);
  },
);

test('an inference is told with what EU AI Act Art. 12 asks for', () => {
  const { required } = auditEvents['ai-inference'];
  const fields = Object.fromEntries(required.map((field) => [field, exampleOf(field)]));
  const event: AuditEvent = { name: 'ai-inference', outcome: 0, fields };
  expect(eventFaults(event)).toEqual([]);
  for (const field of ['start', 'end', 'modelHash', 'thresholds', 'output'] as const)
    expect(eventFaults({ ...event, fields: { ...fields, [field]: undefined as never } })).toEqual([
      `${field} is missing`,
    ]);
});

test('what is refused is named without its value', () => {
  const fields = { user: 'CANARY NAME', address: '192.0.2.1' };
  expect(eventFaults({ name: 'login', outcome: 4, fields })).toEqual(['user is not of its form']);
});
