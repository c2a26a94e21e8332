import type { ActivationMap, FindingScore, InstanceResult } from '../../models/outcome.ts';

type Analysed = Extract<InstanceResult, { state: 'analysed' }>;

function highest(scores: readonly FindingScore[]): number {
  return Math.max(...scores.map(({ probability }) => probability));
}

/** Maps are kept of the frame that says most: of hundreds of frames nobody looks at all. */
function strongestMaps(frames: readonly Analysed[]): ActivationMap[] {
  const sorted = frames.toSorted((a, b) => highest(b.scores) - highest(a.scores));
  return sorted[0]?.maps ?? [];
}

/**
 * Makes the result of an object from those of its frames, in order. Where one frame has no result the object has none:
 * half a look is no look.
 */
export function mergeFrames(frames: readonly InstanceResult[]): InstanceResult {
  const [first] = frames;
  if (first && frames.length === 1) return first;
  const analysed: Analysed[] = [];
  for (const [at, frame] of frames.entries()) {
    if (frame.state === 'not-analysed')
      return { ...frame, detail: `frame ${at + 1} of ${frames.length}: ${frame.detail}` };
    analysed.push(frame);
  }
  const scores = analysed.flatMap((result, at) =>
    result.scores.map((score) => ({ ...score, frame: at + 1 })),
  );
  const outside = analysed.filter((result) => result.outside).length > analysed.length / 2;
  return { state: 'analysed', scores, maps: strongestMaps(analysed), ...(outside && { outside }) };
}
