import type { Pair } from './compare.ts';
import type { Verdict } from './gate.ts';
import type { Derived, Figures, Quantised } from './quantise.ts';

/** What becomes quantisation.json: every figure, and how it stands to its limit. */
export function describeQuantisation({ calibrations, sparsity, derived }: Quantised): object {
  const { tool, method, images } = calibrations[0]!;
  return {
    tool,
    members: calibrations.length,
    calibration: { method, images },
    sparsity,
    variants: Object.fromEntries(
      derived.map(({ variant, figures }) => [variant, { passed: passes(figures), ...figures }]),
    ),
  };
}

/** Every figure keeps its limit. */
export function passes({ verdicts }: Pick<Figures, 'verdicts'>): boolean {
  return verdicts.every(({ kept }) => kept);
}

function format(value: number | undefined, digits = 4): string {
  return value === undefined ? 'not measured' : value.toFixed(digits);
}

function formatPair(pair: Pair | undefined): string {
  return pair ? `${format(pair.float32)} -> ${format(pair.int8)}` : 'not measured';
}

function formatLimit(limit: Verdict['limit']): string {
  return 'atLeast' in limit ? `at least ${limit.atLeast}` : `at most ${limit.atMost}`;
}

/** The int8 graphs of one kind for people to read: the gate, then what decisions and time it costs. */
export function describeDerived({ variant, members, figures }: Derived): string {
  const { bytes, comparison, latency, verdicts } = figures;
  const many = members.length > 1 ? `, ${members.length} members` : '';
  const head = `${variant}${many}: ${bytes.int8} bytes, float32 ${bytes.float32}; ${comparison.images} images`;
  const width = Math.max(...verdicts.map(({ figure }) => figure.length));
  const gate = verdicts.map(({ figure, value, limit, kept }) => {
    const said = `${format(value).padStart(12)}  ${formatLimit(limit).padEnd(14)}`;
    return `  ${figure.padEnd(width)}${said}  ${kept ? 'kept' : 'MISSED'}`;
  });
  const findings = comparison.findings.map(({ auc, sensitivity, specificity, flips }, at) =>
    [
      `  finding ${at + 1}: AUC ${formatPair(auc)}`,
      `sensitivity ${formatPair(sensitivity)}`,
      `specificity ${formatPair(specificity)}`,
      `${flips} flipped`,
    ].join('; '),
  );
  const { float32, int8 } = latency;
  const speed = (what: 'one' | 'eight') =>
    `${format(float32[what], 2)} -> ${format(int8[what], 2)} ms (${format(float32[what] / int8[what], 2)} x)`;
  const time = `  on this processor, one thread: one image ${speed('one')}, eight ${speed('eight')}`;
  return [head, ...gate, ...findings, time].join('\n');
}
