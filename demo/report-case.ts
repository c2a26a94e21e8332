import type { Manifest } from '../models/manifest.ts';
import type { Conclusion, FindingScore, InstanceResult } from '../models/outcome.ts';
import { buildReport } from '../runtime/report/report.ts';
import type { ReportRequest } from '../runtime/report/request.ts';
import { concludeStudy } from '../runtime/study/conclusion.ts';

/** How a study can end, by the name of the case: from a request with images and no result to one with its result. */
export const reportCases: Record<string, (request: StudyRequest) => ReportRequest> = {
  finding: (request) => analysed(request, request.manifest, 1.3),
  'no finding': (request) => analysed(request, request.manifest, 0.1),
  'finding of a lower tier': (request) => analysed(request, withTiers(request.manifest), 1.3),
  'finding with a spread': (request) => analysed(request, request.manifest, 1.3, 0.034),
  'grey zone': (request) => analysed(request, withLimits(request.manifest), 0.8),
  'members that disagree': (request) =>
    analysed(request, { ...request.manifest, largestSpread: 0.1 }, 0.1, 0.2),
  'rejected for quality': (request) => ({
    ...request,
    conclusion: { state: 'not-analysed', reason: 'quality', detail: '' },
  }),
  'rejected for positioning': (request) => ({
    ...request,
    manifest: withHints(request.manifest),
    conclusion: { state: 'not-analysed', reason: 'quality', detail: '', quality: 'positioning' },
  }),
  'outside the validated domain': (request) => failed(request, 'outside-validated-domain'),
  timeout: (request) => failed(request, 'timeout'),
  'one of several models failed': (request) =>
    failed({ ...request, manifest: renamed(request.manifest) }, 'model-fault'),
  'finding beside a missed image': (request) => partly(request),
  'late slices': (request) => later(request, request),
  'newer model': (request) => later({ ...request, manifest: newer(request.manifest) }, request),
  'flag withdrawn': (request) => withdrawn(analysed(request, request.manifest, 1.3)),
  'flag withdrawn beside a missed image': (request) => withdrawn(partly(request)),
  'finding after a withdrawn flag': (request) => ({
    ...later(request, request),
    isAfterWithdrawal: true,
  }),
  'no model applies': (request) => ({
    ...failed(request, 'out-of-scope'),
    manifest: undefined,
    bundleHash: '',
  }),
};

/** What is known before the analysis. */
export type StudyRequest = Omit<ReportRequest, 'conclusion' | 'manifest'> & { manifest: Manifest };

type Reason = Extract<Conclusion, { state: 'not-analysed' }>['reason'];

/** The first finding has `highest` times its threshold, at most 99.9 %, on the middle image; all else is far below. */
function analysed(
  request: StudyRequest,
  manifest: Manifest,
  highest: number,
  spread?: number,
): ReportRequest {
  return { ...request, manifest, conclusion: conclude(request, manifest, highest, spread) };
}

function conclude(
  { instances }: StudyRequest,
  manifest: Manifest,
  highest: number,
  spread?: number,
  missing = 0,
): Conclusion {
  const middle = Math.floor((instances.length - missing) / 2);
  const judged = instances.map(({ sopInstanceUid, seriesInstanceUid }, at) => ({
    sopInstanceUid,
    seriesUid: seriesInstanceUid,
    result:
      at < instances.length - missing
        ? seen(manifest, at, at === middle ? highest : 0, spread)
        : ({ state: 'not-analysed', reason: 'model-fault', detail: '' } satisfies InstanceResult),
  }));
  return concludeStudy(manifest, judged);
}

function seen(
  { findings }: Manifest,
  at: number,
  highest: number,
  spread?: number,
): InstanceResult {
  const scores = findings.map(({ id, threshold }, head): FindingScore => {
    const probability =
      head === 0 && highest > 0 ? Math.min(0.999, threshold * highest) : 0.01 + at / 100_000;
    return { finding: id, probability, ...(spread !== undefined && { spread }) };
  });
  return { state: 'analysed', scores, maps: [] };
}

function failed(request: StudyRequest, reason: Reason): ReportRequest {
  return { ...request, conclusion: { state: 'not-analysed', reason, detail: '' } };
}

/** With one image more than the study has, of which the model made nothing. */
function partly(request: StudyRequest): ReportRequest {
  const [first] = request.instances;
  const more = first
    ? [{ ...first, sopInstanceUid: `${first.sopInstanceUid.slice(0, 40)}.1` }]
    : [];
  const whole = { ...request, instances: [...request.instances, ...more] };
  const { manifest } = request;
  return { ...whole, conclusion: conclude(whole, manifest, 1.3, undefined, more.length) };
}

/** After an earlier result on the first of the images, a minute before. */
function later(request: StudyRequest, before: StudyRequest): ReportRequest {
  const instances = before.instances.slice(0, 1);
  const earlier = { ...before, instances, at: before.at - 60_000 };
  const predecessor = buildReport(analysed(earlier, earlier.manifest, 0.1));
  return { ...analysed(request, request.manifest, 1.3), predecessor };
}

/** A minute after the report of the flag, which it takes the place of. */
function withdrawn(flagged: ReportRequest): ReportRequest {
  const at = flagged.at + 60_000;
  const predecessor = buildReport(flagged);
  return {
    ...flagged,
    at,
    predecessor,
    withdrawal: { reason: 'false-flag', role: 'radiologist', at },
  };
}

function renamed(manifest: Manifest): Manifest {
  const identity = { ...manifest.identity, name: 'second-model', algorithmName: 'Second model' };
  return { ...manifest, identity };
}

function newer(manifest: Manifest): Manifest {
  return { ...manifest, identity: { ...manifest.identity, version: '2.0.0' } };
}

function withHints(manifest: Manifest): Manifest {
  return { ...manifest, show: { ...manifest.show, qualityHint: true } };
}

/** Flags from twice the threshold on, which there is none, in the high tier. */
function withTiers(manifest: Manifest): Manifest {
  const findings = manifest.findings.map((finding): Manifest['findings'][number] => ({
    ...finding,
    tiers: [
      { name: 'high', from: Math.min(0.9995, finding.threshold * 2) },
      { name: 'medium', from: finding.threshold },
    ],
  }));
  return { ...manifest, findings };
}

/** From seven tenths of the threshold on, neither answer can be excluded. */
function withLimits(manifest: Manifest): Manifest {
  const findings = manifest.findings.map((finding) => ({
    ...finding,
    conformal: { alpha: 0.1, positive: 1 - 0.7 * finding.threshold, negative: 1 },
  }));
  return { ...manifest, findings };
}
