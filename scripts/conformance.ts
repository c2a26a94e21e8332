import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { characterSetTerms } from '../runtime/dicom/character-set.ts';
import { failureReasons } from '../runtime/dicom/commitment.ts';
import { refusals } from '../runtime/dicom/negotiation.ts';
import { isStorageSopClass, storageSopClasses } from '../runtime/dicom/sop-class.ts';
import { status } from '../runtime/dicom/status.ts';
import { secureProfile } from '../runtime/dicom/tls-profile.ts';
import { storableTransferSyntaxes } from '../runtime/dicom/transfer-syntax.ts';
import { implementationClassUid, implementationVersionName } from '../runtime/dicom/uid.ts';
import { completenessReasons } from '../runtime/study/completeness.ts';

const path = join(import.meta.dirname, '..', 'docs', 'dicom-conformance.md');

/** The parts of the conformance statement that are made from the code, by the name in their markers. */
const parts: Record<string, () => string[]> = {
  implementation: () => [
    `- Implementation Class UID: \`${implementationClassUid}\``,
    `- Implementation Version Name: \`${implementationVersionName}\``,
  ],
  'storage-sop-classes': () =>
    table(
      ['SOP class', 'UID'],
      Object.entries(storageSopClasses)
        .filter(([uid]) => isStorageSopClass(uid))
        .map(([uid, name]) => [name, code(uid)]),
    ),
  'transfer-syntaxes': () =>
    table(
      ['transfer syntax', 'UID'],
      storableTransferSyntaxes().map(({ uid, name }) => [name, code(uid)]),
    ),
  rejections: () =>
    table(
      ['reason', 'result', 'source', 'reason code'],
      Object.entries(refusals).map(([words, { result, source, reason }]) => [
        words,
        result === 1 ? '1, permanent' : '2, transient',
        String(source),
        String(reason),
      ]),
    ),
  'store-statuses': () => statuses(storeStatuses),
  'commitment-statuses': () => statuses(commitmentStatuses),
  'commitment-failures': () =>
    table(
      ['Failure Reason', 'when'],
      failures.map(([reason, when]) => [hexadecimal(failureReasons[reason]), when]),
    ),
  'procedure-step-statuses': () => statuses(procedureStepStatuses),
  completeness: () => Object.values(completenessReasons).map((words) => `- ${words}`),
  'character-sets': () => [`${characterSetTerms.map(code).join(', ')}.`],
  'cipher-suites': () =>
    String(secureProfile('TLSv1.2').ciphers)
      .split(':')
      .map((suite) => `- \`${suite}\``),
};

type Statuses = readonly (readonly [keyof typeof status, string])[];

const storeStatuses: Statuses = [
  ['success', 'The instance is on stable storage'],
  [
    'dataSetDoesNotMatchSopClassWarning',
    'The instance is on stable storage, but names no study or series: it is kept aside and gets no result',
  ],
  [
    'outOfResources',
    'The disk is nearly full or failing, or the instance is larger than configured: nothing is kept; send it again',
  ],
  [
    'dataSetDoesNotMatchSopClass',
    'Class or instance UID of the data set differ from the command’s, or the class from the presentation context’s',
  ],
  ['cannotUnderstand', 'There is no data set, or it cannot be read'],
  ['invalidSopInstance', 'The SOP Instance UID is none'],
  ['mistypedArgument', 'The command names no SOP class or instance'],
  ['unrecognizedOperation', 'C-STORE in the context of another service'],
];

const commitmentStatuses: Statuses = [
  ['success', 'The request is noted; the report follows'],
  ['notAuthorized', 'The calling AE title is not in `receiver.commitment`'],
  ['missingAttribute', 'No data set, or it references no instance'],
  ['noSuchActionType', 'Another Action Type ID than 1'],
  ['noSuchSopClass', 'Another SOP class than the Storage Commitment Push Model'],
  ['resourceLimitation', '1000 requests of this AE title wait for their reports to be taken'],
  ['processingFailure', 'The data set cannot be read, or the request could not be noted in time'],
];

const failures: readonly (readonly [keyof typeof failureReasons, string])[] = [
  [
    'processingFailure',
    'The instance fails its checksum, or different bytes have come under its UID',
  ],
  ['noSuchObjectInstance', 'The instance was never received whole, or is kept aside'],
  ['classInstanceConflict', 'The instance is of another SOP class'],
  [
    'duplicateTransactionUid',
    'Another request with this Transaction UID waits for its report to be taken',
  ],
];

const procedureStepStatuses: Statuses = [
  ['success', 'The step is noted'],
  [
    'invalidAttributeValue',
    'N-CREATE with another status than IN PROGRESS; N-SET with an unknown one',
  ],
  ['processingFailure', 'The step is completed or discontinued, or the data set cannot be read'],
  ['duplicateSopInstance', 'N-CREATE of a step that exists'],
  ['noSuchSopInstance', 'N-SET of a step that does not exist'],
  ['missingAttribute', 'No data set, no status, or no Study Instance UID of a scheduled step'],
  ['mistypedArgument', 'The command names no SOP instance: the SCU names its steps itself'],
];

/** `docs/dicom-conformance.md` with its marked parts made anew. */
export function describeConformance(): string {
  const written = readFileSync(path, 'utf8');
  return Object.entries(parts).reduce(
    (text, [name, make]) => replacePart(text, name, make()),
    written,
  );
}

/** A part that has lost its markers would never be made again, and nobody would notice. */
function replacePart(text: string, name: string, lines: string[]): string {
  const [start, end] = [`<!-- code: ${name} -->\n`, '\n<!-- end -->'];
  const from = text.indexOf(start);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`${path} has no part ${name}`);
  return `${text.slice(0, from)}${start}\n${lines.join('\n')}\n${text.slice(to)}`;
}

function statuses(rows: Statuses): string[] {
  return table(
    ['status', 'when'],
    rows.map(([name, when]) => [hexadecimal(status[name]), when]),
  );
}

function table(head: string[], rows: string[][]): string[] {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

function hexadecimal(value: number): string {
  return code(value.toString(16).toUpperCase().padStart(4, '0'));
}

function code(text: string): string {
  return `\`${text}\``;
}
