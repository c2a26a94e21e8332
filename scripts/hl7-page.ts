import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportCases } from '../demo/report-case.ts';
import { reportSample } from '../demo/report-sample.ts';
import { manifestSchema } from '../models/manifest.ts';
import { buildOru } from '../runtime/report/hl7/oru.ts';
import { buildReport } from '../runtime/report/report.ts';

const bundle = join(import.meta.dirname, '..', 'models', 'bundles', 'chest-demo', '1.0.0');

/** What stands in each field that is ever written, by segment and number. */
export const fields: Record<string, string> = {
  'MSH-1': 'field separator',
  'MSH-2': 'the other delimiters',
  'MSH-3': 'sending application, as configured',
  'MSH-4': 'sending facility, as configured',
  'MSH-5': 'receiving application, as configured',
  'MSH-6': 'receiving facility, as configured',
  'MSH-7': 'when the result was recorded, in the device’s zone',
  'MSH-9': '`ORU^R01^ORU_R01`',
  'MSH-10':
    'control ID: 80 bits of a hash of the report’s SOP Instance UID. A repeat has the same one',
  'MSH-11': 'processing ID, as configured',
  'MSH-12': '`2.5.1`',
  'MSH-18': '`UNICODE UTF-8`, whatever the images came in',
  'PID-1': '`1`',
  'PID-3':
    'Patient ID with its issuer as assigning authority (name, and universal identifier of Issuer of Patient ID Qualifiers Sequence) and its type; then those of Other Patient IDs Sequence',
  'PID-5':
    'Patient’s Name: one value for each component group, marked `A` alphabetic, `I` ideographic, `P` phonetic. Suffix before prefix, as HL7 has them',
  'PID-7': 'Patient’s Birth Date',
  'PID-8': 'Patient’s Sex: `M`, `F`, `O`',
  'OBR-1': '`1`',
  'OBR-2': 'Accession Number with its issuer',
  'OBR-3': 'Accession Number with its issuer',
  'OBR-4': 'the first Procedure Code of the images; without one, as unspecific as the report is',
  'OBR-7': 'date and time of the study, with an offset where the images have one',
  'OBR-18': 'Accession Number, where IHE RAD-128 looks for it',
  'OBR-22': 'as MSH-7',
  'OBR-24': '`RAD`',
  'OBR-25': '`P`: preliminary, always. Nobody has read it',
  'NTE-1': 'number of the note',
  'NTE-2': '`L`: from the device',
  'NTE-3':
    'the labelling notice of the model, what keeps the result from being complete, and that the absence of a flag is no negative result; in a second note the report that this one replaces',
  'OBX-1': 'number of the observation',
  'OBX-2': '`CWE`, `NM`, `ST` or `HD`',
  'OBX-3': 'what it is, coded as in the report',
  'OBX-4': 'which of the model’s findings it belongs to, from 1',
  'OBX-5': 'the value; beside a code that says that there is none, the reason in words',
  'OBX-6': 'unit: percent',
  'OBX-8': '`A` of a finding that is present; empty of everything else. Never `N`',
  'OBX-11': '`P`; `X`, no result can be obtained, of a finding that was not analysed',
  'OBX-17': 'method: `123110^Artificial Intelligence^DCM`',
  'OBX-18': 'serial number and Device Observer UID of this device',
  'OBX-19': 'as MSH-7',
};

/** A configuration of such a destination. */
export const example = {
  name: 'RIS',
  protocol: 'hl7',
  host: 'ris.hospital.example',
  port: 2575,
  sendingApplication: 'SCANSIDE',
  sendingFacility: 'ROOM1',
  receivingApplication: 'RIS',
  receivingFacility: 'HOSPITAL^1.2.3^ISO',
  tls: {
    authorityFile: 'certificates/hospital.pem',
    certificateFile: 'certificates/device.pem',
    keyFile: 'certificates/device.key',
  },
};

/** One message for each case, by the name of the case. */
export function exampleMessages(): Record<string, string> {
  const text = readFileSync(join(bundle, 'manifest.json'), 'utf8');
  const manifest = manifestSchema.parse(JSON.parse(text));
  const stratum = { modality: 'DX', characterSet: '\\ISO 2022 IR 87' };
  const messages = Object.keys(reportCases).map((outcome) => {
    const { request } = reportSample(manifest, { ...stratum, outcome }, 2);
    const parties = { ...example, processingId: 'P' as const };
    return [outcome, buildOru({ ...request, report: buildReport(request) }, parties).text];
  });
  return Object.fromEntries(messages);
}

