import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBundleScorer } from '../cli/bundle-scorer.ts';
import { disk } from '../device/files.ts';
import type { ScorerAnswer } from '../models/evaluation/scorer.ts';
import { seededRandom } from '../models/phantom/random.ts';
import { advanceLimited, type LimitedChart, makeLimitedChart } from '../quality/cusum.ts';
import { makeDomainWatch } from '../quality/domain-watch.ts';
import { driftLimits } from '../quality/drift.ts';
import { wrapJpeg } from '../runtime/dicom/image-writer.ts';
import { describeWithShared } from './outside.ts';

const seed = 20;
const bundle = join(import.meta.dirname, '..', 'models', 'bundles', 'chest-child', '1.0.0');

/** What the gate of the model for children says of an image: whether it is outside, and whether it would be flagged. */
interface Verdict {
  outside: boolean;
  flagged: boolean;
}

function verdictOf(answer: ScorerAnswer, threshold: number): Verdict {
  const probability = answer.scores?.[0]?.probability ?? 0;
  const outside = answer.state === 'not-analysed' && answer.reason === 'outside-validated-domain';
  return { outside, flagged: probability >= threshold };
}

/** `count` files spread over a folder. */
function pick(folder: string, count: number): string[] {
  const names = fs.readdirSync(folder).sort();
  return Array.from({ length: count }, (_, at) =>
    join(folder, names[Math.floor((at * names.length) / count)] ?? ''),
  );
}

/** Exams drawn at random until the chart of `key` is at its limit, or `most` of them and not. */
function untilAlarm(
  watch: LimitedChart,
  pool: readonly Verdict[],
  key: keyof Verdict,
  most: number,
  stream: string,
): number {
  const random = seededRandom(seed, stream);
  for (let exams = 1, value = 0; exams <= most; exams++) {
    const verdict = pool[Math.floor(random.uniform(0, pool.length))];
    value = advanceLimited(watch, value, verdict?.[key] === true);
    if (value >= watch.limit) return exams;
  }
  return Infinity;
}

const shareOf = (pool: readonly Verdict[], key: keyof Verdict) =>
  pool.filter((verdict) => verdict[key]).length / pool.length;

describeWithShared(
  `the model for children on radiographs without an age, seed ${seed}`,
  (shared) => {
    const place = fs.mkdtempSync(join(tmpdir(), 'scanside-population-'));
    afterAll(() => fs.rmSync(place, { recursive: true }));

    let [children, adults]: Verdict[][] = [[], []];
    let watch: LimitedChart;

    beforeAll(async () => {
      const manifest = JSON.parse(fs.readFileSync(join(bundle, 'manifest.json'), 'utf8'));
      const { count, of } = manifest.domain.falseStops;
      watch = makeDomainWatch({ successes: count, trials: of });
      const scorer = await openBundleScorer(disk, bundle);
      const threshold = Object.values(scorer.model.thresholds)[0] ?? 1;
      const judge = async (path: string): Promise<Verdict> => {
        const file = join(place, 'image.dcm');
        fs.writeFileSync(
          file,
          wrapJpeg(fs.readFileSync(path), { source: 'test', patient: 'p' }).file,
        );
        return verdictOf(await scorer.score(file), threshold);
      };
      const data = join(shared, 'data');
      // In the proportion in which the children's hospital has them.
      for (const [part, count] of [
        ['NORMAL', 31],
        ['PNEUMONIA', 89],
      ] as const)
        for (const path of pick(join(data, 'cxr-kermany', 'images', part), count))
          children!.push(await judge(path));
      for (const path of pick(join(data, 'cxr-nih', 'images'), 120))
        adults!.push(await judge(path));
      await scorer.close();
    }, 240_000);

    it('alarms within 20 exams of adults, wherever they begin', () => {
      const delays = Array.from({ length: 200 }, (_, at) =>
        untilAlarm(watch, adults!, 'outside', 100, `adults ${at}`),
      );
      const late = delays.filter((exams) => exams > 20).length;
      expect(late).toBeLessThan(0.05 * delays.length);
    });

    it('would not alarm by the rate of its flags', () => {
      const rate = shareOf(children!, 'flagged');
      const odds = (2 * rate) / (1 - rate);
      const chart = makeLimitedChart(rate, odds / (1 + odds), driftLimits.flagRunLength);
      const delays = Array.from({ length: 200 }, (_, at) =>
        untilAlarm(chart, adults!, 'flagged', 1000, `flags ${at}`),
      );
      expect(Math.min(...delays)).toBeGreaterThan(20);
    });

    it('is silent on children, ten times 2,000 of them', () => {
      const runs = Array.from({ length: 10 }, (_, at) =>
        untilAlarm(watch, children!, 'outside', 2000, `children ${at}`),
      );
      expect(runs.filter(Number.isFinite)).toEqual([]);
    });
  },
);
