import { createHash } from 'node:crypto';
import type { Bundle } from '../models/bundle.ts';
import { type Conclusion, dispatcher } from '../models/outcome.ts';
import type { ExamOutcome } from '../panel/source.ts';
import type { StoredAct } from './spool/act-ledger.ts';
import type { Result, Study } from './spool/study-ledger.ts';
import { flaggedFindings } from './study/conclusion.ts';

/** What stands of a study now, and on which result it rests; `pending` where nothing does. */
export interface Standing {
  conclusion: Conclusion | undefined;
  /** Name of the bundle, `dispatcher` or empty. */
  model: string;
  /** What the model or the device said, never what amends it; undefined for a flag before the study is whole. */
  result: Result | undefined;
  withdrawn: boolean;
}

export const pending: Standing = {
  conclusion: undefined,
  model: '',
  result: undefined,
  withdrawn: false,
};

const rank = { flagged: 0, 'not-analysed': 1, 'no-flag': 2 };

/**
 * Of several models’ results the one that asks for the most attention; a flag that stands comes before one that was
 * taken back. While late images come an earlier flag stays, and everything else is open again.
 */
export function standingOf(
  study: Study,
  all: readonly Result[],
  acts: readonly StoredAct[],
): Standing {
  const withdrawn = withdrawnReports(all, acts);
  const isReported = study.state === 'reported' || study.state === 'finished';
  const candidates = currentResults(all).filter(
    ({ conclusion }) => isReported || (conclusion.state === 'flagged' && !study.mismatch),
  );
  const order = ({ conclusion, sopInstanceUid }: Result) =>
    rank[conclusion.state] + (withdrawn.has(sopInstanceUid) ? 0.5 : 0);
  const [result] = candidates.toSorted((a, b) => order(a) - order(b));
  if (!result) return pending;
  const { conclusion, model, sopInstanceUid } = result;
  return { conclusion, model, result, withdrawn: withdrawn.has(sopInstanceUid) };
}

/** The reports whose flag a person has taken back. */
export function withdrawnReports(
  all: readonly Result[],
  acts: readonly StoredAct[],
): ReadonlySet<string> {
  const amended = all.map(({ amends }) => amends);
  const taken = acts.filter(({ kind }) => kind === 'withdraw').flatMap(({ reports }) => reports);
  return new Set([...amended, ...taken].filter((uid) => uid !== ''));
}

/** The reports of a study that carry a flag which nobody has taken back. */
export function flaggedReports(all: readonly Result[], acts: readonly StoredAct[]): string[] {
  const withdrawn = withdrawnReports(all, acts);
  return currentResults(all)
    .filter(({ conclusion }) => conclusion.state === 'flagged')
    .map(({ sopInstanceUid }) => sopInstanceUid)
    .filter((uid) => uid !== '' && !withdrawn.has(uid));
}

/**
 * The newest result of each model, without what amends one. Where the device itself has spoken last (no model applies, or
 * the images cannot be trusted), what the models said before no longer holds.
 */
export function currentResults(all: readonly Result[]): Result[] {
  const newest = new Map(
    all.filter(({ amends }) => !amends).map((result) => [result.model, result]),
  );
  const device = newest.get(dispatcher);
  newest.delete(dispatcher);
  const models = [...newest.values()];
  return device && models.every(({ revision }) => revision < device.revision) ? [device] : models;
}

/** The documents that tell a result: its own, and what amends it, the newest last. */
export function documentsOf({ sopInstanceUid }: Result, all: readonly Result[]): string[] {
  if (sopInstanceUid === '') return [];
  const amended = all.filter(({ amends }) => amends === sopInstanceUid);
  return [sopInstanceUid, ...amended.map((each) => each.sopInstanceUid)];
}

/** The bundle in service, where it is the one that the outcome is of. */
export function bundleOf(
  { model, result }: Standing,
  bundles: readonly Bundle[],
): Bundle | undefined {
  return bundles.find(
    ({ manifest, hash }) => manifest.identity.name === model && result?.bundleHash === hash,
  );
}

/** What the panel says of it. */
export function wordOutcome(
  { conclusion, withdrawn }: Standing,
  bundle: Bundle | undefined,
): ExamOutcome {
  if (!conclusion) return { state: 'pending' };
  if (conclusion.state === 'not-analysed') {
    const { reason, detail } = conclusion;
    return { state: 'not-analysed', reason, detail };
  }
  const findings = bundle?.manifest.findings ?? [];
  if (conclusion.state === 'no-flag') return { state: 'no-flag', findingsChecked: findings.length };
  const flagged = flaggedFindings(conclusion);
  const labels = findings.filter(({ id }) => flagged.includes(id)).map(({ label }) => label);
  const { missed, secondLook } = conclusion;
  return {
    state: 'flagged',
    labels,
    missed: missed.length,
    withdrawn,
    ...(secondLook && { secondLook }),
  };
}

/** Names what there is to look at: another result, outcome or withdrawal has another name. Empty before there is any. */
export function nameOutcome(outcome: ExamOutcome, all: readonly Result[]): string {
  if (outcome.state === 'pending') return '';
  const results = currentResults(all).map(({ model, revision, sopInstanceUid }) =>
    [model, revision, sopInstanceUid].join(' '),
  );
  const hash = createHash('sha256').update(JSON.stringify([outcome, results]));
  return `${outcome.state}-${hash.digest('hex').slice(0, 16)}`;
}
