import { createHash } from 'node:crypto';
import type { TruthSource } from '../../quality/judged-exam.ts';
import type { StoredTruth } from '../../quality/reference-standard.ts';
import { type Claim, type KnownFinding } from './reference-claim.ts';
import type { QualityStore } from './quality-store.ts';
import { readReferenceCsv } from './reference-csv.ts';
import { readReferenceOru } from './reference-oru.ts';
import { readReferenceSr } from './reference-sr.ts';

/**
 * Which exams a file speaks of. `all`: the site reports on every exam, whatever the model said. `audit`: those that this
 * device has drawn; the chance that each had is its weight.
 */
export type Coverage = 'all' | 'audit';

export interface ReferenceFile {
  name: string;
  bytes: Uint8Array;
  source: Exclude<TruthSource, 'blinded-reading'>;
  covers: Coverage;
  /** When it becomes known, milliseconds since 1970. */
  at: number;
}

/** What became of the claims of a file. */
export interface ImportCounts {
  claims: number;
  /** New, or other than what the same reader had said. */
  imported: number;
  /** Of exams that no model here has answered on. */
  unknown: number;
  /** Of exams that were not drawn, in a file that answers an audit. */
  notDrawn: number;
}

const dicomPrefix = 'DICM';
const prefixAt = 128;

/** Reads the claims of a CSV table, of HL7 messages or of an SR document, told apart by how they begin. */
export function readClaims(
  { name, bytes }: Pick<ReferenceFile, 'name' | 'bytes'>,
  findings: readonly KnownFinding[],
): Claim[] {
  const buffer = Buffer.from(bytes);
  if (buffer.toString('latin1', prefixAt, prefixAt + 4) === dicomPrefix)
    return readReferenceSr(name, bytes, findings);
  const text = buffer.toString('utf8');
  return text.startsWith('MSH')
    ? readReferenceOru(name, text, findings)
    : readReferenceCsv(name, text, findings);
}

/** Keeps what a file says of exams that the models have answered on; all of it or, where it throws, nothing. */
export function importReference(
  store: QualityStore,
  file: ReferenceFile,
  findings: readonly KnownFinding[],
): ImportCounts {
  const claims = readClaims(file, findings);
  const batch = createHash('sha256').update(file.bytes).digest('hex');
  const counts = { claims: claims.length, imported: 0, unknown: 0, notDrawn: 0 };
  const truths = claims.flatMap((claim) => {
    const exam = findExam(store, claim);
    if (exam === undefined) counts.unknown++;
    if (exam === undefined) return [];
    const probability = chanceOf(store, exam, claim.finding, file.covers);
    if (probability === undefined) counts.notDrawn++;
    if (probability === undefined) return [];
    return [truthOf(store, claim, file, { exam, probability, batch })];
  });
  counts.imported = store.reference.put(truths);
  return counts;
}

function findExam({ names, exams }: QualityStore, claim: Claim): string | undefined {
  const exam = claim.studyUid === '' ? '' : names.exam(claim.studyUid);
  const found = exams.find({ exam, accession: names.accession(claim.accession) });
  return found.find(({ finding }) => finding === claim.finding)?.exam;
}

/** How likely it was that somebody would look at this exam; undefined where an audit did not ask for it. */
function chanceOf(
  { audit }: QualityStore,
  exam: string,
  finding: string,
  covers: Coverage,
): number | undefined {
  if (covers === 'all') return 1;
  const draws = audit.find(exam, finding).map(({ probability }) => probability);
  return draws.length === 0 ? undefined : Math.max(...draws);
}

function truthOf(
  { names }: QualityStore,
  { finding, label, reader }: Claim,
  { source, covers, at }: ReferenceFile,
  found: Pick<StoredTruth, 'exam' | 'probability' | 'batch'>,
): StoredTruth {
  return {
    ...found,
    finding,
    label,
    source,
    reader: names.reader(reader),
    selection: covers === 'all' ? 'every' : 'by-answer',
    knownAt: at,
  };
}
