import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePhantomInstance } from '../../demo/phantom-study.ts';
import { disk } from '../../device/files.ts';
import type { ActivationMap } from '../../models/outcome.ts';
import { type PhantomFinding, phantomFindings } from '../../models/phantom/finding.ts';
import { lesionMask } from '../../models/phantom/phantom.ts';
import { analyseUnits, type LoadedBundle, loadForUse } from '../../runtime/inference/analysis.ts';
import { shippedFolder } from './bundle-copy.ts';

/** Seeds that the model has not seen, one finding each. */
const firstSeed = 3_500_000;
const count = 200;
const side = 128;
/** The grid that the lesion is drawn on, a whole number of its pixels to a field of the map. */
const maskSide = 96;

let loaded: LoadedBundle;

beforeAll(async () => {
  loaded = await loadForUse(shippedFolder, disk);
});

afterAll(() => loaded.ensemble.release());

function peakOf({ values, columns }: ActivationMap): { row: number; column: number } {
  const at = values.indexOf(Math.max(...values));
  return { row: Math.floor(at / columns), column: at % columns };
}

/** Pixels from the field of the map's peak to the nearest of the lesion; 0 where the field holds any of it. */
function missedBy(mask: Uint8Array, map: ActivationMap): number {
  const field = maskSide / map.rows;
  const peak = peakOf(map);
  const beyond = (at: number, from: number) => Math.max(0, from - at, at - (from + field - 1));
  let nearest = Infinity;
  for (const [at, inside] of mask.entries()) {
    if (!inside) continue;
    const down = beyond(Math.floor(at / maskSide), peak.row * field);
    nearest = Math.min(nearest, Math.hypot(down, beyond(at % maskSide, peak.column * field)));
  }
  return nearest;
}

async function mapsOf(finding: PhantomFinding): Promise<{ seed: number; map: ActivationMap }[]> {
  const seeds = Array.from({ length: count }, (_, at) => firstSeed + at);
  const units = seeds.map((seed) => {
    const { dataSet, transferSyntaxUid } = makePhantomInstance({
      seed,
      size: side,
      findings: [finding],
      patient: { name: 'DEMO^TEST', id: 'DEMO-0000' },
      studyInstanceUid: '2.25.1',
    });
    return [{ bytes: dataSet, transferSyntaxUid }];
  });
  const results = await analyseUnits(loaded, units);
  const at = phantomFindings.indexOf(finding);
  const { threshold } = loaded.manifest.findings[at]!;
  return results.flatMap((result, index) => {
    if (result.state !== 'analysed' || result.scores[at]!.probability < threshold) return [];
    return [{ seed: seeds[index]!, map: result.maps[at]! }];
  });
}

/** Share of true positives whose peak lies in the lesion. The rim of a pneumothorax is thinner than a field of the map. */
const goals: Record<PhantomFinding, number> = {
  pneumothorax: 0.65,
  'pleural-effusion': 0.75,
  nodule: 0.75,
};

const hits: boolean[] = [];

describe('the class activation map', () => {
  it.each(phantomFindings)(
    `peaks in the %s of most true positives among ${count}, and beside it in nearly all`,
    async (finding) => {
      const found = await mapsOf(finding);
      expect(found.length).toBeGreaterThan(0.8 * count);
      const missed = found.map(({ seed, map }) =>
        missedBy(lesionMask({ seed, size: maskSide }, finding), map),
      );
      const within = (pixels: number) =>
        missed.filter((distance) => distance <= pixels).length / found.length;
      hits.push(...missed.map((distance) => distance === 0));
      expect(within(0)).toBeGreaterThanOrEqual(goals[finding]);
      // Half a field: no map of this grid says more exactly where it reacted.
      expect(within(4)).toBeGreaterThanOrEqual(0.9);
    },
    120_000,
  );

  it('peaks in the lesion in three of four true positives of all kinds', () => {
    expect(hits.length).toBeGreaterThan(0.8 * count * phantomFindings.length);
    expect(hits.filter(Boolean).length / hits.length).toBeGreaterThanOrEqual(0.75);
  });
});
