import type { Comparison } from './compare.ts';

/** What was measured of one int8 graph. */
export interface Measured {
  /** Convolutions and Gemms of the float32 model. */
  operators: number;
  /** Those of them that compute in int8 as the graph will run. */
  int8Operators: number;
  /** Bytes of the two files. */
  bytes: { float32: number; int8: number };
  comparison: Comparison;
}

/** One figure held against its limit. */
export interface Verdict {
  figure: string;
  /** Undefined where it could not be measured, which keeps no limit. */
  value: number | undefined;
  limit: { atLeast: number } | { atMost: number };
  kept: boolean;
}

type Rule = Pick<Verdict, 'limit'> & { of(measured: Measured): number | undefined };

/** The gate: what an int8 graph must keep to stand in for its float32 model. */
const rules: Readonly<Record<string, Rule>> = {
  // A graph that is silently computed in float32 gives right answers at the wrong price.
  'operators left in float32': {
    of: ({ operators, int8Operators }) => operators - int8Operators,
    limit: { atMost: 1 },
  },
  'loss of AUC': { of: ({ comparison }) => largestLoss(comparison), limit: { atMost: 0.005 } },
  'share of decisions that flip': {
    of: ({ comparison }) => largestFlipShare(comparison),
    limit: { atMost: 0.005 },
  },
  'largest difference of a probability': {
    of: ({ comparison }) => comparison.maxDifference,
    limit: { atMost: 0.15 },
  },
  'mean difference of a probability': {
    of: ({ comparison }) => comparison.meanDifference,
    limit: { atMost: 0.02 },
  },
  'smallest cosine of an embedding': {
    // A model without an embedding has none to lose.
    of: ({ comparison }) => comparison.embeddingCosine ?? 1,
    limit: { atLeast: 0.99 },
  },
  'share of maps that peak alike': {
    of: ({ comparison }) => comparison.camAgreement,
    limit: { atLeast: 0.9 },
  },
  'size beside float32': { of: ({ bytes }) => bytes.int8 / bytes.float32, limit: { atMost: 0.5 } },
};

/** The largest loss of any finding; undefined where one was not measured. */
function largestLoss({ findings }: Comparison): number | undefined {
  const losses = findings.map(({ auc }) => (auc ? auc.float32 - auc.int8 : NaN));
  const largest = Math.max(...losses);
  return Number.isNaN(largest) ? undefined : largest;
}

function largestFlipShare({ findings, images }: Comparison): number {
  return Math.max(...findings.map(({ flips }) => flips)) / images;
}

/** Holds every figure against its limit. The graph may be used where all are kept. */
export function judge(measured: Measured): Verdict[] {
  return Object.entries(rules).map(([figure, { of, limit }]) => {
    const value = of(measured);
    return { figure, value, limit, kept: value !== undefined && isKept(value, limit) };
  });
}

function isKept(value: number, limit: Verdict['limit']): boolean {
  return 'atLeast' in limit ? value >= limit.atLeast : value <= limit.atMost;
}
