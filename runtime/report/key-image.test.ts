import { describe, expect, it } from 'vitest';
import { flaggedRequest, localising, mapOf } from '../../tests/fixtures/heatmap.ts';
import { selectHeatmaps } from './heatmap.ts';
import { flaggedKeys, keyImages, mostKeyImages } from './key-image.ts';
import type { ReportRequest } from './request.ts';

const request = flaggedRequest(localising([{ step: 'resize', rows: 64, columns: 64 }]), 'CT');
const ids = request.manifest!.findings.map(({ id }) => id);

/** Each finding rests on so many images, the strongest first, of which it has its own. */
function resting(counts: readonly number[], flagged = true): ReportRequest {
  const findings = counts.map((count, at) => ({
    finding: ids[at]!,
    probability: 0.9,
    flagged,
    key: Array.from({ length: count }, (_, rank) => ({ sopInstanceUid: `1.${at}.${rank}` })),
  }));
  const instances = findings.flatMap(({ key }) =>
    key.map((image) => ({ ...request.instances[0]!, ...image })),
  );
  return {
    ...request,
    instances,
    conclusion: { state: 'flagged', analysed: [], missed: [], findings },
  };
}

const uids = (images: { sopInstanceUid: string }[]) => images.map((each) => each.sopInstanceUid);

describe('key images', () => {
  it('are the strongest of each finding, then the next of each', () => {
    expect(uids(keyImages(resting([3, 1])))).toEqual(['1.0.0', '1.1.0', '1.0.1', '1.0.2']);
    expect(flaggedKeys(resting([1, 2])).map(({ finding }) => finding)).toEqual([
      ids[0],
      ids[1],
      ids[1],
    ]);
  });

  it('are at most sixteen, and none where nothing may be shown or nothing is flagged', () => {
    expect(keyImages(resting([600, 2]))).toHaveLength(mostKeyImages);
    expect(keyImages(resting([3], false))).toEqual([]);
    const show = { ...request.manifest!.show, localisation: false };
    expect(keyImages({ ...resting([3]), manifest: { ...request.manifest!, show } })).toEqual([]);
  });

  it('are each one, whatever number of findings rests on them', () => {
    const twice = resting([1, 1]);
    if (twice.conclusion.state !== 'flagged') throw new Error('nothing is flagged');
    twice.conclusion.findings[1]!.key = [{ sopInstanceUid: '1.0.0' }];
    expect(keyImages(twice)).toHaveLength(1);
    expect(flaggedKeys(twice)).toHaveLength(2);
  });
});

describe('the heatmaps of a result', () => {
  const map = { ...mapOf(8, 8, { row: 1, column: 1 }), finding: ids[0]! };

  it('are of the maps that speak for a finding, at most sixteen', () => {
    const chosen = selectHeatmaps(resting([20, 2]), () => [map]);
    expect(chosen).toHaveLength(mostKeyImages);
    expect(new Set(chosen.map(({ finding }) => finding.id))).toEqual(new Set([ids[0]]));
    const silent = { ...map, values: map.values.map(() => 0) };
    expect(selectHeatmaps(resting([3]), () => [silent])).toEqual([]);
  });

  it('are of the frame that a map is of', () => {
    const framed = resting([1]);
    if (framed.conclusion.state !== 'flagged') throw new Error('nothing is flagged');
    framed.conclusion.findings[0]!.key = [
      { sopInstanceUid: '1.0.0', frame: 3 },
      { sopInstanceUid: '1.0.0', frame: 5 },
    ];
    const chosen = selectHeatmaps(framed, () => [{ ...map, frame: 5 }]);
    expect(chosen.map(({ frame }) => frame)).toEqual([5]);
  });
});
