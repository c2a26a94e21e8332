import { describe, expect, it } from 'vitest';
import type { InstanceResult } from '../../models/outcome.ts';
import { mergeFrames } from './frames.ts';

function frame(probability: number, outside = false): InstanceResult {
  return {
    state: 'analysed',
    scores: [
      { finding: 'a', probability },
      { finding: 'b', probability: probability / 2 },
    ],
    maps: [{ finding: 'a', rows: 1, columns: 1, values: [probability] }],
    ...(outside && { outside }),
  };
}

const bad: InstanceResult = { state: 'not-analysed', reason: 'quality', detail: 'no contrast' };

describe('the frames of an object', () => {
  it('are the result itself where there is one', () => {
    expect(mergeFrames([frame(0.3)])).toEqual(frame(0.3));
    expect(mergeFrames([bad])).toEqual(bad);
  });

  it('keep all scores by number from 1, and the map of the frame that says most', () => {
    expect(mergeFrames([frame(0.1), frame(0.8), frame(0.4)])).toEqual({
      state: 'analysed',
      scores: [0.1, 0.8, 0.4].flatMap((probability, at) => [
        { finding: 'a', probability, frame: at + 1 },
        { finding: 'b', probability: probability / 2, frame: at + 1 },
      ]),
      maps: [{ finding: 'a', rows: 1, columns: 1, values: [0.8], frame: 2 }],
    });
  });

  it('have no result where one has none, and say which', () => {
    expect(mergeFrames([frame(0.9), bad, frame(0.9)])).toEqual({
      ...bad,
      detail: 'frame 2 of 3: no contrast',
    });
  });

  it('lie outside where more than half of them do', () => {
    const outside = (...flags: boolean[]) => {
      const merged = mergeFrames(flags.map((flag) => frame(0.5, flag)));
      return merged.state === 'analysed' && merged.outside;
    };
    expect(outside(true, true, false)).toBe(true);
    expect(outside(true, false)).toBeFalsy();
    expect(outside(false, false)).toBeFalsy();
  });

  it('keep of each finding the map of the frame that says most of it', () => {
    const of = (a: number, b: number): InstanceResult => ({
      state: 'analysed',
      scores: [
        { finding: 'a', probability: a },
        { finding: 'b', probability: b },
      ],
      maps: [
        { finding: 'a', rows: 1, columns: 1, values: [a] },
        { finding: 'b', rows: 1, columns: 1, values: [b] },
      ],
    });
    expect(mergeFrames([of(0.1, 0.9), of(0.7, 0.2), of(0.7, 0.3)])).toMatchObject({
      maps: [
        { finding: 'a', values: [0.7], frame: 2 },
        { finding: 'b', values: [0.9], frame: 1 },
      ],
    });
  });

  it('keep all masks by number from 1, and have none where the model gives none', () => {
    const mask = { finding: 'a', rows: 1, columns: 9, runs: [0, 3] };
    const masked = { ...frame(0.9), masks: [mask] } as InstanceResult;
    const empty = { ...frame(0.2), masks: [] } as InstanceResult;
    expect(mergeFrames([empty, masked, masked])).toMatchObject({
      masks: [
        { ...mask, frame: 2 },
        { ...mask, frame: 3 },
      ],
    });
    expect(mergeFrames([empty, empty])).toMatchObject({ masks: [] });
    expect(mergeFrames([frame(0.2), frame(0.3)])).not.toHaveProperty('masks');
    expect(mergeFrames([masked])).toEqual(masked);
  });

  it('are refused where their masks together have more than a million runs', () => {
    const runs = Array.from({ length: 200_000 }, () => 1);
    const masks = [{ finding: 'a', rows: 1, columns: 1, runs }];
    const torn = Array.from({ length: 10 }, () => ({ ...frame(0.9), masks }) as InstanceResult);
    expect(mergeFrames(torn)).toMatchObject({ state: 'analysed' });
    expect(() => mergeFrames([...torn, torn[0]!])).toThrow('more than 1000000 runs');
  });
});
