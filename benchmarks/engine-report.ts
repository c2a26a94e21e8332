import { markdownTable } from './document.ts';
import type { EngineFigures, EngineQuestion } from './engine-measures.ts';
import { describeLimit, format, type Limit, verdict } from './figures.ts';

/** What one runtime answered to one question. */
export interface EngineResult {
  runtime: string;
  question: EngineQuestion;
  figures: EngineFigures;
}

type Measure = EngineQuestion['measure'];

/** A figure that should keep a limit, of those runtimes that it is asked of. */
interface Goal {
  what: string;
  measure: Measure;
  figure: string;
  limit: Limit;
  runtimes: readonly string[];
}

const both = ['onnxruntime-node', 'ort-capi'];

export const engineGoals: readonly Goal[] = [
  {
    what: 'images a second, as a share of the bare loop',
    measure: 'speed',
    figure: 'share',
    limit: { atLeast: 0.95 },
    runtimes: both,
  },
  {
    what: 'lag of the event loop while saturated, p99, ms',
    measure: 'lag',
    figure: 'p99',
    limit: { atMost: 10 },
    runtimes: ['ort-capi'],
  },
  {
    what: 'wrong answers while garbage is collected',
    measure: 'garbage',
    figure: 'wrong',
    limit: { atMost: 0 },
    runtimes: both,
  },
  {
    what: 'runs that were not ended, or wrong answers after one was',
    measure: 'ending',
    figure: 'wrong',
    limit: { atMost: 0 },
    runtimes: ['ort-capi'],
  },
];

function batchOf(question: EngineQuestion): string {
  return 'batch' in question ? String(question.batch) : '';
}

function table(
  all: readonly EngineResult[],
  measure: Measure,
  columns: Readonly<Record<string, [figure: string, digits: number]>>,
): string {
  const rows = all
    .filter(({ question }) => question.measure === measure)
    .map(({ runtime, question, figures }) => [
      runtime,
      batchOf(question),
      ...Object.values(columns).map(([figure, digits]) => format(figures[figure], digits)),
    ]);
  return markdownTable(['runtime', 'images in a run', ...Object.keys(columns)], rows);
}

/** One row for each goal and each result that it is asked of. */
export function judgeEngine(all: readonly EngineResult[]): string[][] {
  return engineGoals.flatMap(({ what, measure, figure, limit, runtimes }) =>
    all
      .filter(({ runtime, question }) => question.measure === measure && runtimes.includes(runtime))
      .map(({ runtime, question, figures }) => {
        const found = figures[figure];
        return [
          what,
          runtime,
          batchOf(question),
          describeLimit(limit),
          format(found),
          verdict(found, limit),
        ];
      }),
  );
}

/** All tables, in Markdown. */
export function reportEngine(all: readonly EngineResult[]): string {
  return [
    'Latency of one run at a time, and images a second with two in flight beside the bare loop:',
    table(all, 'speed', {
      'p50 ms': ['p50', 2],
      'p99 ms': ['p99', 2],
      'images/s': ['images', 0],
      'bare loop images/s': ['bareImages', 0],
      share: ['share', 3],
    }),
    'Lag of the event loop of the process that runs the network, while runs never stop:',
    table(all, 'lag', { 'p50 ms': ['p50', 2], 'p99 ms': ['p99', 2], 'max ms': ['max', 1] }),
    'Resident memory, the lowest of the last quarter, and how much more that is than in the second:',
    table(all, 'memory', {
      'after the cycles MB': ['afterCycles', 0],
      'growth MB': ['cycleGrowth', 1],
      'after the runs MB': ['afterRuns', 0],
      'growth MB of the runs': ['runGrowth', 1],
    }),
    'From the signal that ends a run to its end, and wrong answers while garbage is collected:',
    table(all, 'ending', { 'p50 ms': ['p50', 1], 'max ms': ['max', 1], wrong: ['wrong', 0] }),
    table(all, 'garbage', { runs: ['runs', 0], wrong: ['wrong', 0] }),
    markdownTable(['goal', 'runtime', 'images', 'reach for', 'measured', ''], judgeEngine(all)),
  ].join('\n\n');
}
