/** What a model has done since it answers. */
export interface TrialFacts {
  /** Ends of the engine process that nobody had ordered. */
  crashes: number;
  /** Answers that the model owed. */
  faults: number;
  /** Answers that it gave. */
  answers: number;
  /** Milliseconds since it answers. */
  ms: number;
}

export interface TrialLimits {
  /** Milliseconds after which a model that has done nothing wrong is kept. */
  ms: number;
  /** Answers after which it is kept before that time. */
  answers: number;
}

const mostCrashes = 2;
const mostFaults = 3;

/**
 * Whether a new model may stay: `kept`, why it may not, or undefined while that is open. One crash may be an image's
 * fault, and so may one answer that is missing.
 */
export function judgeTrial(
  { crashes, faults, answers, ms }: TrialFacts,
  limits: TrialLimits,
): 'kept' | { because: string } | undefined {
  if (crashes >= mostCrashes) return { because: `the engine ended ${crashes} times` };
  if (faults >= mostFaults && faults > answers / 10)
    return { because: `it failed on ${faults} of ${faults + answers} images` };
  return ms >= limits.ms || answers >= limits.answers ? 'kept' : undefined;
}