/** The reference page `docs/hl7.md`. */
export function describeHl7(): string {
  const cases = Object.entries(exampleMessages()).flatMap(([outcome, text]) => [
    `### ${outcome}`,
    '',
    '```text',
    ...text.trimEnd().split('\r'),
    '```',
    '',
  ]);
  return [
    ...introduction,
    '| Field | What it says |',
    '|---|---|',
    ...Object.entries(fields).map(([field, what]) => `| ${field} | ${what} |`),
    '',
    ...observations,
    ...acknowledgements,
    ...configuration,
    '## One message for each case',
    '',
    'Of a made-up patient and the demonstration model. On the wire each segment ends with a carriage return.',
    '',
    ...cases,
  ].join('\n');
}

const introduction = `# HL7 v2

Beside the DICOM report, a RIS or interface engine can be told each result as an HL7 v2.5.1 \`ORU^R01\` message over MLLP,
with TLS where it is configured. There is one message for each report, also for the study that could not be analysed, and
it is kept and sent again until it is accepted. The same report always makes the same bytes. The message says what the
report says and no more; no picture and no place of a finding is in it. This page is made by \`npm run docs\`.

## What is sent

Patient and order stand as the images name them; what is empty there stays empty, and nothing is made up. Delimiters and
control characters in a name or an identifier are written as escape sequences (HL7 v2.5.1, 2.7), so that no text can end
its field or segment; the tests try two thousand hostile texts. Separators of lines that Unicode has beside ASCII's
become spaces.
`.split('\n');

const observations =
  `Of each finding of the model there is an observation with its code in OBX-3. In OBX-5 stands \`52101004^Present^SCT\`,
\`272519000^Absent^SCT\`, \`121059^Presence Undetermined^DCM\` or, where nothing was analysed, \`111224^Failed^DCM\` or
\`111225^Not Attempted^DCM\` with the reason. Its site follows, and where something was seen and the bundle shows its
flag, the probability on the study and the threshold, in percent, cut off after two decimals. What the report says
beyond that, such as the probability of each image and its uncertainty, it says alone. After the findings: why
nothing was analysed (111065), what is wrong with the image (113010), significance (121403), recommended urgency
(121075), and the summary of the analysis (111017). That last is left out where there is no answer: its codes say
"without findings" even then, and a reader could take that for a negative. At the end stand algorithm, Study Instance UID
and the SOP Instance UID of the report.
`.split('\n');

const acknowledgements = `## What becomes of a message

Messages to a destination go out one after the other over one connection, each when the one before is answered. An
engine that closes after each answer gets a connection for each message.

| Answer | What happens |
|---|---|
| \`AA\`, \`CA\` | accepted: the end |
| \`AE\`, \`CE\` | refused: sent again, after a second at first and after five minutes at most |
| \`AR\`, \`CR\` | refused: sent again after a quarter of an hour; the operator should look at it |
| to another control ID, no acknowledgement, no MLLP, longer than 64 KiB | the connection is given up and the message sent again |
| none in \`answerSeconds\` | the same |

A message may arrive twice when an answer is lost. Both have the same control ID, by which a receiver knows the second.

Of a refusal the panel and the log show code, place and texts of \`MSA\` and \`ERR\`, at most 200 characters. Engines like to
quote the message there. So every word of the patient's segment, every identifier of the order and every number of four
digits or more is struck out. A name that only the receiver knows cannot be recognised.

## Why not a library

\`hl7v2\` 1.9.0 cannot be installed: it needs a version of its dictionary that is not published. \`node-hl7-client\` 4.0.0
(MIT, no install script, no dependencies) takes 43 MB for builders of every version of HL7, and its sending resolves
before the receiver has answered. It hands on whatever acknowledgement comes, also one to another message, reports
neither silence nor bytes that are no MLLP, and drops the end of the last segment. What is needed here is the opposite of
that, in a few hundred lines: a block codec with a limit, one answer for each message, and a deadline. Messages and
transport are tested against HAPI 2.6.0, another maker's HL7 engine, which parses every case strictly and acknowledges it.
`.split('\n');

const configuration = `## How to configure it

A destination in the configuration with \`protocol\` \`hl7\`. \`docs/configuration.md\` lists every key.

\`\`\`json
${JSON.stringify(example, undefined, 2)}
\`\`\`

The receiver needs to be told: version 2.5.1, UTF-8, original acknowledgement mode, and that OBX-11 \`X\` is no result. A
receiver that files by accession number finds it in OBR-2, OBR-3 and OBR-18.
`.split('\n');
