import {
  abstentionEnrichment,
  type CoveragePoint,
  coverageCurve,
  type Enrichment,
} from './abstention.ts';
import { type Case, partCases, type Scale, scoreOf } from './case-table.ts';
import { type OperatingPoint, operatingPoint } from './operating-point.ts';
import { areaEstimate } from './performance.ts';
import type { Estimate } from './proportion.ts';

/** Cases that were scored and not answered: what keeping silent was worth. */
export interface Withheld {
  point: OperatingPoint;
  /** Not where a class is missing. */
  auc?: Estimate;
}

/** What the cases without an answer tell. */
export interface Silence {
  /** Only where there are such cases. */
  notAnalysed?: Enrichment;
  /** Only where the scores are probabilities. */
  coverage?: CoveragePoint[];
  withheld?: Withheld;
}

type Abstained = ReturnType<typeof partCases<Case>>['abstained'][number];

function measureWithheld(abstained: Abstained[], threshold: number): { withheld?: Withheld } {
  const scored = abstained.filter(({ prediction }) => prediction.withheld !== undefined);
  if (scored.length === 0) return {};
  const labels = scored.map(({ label }) => label);
  const scores = scored.map(({ prediction }) => prediction.withheld ?? 0);
  const clusters = scored.map(({ patient }) => patient);
  const flags = scores.map((score) => score >= threshold);
  const point = operatingPoint(labels, flags, clusters);
  const both = labels.includes(0) && labels.includes(1);
  return { withheld: { point, ...(both && { auc: areaEstimate({ labels, scores, clusters }) }) } };
}

function enrichmentOf(cases: readonly Case[]): Enrichment {
  return abstentionEnrichment(
    cases.map(({ label }) => label),
    cases.map(({ prediction }) => 'reason' in prediction),
  );
}

/** Whether silence hides the sick, what more of it would bring, and what was kept back. */
export function measureSilence(cases: readonly Case[], threshold: number, scale: Scale): Silence {
  const { decided, abstained } = partCases(cases);
  const labels = decided.map(({ label }) => label);
  const scores = decided.map(scoreOf);
  return {
    ...(abstained.length > 0 && { notAnalysed: enrichmentOf(cases) }),
    ...(scale === 'probability' && { coverage: coverageCurve(labels, scores, threshold) }),
    ...measureWithheld(abstained, threshold),
  };
}
