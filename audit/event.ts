import { ScansideError } from '../device/errors.ts';
import { auditEvents, type EventName } from './event-catalogue.ts';
import { fieldForms, type FieldValue } from './event-field.ts';

/**
 * EventOutcomeIndicator of DICOM PS3.15 A.5: success, minor failure (the action can be tried again), serious failure
 * (it is ended), major failure (the device cannot be used).
 */
export const outcomes = [0, 4, 8, 12] as const;
export type Outcome = (typeof outcomes)[number];

/** Bytes. */
const longestEvent = 48 * 1024;

export interface AuditEvent {
  name: EventName;
  outcome: Outcome;
  /** As the catalogue names them. There is no place for pictures or free text. */
  fields: Record<string, FieldValue>;
}

/** The event as it is kept. Throws AUDIT_EVENT_INVALID where it is not as the catalogue says. */
export function encodeEvent(event: AuditEvent): Buffer {
  const faults = eventFaults(event);
  if (faults.length > 0)
    throw new ScansideError('AUDIT_EVENT_INVALID', `${event.name}: ${faults.join(', ')}`);
  const { name, outcome, fields } = event;
  const plain = Buffer.from(JSON.stringify({ name, outcome, fields }));
  if (plain.length <= longestEvent) return plain;
  throw new ScansideError('AUDIT_EVENT_INVALID', `${name} has ${plain.length} bytes`);
}

export function decodeEvent(plain: Buffer): AuditEvent {
  return JSON.parse(plain.toString()) as AuditEvent;
}

/** What of an event is not as the catalogue says; names fields, never their values. */
export function eventFaults({ name, outcome, fields }: AuditEvent): string[] {
  if (!Object.hasOwn(auditEvents, name)) return ['no event of the catalogue'];
  const { required, optional } = auditEvents[name];
  const known: readonly string[] = [...required, ...optional];
  const missing = required.filter((field) => fields[field] === undefined);
  const unknown = Object.keys(fields).filter((field) => !known.includes(field));
  const malformed = known.filter((field) => {
    const value = fields[field];
    return value !== undefined && !isFormed(field, value);
  });
  return [
    ...(outcomes.includes(outcome) ? [] : ['outcome must be 0, 4, 8 or 12']),
    ...missing.map((field) => `${field} is missing`),
    ...unknown.map((field) => `${field} is not a field of it`),
    ...malformed.map((field) => `${field} is not of its form`),
  ];
}

function isFormed(field: string, value: FieldValue): boolean {
  const form = Object.hasOwn(fieldForms, field) && fieldForms[field as keyof typeof fieldForms];
  return form && form.holds(value);
}
