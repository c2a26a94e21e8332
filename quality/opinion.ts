import { fewestCases } from '../models/evaluation/performance.ts';
import { clopperPearson, wilson } from '../models/evaluation/proportion.ts';
import { type Figure, nothingCounted } from './figure.ts';

/**
 * What somebody at the panel thought of a flag. It is no truth: whoever says it has seen the flag, mostly has not seen
 * the exam reported, and says nothing at all of exams without a flag. Nothing here can become a `Truth`.
 */
export interface Opinion {
  exam: string;
  opinion: 'agree' | 'disagree';
  role: 'technologist' | 'radiologist';
  /** Milliseconds since 1970. */
  at: number;
}

/** How flags are received: how many were commented on, and the share of these that people agreed with. */
export interface Reception {
  flags: number;
  commented: Figure;
  agreed: Figure;
}

function share(successes: number, trials: number): Figure {
  if (trials === 0) return nothingCounted;
  const counts = { successes, trials };
  return {
    value: successes / trials,
    ...wilson(counts),
    n: trials,
    exact: clopperPearson(counts),
    insufficient: trials < fewestCases,
  };
}

/** Sums up what was said of `flagged` exams. The last opinion on an exam counts; those on other exams do not. */
export function sumUpOpinions(flagged: readonly string[], opinions: readonly Opinion[]): Reception {
  const inOrder = opinions.toSorted((one, other) => one.at - other.at);
  const last = new Map(inOrder.map(({ exam, opinion }) => [exam, opinion]));
  const said = [...new Set(flagged)].flatMap((exam) => last.get(exam) ?? []);
  const flags = new Set(flagged).size;
  return {
    flags,
    commented: share(said.length, flags),
    agreed: share(said.filter((opinion) => opinion === 'agree').length, said.length),
  };
}

/** On how many exams somebody at the panel said each, whatever the others said. */
export function countOpinions(opinions: readonly Opinion[]): Record<Opinion['opinion'], number> {
  const exams = (said: Opinion['opinion']) =>
    new Set(opinions.filter(({ opinion }) => opinion === said).map(({ exam }) => exam)).size;
  return { agree: exams('agree'), disagree: exams('disagree') };
}
