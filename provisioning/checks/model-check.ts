import { ScansideError } from '../../device/errors.ts';
import type { SiteAnswers } from '../site/site-file.ts';
import { type Check, fail, pass, type Verdict, warn } from './verdict.ts';

/** How long a model takes over one of its reference cases, milliseconds. */
export interface ModelTiming {
  runs: number;
  p50Ms: number;
  p95Ms: number;
}

/** A model that is to run on this machine. */
export interface ModelUnderTest {
  name: string;
  version: string;
  /** Loads it as the engine would, which holds it against its reference cases, and times it. Rejects with BUNDLE_INVALID or MODEL_FAULT. */
  test(): Promise<ModelTiming>;
}

/** What the time means for a site that wants an answer within `modelMilliseconds`. */
export function judgeTiming(
  model: string,
  { runs, p50Ms, p95Ms }: ModelTiming,
  { modelMilliseconds }: SiteAnswers['expect'],
): Verdict {
  const facts = { model, runs, p50Ms, p95Ms };
  if (modelMilliseconds === undefined || p95Ms <= modelMilliseconds) return pass(facts);
  const slow = `${model}: p95 ${p95Ms} ms, ${modelMilliseconds} ms wanted`;
  return warn('MODEL_SLOW', slow, facts);
}

export function modelCheck(model: ModelUnderTest, expectation: SiteAnswers['expect']): Check {
  const words = `${model.name} ${model.version}`;
  return {
    name: model.name,
    title: `${words}: reference cases and time`,
    async run() {
      try {
        return judgeTiming(words, await model.test(), expectation);
      } catch (error) {
        if (!(error instanceof ScansideError)) throw error;
        return fail('MODEL_TEST_FAILED', `${words}: ${error.message}`, { model: words });
      }
    },
  };
}
