import type { Manifest } from '../../models/manifest.ts';
import type {
  AnalysedInstance,
  Conclusion,
  InstanceResult,
  MissedInstance,
} from '../../models/outcome.ts';

/** The result of one applicable instance. */
export interface JudgedInstance {
  sopInstanceUid: string;
  result: InstanceResult;
}

/**
 * The one terminal result of a model on a study. One flagged image flags the study, whatever became of the others.
 * But "no flag" is said only when every applicable image was looked at: half a look is no look.
 */
export function concludeStudy(manifest: Manifest, instances: JudgedInstance[]): Conclusion {
  const analysed: AnalysedInstance[] = [];
  const missed: (MissedInstance & { detail: string })[] = [];
  for (const { sopInstanceUid, result } of instances)
    if (result.state === 'analysed') analysed.push({ sopInstanceUid, scores: result.scores });
    else missed.push({ sopInstanceUid, reason: result.reason, detail: result.detail });
  if (isFlagged(manifest, analysed))
    return { state: 'flagged', analysed, missed: missed.map(withoutDetail) };
  const first = missed[0];
  if (first)
    return {
      state: 'not-analysed',
      reason: first.reason,
      detail: explain(first, missed.length, instances),
    };
  return { state: 'no-flag', analysed, missed: [] };
}

/** Findings of the manifest that reach their threshold on at least one image. */
export function flaggedFindings(
  manifest: Pick<Manifest, 'findings'>,
  analysed: AnalysedInstance[],
): string[] {
  return manifest.findings
    .filter(({ id, threshold }) =>
      analysed.some(({ scores }) =>
        scores.some(({ finding, probability }) => finding === id && probability >= threshold),
      ),
    )
    .map(({ id }) => id);
}

function isFlagged(manifest: Manifest, analysed: AnalysedInstance[]): boolean {
  return flaggedFindings(manifest, analysed).length > 0;
}

function withoutDetail({ sopInstanceUid, reason }: MissedInstance): MissedInstance {
  return { sopInstanceUid, reason };
}

function explain(first: { detail: string }, missed: number, { length }: JudgedInstance[]): string {
  return missed === length ? first.detail : `${missed} of ${length} images: ${first.detail}`;
}
