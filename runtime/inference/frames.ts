import type { ActivationMap, InstanceResult, Mask, NotAnalysed } from '../../models/outcome.ts';
import { checkRuns, runsOf } from './mask.ts';

type Analysed = Extract<InstanceResult, { state: 'analysed' }>;

/** The first of the frames that say most of a finding. */
function strongest(frames: readonly Analysed[], finding: string): number {
  const probabilities = frames.map(
    ({ scores }) => scores.find((score) => score.finding === finding)?.probability ?? 0,
  );
  return probabilities.indexOf(Math.max(...probabilities));
}

/** Of each finding the map of the frame that says most of it: of hundreds of frames nobody looks at all. */
function strongestMaps(frames: readonly Analysed[]): ActivationMap[] {
  const findings = (frames[0]?.maps ?? []).map(({ finding }) => finding);
  return findings.flatMap((finding) => {
    const at = strongest(frames, finding);
    const map = frames[at]!.maps.find((each) => each.finding === finding);
    return map ? [{ ...map, frame: at + 1 }] : [];
  });
}

/** The masks of all frames; undefined where the model gives none. */
function masksOf(frames: readonly Analysed[]): Mask[] | undefined {
  if (frames.every(({ masks }) => masks === undefined)) return undefined;
  const all = frames.flatMap(({ masks = [] }, at) =>
    masks.map((mask) => ({ ...mask, frame: at + 1 })),
  );
  checkRuns(runsOf(all));
  return all;
}

/** A frame that cannot be judged stands for the object. What is wrong is said of the object only if it is so of all. */
function refuse(frame: NotAnalysed, at: number, frames: readonly InstanceResult[]): InstanceResult {
  const { quality, ...rest } = frame;
  const isShared = frames.every(
    (each) => each.state === 'not-analysed' && each.quality === quality,
  );
  const detail = `frame ${at + 1} of ${frames.length}: ${frame.detail}`;
  return { ...rest, detail, ...(isShared && quality && { quality }) };
}

/**
 * Makes the result of an object from those of its frames, in order. Where one frame has no result the object has none:
 * half a look is no look. Throws MODEL_FAULT for masks that together are too large.
 */
export function mergeFrames(frames: readonly InstanceResult[]): InstanceResult {
  const [first] = frames;
  if (first && frames.length === 1) return first;
  const analysed: Analysed[] = [];
  for (const [at, frame] of frames.entries()) {
    if (frame.state === 'not-analysed') return refuse(frame, at, frames);
    analysed.push(frame);
  }
  const scores = analysed.flatMap((result, at) =>
    result.scores.map((score) => ({ ...score, frame: at + 1 })),
  );
  const outside = analysed.filter((result) => result.outside).length > analysed.length / 2;
  const [maps, masks] = [strongestMaps(analysed), masksOf(analysed)];
  return {
    state: 'analysed',
    scores,
    maps,
    ...(masks && { masks }),
    ...(outside && { outside }),
  };
}
