import { aggregate, type Scored } from '../../models/aggregation.ts';
import { predictionSet } from '../../models/evaluation/conformal.ts';
import type { Finding, Manifest } from '../../models/manifest.ts';
import type {
  AnalysedInstance,
  Conclusion,
  InstanceResult,
  MissedInstance,
  NotAnalysed,
  StudyFinding,
} from '../../models/outcome.ts';

/** The result of one applicable instance, or of the slices around it that the model looked at together. */
export interface JudgedInstance {
  sopInstanceUid: string;
  seriesUid: string;
  result: InstanceResult;
}

/** What of a model's rules a conclusion needs. */
export type ConclusionRules = Pick<
  Manifest,
  'findings' | 'aggregation' | 'domain' | 'largestSpread'
>;

type Analysed = AnalysedInstance & { seriesUid: string; outside: boolean };
type Missed = MissedInstance & Pick<NotAnalysed, 'detail' | 'quality'>;

/**
 * The one terminal result of a model on a study. One flagged series flags the study, whatever became of the others.
 * But "no flag" is said only when every applicable image was looked at, each series is of the kind that the model was
 * validated on, and the model is certain enough: half a look is no look.
 */
export function concludeStudy(
  rules: ConclusionRules,
  instances: readonly JudgedInstance[],
): Conclusion {
  const { analysed, missed } = sort(rules, instances);
  const findings = rules.findings.flatMap((finding) => findingOf(rules, finding, analysed) ?? []);
  const seen = analysed.map(({ sopInstanceUid, scores }) => ({ sopInstanceUid, scores }));
  if (findings.some(({ flagged }) => flagged))
    return { state: 'flagged', analysed: seen, missed: missed.map(withoutDetail), findings };
  const [first] = missed;
  if (first)
    return {
      state: 'not-analysed',
      reason: first.reason,
      detail: explain(first, missed.length, instances),
      ...(first.quality && { quality: first.quality }),
    };
  const doubt = findDoubt(rules, findings, analysed);
  if (doubt)
    return {
      state: 'not-analysed',
      reason: 'uncertain',
      detail: doubt,
      seen: { analysed: seen, findings },
    };
  return { state: 'no-flag', analysed: seen, missed: [], findings };
}

/** Which images count. Those of a series of which too many lie outside the validated domain do not. */
function sort({ domain }: ConclusionRules, instances: readonly JudgedInstance[]) {
  const analysed: Analysed[] = [];
  const missed: Missed[] = [];
  for (const { sopInstanceUid, seriesUid, result } of instances)
    if (result.state === 'not-analysed')
      missed.push({
        sopInstanceUid,
        reason: result.reason,
        detail: result.detail,
        quality: result.quality,
      });
    else
      analysed.push({
        sopInstanceUid,
        seriesUid,
        scores: result.scores,
        outside: result.outside ?? false,
      });
  const series = Map.groupBy(analysed, ({ seriesUid }) => seriesUid);
  const kept = [...series.values()].flatMap((images) => {
    const outside = images.filter((image) => image.outside).length;
    if (outside <= (domain?.tolerated ?? 1) * images.length) return images;
    const detail = `${outside} of ${images.length} images of a series`;
    for (const { sopInstanceUid } of images)
      missed.push({ sopInstanceUid, reason: 'outside-validated-domain', detail });
    return [];
  });
  return { analysed: kept, missed };
}

function scoresOf(images: readonly Analysed[], id: string): Scored[] {
  return images.flatMap(({ sopInstanceUid, scores }) =>
    scores
      .filter(({ finding }) => finding === id)
      .map(({ probability, frame }) => ({ sopInstanceUid, frame, probability })),
  );
}

/** A finding on the series that has the highest probability of it; undefined where nothing was analysed. */
function findingOf(
  { aggregation }: ConclusionRules,
  { id, threshold }: Finding,
  analysed: readonly Analysed[],
): StudyFinding | undefined {
  const series = Map.groupBy(analysed, ({ seriesUid }) => seriesUid);
  const [strongest] = [...series.values()]
    .map((images) => aggregate(aggregation, scoresOf(images, id)))
    .sort((a, b) => b.probability - a.probability);
  if (!strongest) return undefined;
  const key = strongest.key.map(({ sopInstanceUid, frame }) => ({
    sopInstanceUid,
    ...(frame !== undefined && { frame }),
  }));
  const { probability } = strongest;
  return { finding: id, probability, flagged: probability >= threshold, key };
}

/** Why the absence of a flag is not said, or undefined. */
function findDoubt(
  { findings, largestSpread = Infinity }: ConclusionRules,
  seen: readonly StudyFinding[],
  analysed: readonly Analysed[],
): string | undefined {
  const open = seen.find(({ finding, probability }) => {
    const { conformal } = findings.find(({ id }) => id === finding) ?? {};
    return conformal !== undefined && predictionSet(probability, conformal) !== 'negative';
  });
  if (open) return `${open.finding} can be neither flagged nor ruled out`;
  const divided = analysed.some(({ scores }) =>
    scores.some(({ spread = 0 }) => spread > largestSpread),
  );
  return divided ? 'The members of the model disagree' : undefined;
}

/** Findings of a conclusion that reach their operating point. */
export function flaggedFindings(conclusion: Conclusion): string[] {
  if (conclusion.state === 'not-analysed') return [];
  return conclusion.findings.filter(({ flagged }) => flagged).map(({ finding }) => finding);
}

/** Whether more images of a study can only raise its probabilities: then a flag may be shown before all are there. */
export function mayFlagEarly({ aggregation }: ConclusionRules, images: number): boolean {
  return aggregation.by !== 'top' || images >= aggregation.k;
}

function withoutDetail({ sopInstanceUid, reason }: Missed): MissedInstance {
  return { sopInstanceUid, reason };
}

function explain(
  first: { detail: string },
  missed: number,
  { length }: readonly JudgedInstance[],
): string {
  return missed === length ? first.detail : `${missed} of ${length} images: ${first.detail}`;
}
