import type { ExamView } from '../panel/source.ts';
import type { Scene } from './scene.ts';

/** Milliseconds from the last C-STORE response of a study. */
export interface Timing {
  toResult: number;
  toCommit: number;
}

/** What `--once` prints. All counts are the same for the same seed, however often the run was interrupted. */
export interface Summary {
  seed: number;
  imagesSent: number;
  exams: number;
  images: number;
  outcomes: Record<string, number>;
  committed: number;
  /** Objects the virtual PACS holds. */
  inPacs: number;
  lastResponseToResultMs: Percentiles;
  lastResponseToCommitMs: Percentiles;
}

interface Percentiles {
  p50: number;
  p95: number;
}

export function summarise(
  scene: Scene,
  timings: Timing[],
  { seed, images }: { seed: number; images: number },
): Summary {
  const exams = scene.appliance.source.exams();
  return {
    seed,
    imagesSent: images,
    exams: exams.length,
    images: exams.reduce((sum, exam) => sum + exam.images, 0),
    outcomes: countBy(exams, ({ outcome }) =>
      outcome.state === 'not-analysed' ? `not-analysed: ${outcome.reason}` : outcome.state,
    ),
    committed: exams.filter(({ state }) => state === 'committed').length,
    inPacs: scene.pacs.objects().length,
    lastResponseToResultMs: percentiles(timings.map(({ toResult }) => toResult)),
    lastResponseToCommitMs: percentiles(timings.map(({ toCommit }) => toCommit)),
  };
}

function countBy(exams: ExamView[], name: (exam: ExamView) => string): Record<string, number> {
  const groups = Map.groupBy(exams, name);
  return Object.fromEntries(
    [...groups]
      .map(([key, group]) => [key, group.length])
      .sort(([a], [b]) => String(a).localeCompare(String(b))),
  );
}

/** Nearest-rank percentiles, whole milliseconds. */
function percentiles(values: number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
  return { p50: at(0.5), p95: at(0.95) };
}
