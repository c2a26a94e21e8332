import { auditEvents, type EventEntry } from '../audit/event-catalogue.ts';
import { fieldForms, type FieldName } from '../audit/event-field.ts';

const introduction = `# Audit events

Every event that the audit log can hold, and every field. Made from \`audit/event-catalogue.ts\` and
\`audit/event-field.ts\` by \`npm run docs\`. [The audit log](audit.md) says how they are kept.

- **Event** and **Type** are EventID and EventTypeCode of DICOM PS3.15 A.5 (code scheme DCM). \`AI1\` is Scanside's own:
  DICOM has no event for a judgement by a model.
- **Action** is EventActionCode: C create, R read, U update, D delete, E execute.
- Every event has an outcome (EventOutcomeIndicator): 0 success, 4 minor failure, 8 serious failure, 12 major failure.
- No field can hold a picture or a sentence: an event with a value of another form is refused.
- Patient ID stands only where the message of PS3.15 A.5 names the patient. The log is encrypted.
- \`ai-inference\` holds what EU AI Act Art. 12 wants recorded: when the work began and ended, what was judged, by which
  model with which thresholds, and who took note of the result.`;

function row(cells: string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function names(fields: readonly FieldName[]): string {
  return fields.map((field) => `\`${field}\``).join(', ');
}

/** The page of the catalogue. */
export function describeAuditEvents(): string {
  const events: [string, EventEntry][] = Object.entries(auditEvents);
  return [
    introduction,
    '',
    '| Name | Event | Type | Action | What has happened | Required fields | Optional fields |',
    '|---|---|---|---|---|---|---|',
    ...events.map(([name, { id, type, action, means, required, optional }]) =>
      row([`\`${name}\``, id, type, action, means, names(required), names(optional)]),
    ),
    '',
    '## Fields',
    '',
    '| Field | Form | What it says |',
    '|---|---|---|',
    ...Object.entries(fieldForms).map(([field, { form, means }]) =>
      row([`\`${field}\``, form, means]),
    ),
    '',
  ].join('\n');
}
