import { isoInstant } from '../device/clock.ts';
import { ageBand, compareGroups, unknown } from '../models/evaluation/subgroup.ts';
import type { JudgedExam } from './judged-exam.ts';
import { measurePerformance, type Performance } from './performance.ts';

/** What exams are parted by, and which part an exam belongs to. */
const dimensions = {
  model: ({ model }: JudgedExam) => model,
  version: ({ model, version }: JudgedExam) => version && `${model} ${version}`,
  scanner: ({ scanner }: JudgedExam) => scanner,
  site: ({ site }: JudgedExam) => site,
  /** In UTC. */
  month: ({ at }: JudgedExam) => isoInstant(at).slice(0, 7),
  age: ({ age }: JudgedExam) => ageBand(age),
  sex: ({ sex }: JudgedExam) => sex,
} as const;

export type Dimension = keyof typeof dimensions;

export const dimensionNames = Object.keys(dimensions) as Dimension[];

/** One part of the exams by itself. The parts of a dimension may all be better than their sum, or worse. */
export interface Stratum {
  dimension: Dimension;
  /** `unknown` where the exam does not say it. */
  value: string;
  performance: Performance;
}

/** Measures every part of every dimension; ages from the young up, everything else by name, unknown last. */
export function measureStrata(
  exams: readonly JudgedExam[],
  by: readonly Dimension[] = dimensionNames,
): Stratum[] {
  return by.flatMap((dimension) => {
    const parts = Map.groupBy(exams, (exam) => dimensions[dimension](exam) || unknown);
    return [...parts]
      .sort(([one], [other]) => compareGroups(one, other))
      .map(([value, own]) => ({ dimension, value, performance: measurePerformance(own) }));
  });
}
