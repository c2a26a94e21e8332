import { describe, expect, it } from 'vitest';
import { bootstrap } from '../../models/evaluation/bootstrap.ts';
import { brier } from '../../models/evaluation/calibration.ts';
import { aucWithInterval, midranks } from '../../models/evaluation/delong.ts';
import { pairedDifference } from '../../models/evaluation/paired-difference.ts';
import {
  clopperPearson,
  clusteredWilson,
  type Interval,
  type Proportion,
  wilson,
} from '../../models/evaluation/proportion.ts';
import type { Label } from '../../models/evaluation/sample.ts';
import { type Random, seededRandom } from '../../models/phantom/random.ts';

const seed = 31;

/** Patients with two images each, whose scores share a part that is the patient's own. */
function drawCases(random: Random, patients: number) {
  const cases = Array.from({ length: 2 * patients }, (_, at) => ({ patient: Math.floor(at / 2) }));
  const own = Array.from({ length: patients }, () => random.uniform(0, 0.3));
  const labels = cases.map(({ patient }): Label => (patient % 2 === 0 ? 1 : 0));
  const scores = cases.map(
    ({ patient }, at) => 0.25 * (labels[at] ?? 0) + (own[patient] ?? 0) + random.uniform(0, 0.45),
  );
  return { labels, scores, clusters: cases.map(({ patient }) => `p${patient}`) };
}

/** The area from ranks alone, which is all that a bootstrap sample needs. */
function area(labels: readonly Label[], scores: readonly number[]): number {
  const positives = labels.filter((label) => label === 1).length;
  const sum = midranks(scores).reduce((all, rank, at) => all + rank * (labels[at] ?? 0), 0);
  return (sum / positives - (positives + 1) / 2) / (labels.length - positives);
}

/** What the figures are in truth: those of very many patients. */
const truth = (() => {
  const { labels, scores } = drawCases(seededRandom(seed, 'truth'), 100_000);
  return { auc: area(labels, scores), brier: brier(labels, scores) };
})();

const covers = ({ low, high }: Interval, value: number) => Number(low <= value && value <= high);

/** Share of `rounds` in which each interval covers the truth. */
function coverage(rounds: number, cover: (random: Random) => number[]): number[] {
  const random = seededRandom(seed, 'coverage');
  const all = Array.from({ length: rounds }, () => cover(random));
  return (all[0] ?? []).map(
    (_, at) => all.reduce((sum, round) => sum + (round[at] ?? 0), 0) / rounds,
  );
}

describe(`95 % intervals of clustered cases, seed ${seed}`, () => {
  it('of the bootstrap cover the truth in 93 to 97 %', { timeout: 240_000 }, () => {
    const shares = coverage(400, (random) => {
      const { labels, scores, clusters } = drawCases(random, 100);
      const figures = (cases: readonly number[]) => {
        const drawn = cases.map((at) => labels[at] ?? 0);
        const values = cases.map((at) => scores[at] ?? 0);
        return [area(drawn, values), brier(drawn, values)];
      };
      const options = { seed: Math.floor(random.uniform(0, 2 ** 31)), replicates: 150 };
      const [auc, score] = bootstrap(labels, clusters, figures, options);
      return [covers(auc!, truth.auc), covers(score!, truth.brier)];
    });
    for (const share of shares) {
      expect(share).toBeGreaterThanOrEqual(0.93);
      expect(share).toBeLessThanOrEqual(0.97);
    }
  });

  it('of the area by patient cover it, and by image do not', () => {
    const [byPatient = 0, byImage = 0] = coverage(1000, (random) => {
      const { labels, scores, clusters } = drawCases(random, 200);
      return [
        covers(aucWithInterval(labels, scores, clusters), truth.auc),
        covers(aucWithInterval(labels, scores), truth.auc),
      ];
    });
    expect(byPatient).toBeGreaterThanOrEqual(0.93);
    expect(byPatient).toBeLessThanOrEqual(0.97);
    expect(byImage).toBeLessThan(byPatient - 0.02);
  });

  it('of a share by patient cover it, and by image do not', () => {
    // Half of the patients are hit in nine of ten images, the others in seven of ten.
    const [byPatient = 0, byImage = 0] = coverage(2000, (random) => {
      const images = Array.from({ length: 300 }, (_, at) => Math.floor(at / 6));
      const chances = images.map(() => random.pick([0.98, 0.62]));
      const hits = images.map((patient) => Number(random.chance(chances[patient] ?? 0)));
      const successes = hits.reduce((sum, hit) => sum + hit, 0);
      return [
        covers(clusteredWilson(hits, images.map(String)), 0.8),
        covers(wilson({ successes, trials: 300 }), 0.8),
      ];
    });
    expect(byPatient).toBeGreaterThanOrEqual(0.93);
    expect(byPatient).toBeLessThanOrEqual(0.97);
    expect(byImage).toBeLessThan(0.9);
  });
});

/** Exact coverage: every outcome of `trials` with its probability. */
function exactCoverage(of: (counts: Proportion) => Interval, share: number, trials: number) {
  let [probability, sum] = [(1 - share) ** trials, 0];
  for (let successes = 0; successes <= trials; successes++) {
    sum += probability * covers(of({ successes, trials }), share);
    probability *= ((trials - successes) / (successes + 1)) * (share / (1 - share));
  }
  return sum;
}

describe('95 % intervals of independent cases', () => {
  const shares = Array.from({ length: 49 }, (_, at) => 0.5 + at / 100);

  it('of Clopper and Pearson cover at least that, whatever the truth is', () => {
    for (const share of shares)
      expect(exactCoverage(clopperPearson, share, 100)).toBeGreaterThanOrEqual(0.95);
  });

  it('of Wilson cover that on average', () => {
    const all = shares.map((share) => exactCoverage(wilson, share, 100));
    const average = all.reduce((sum, each) => sum + each, 0) / all.length;
    expect(Math.abs(average - 0.95)).toBeLessThan(0.005);
  });

  it('of Tango cover a paired difference in 93 to 97 %', () => {
    const [share = 0] = coverage(4000, (random) => {
      const discordance = { onlyFirst: 0, onlySecond: 0 };
      for (let at = 0; at < 120; at++) {
        const draw = random.uniform(0, 1);
        if (draw < 0.06) discordance.onlyFirst++;
        else if (draw < 0.18) discordance.onlySecond++;
      }
      return [covers(pairedDifference(discordance, 120), 0.06)];
    });
    expect(share).toBeGreaterThanOrEqual(0.93);
    expect(share).toBeLessThanOrEqual(0.97);
  });
});
