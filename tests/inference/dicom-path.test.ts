import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePhantomInstance, type PhantomInstanceRequest } from '../../demo/phantom-study.ts';
import { systemClock } from '../../device/clock.ts';
import { disk } from '../../device/files.ts';
import { loadBundle } from '../../models/bundle.ts';
import type { InstanceResult } from '../../models/outcome.ts';
import { type PhantomFinding, phantomFindings } from '../../models/phantom/finding.ts';
import { renderPhantom } from '../../models/phantom/phantom.ts';
import { type Engine, startEngine } from '../../runtime/inference/engine.ts';
import { shippedFolder } from './bundle-copy.ts';

const bundle = loadBundle(shippedFolder, disk);
const patient = { name: 'DEMO^TEST', id: 'DEMO-0000' };

let folder: string;
let engine: Engine;

beforeAll(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'scanside-engine-'));
  engine = startEngine({ clock: systemClock });
});

afterAll(async () => {
  await engine.close();
  fs.rmSync(folder, { recursive: true });
});

type Request = Omit<PhantomInstanceRequest, 'patient' | 'studyInstanceUid'>;

/** Writes the objects one after another into one file, as the spool does, and analyses each where it lies. */
async function analyse(requests: Request[]): Promise<InstanceResult[]> {
  const path = join(folder, 'segment');
  const made = requests.map((request) =>
    makePhantomInstance({ ...request, patient, studyInstanceUid: '2.25.1' }),
  );
  fs.writeFileSync(path, Buffer.concat(made.map(({ dataSet }) => dataSet)));
  let end = 0;
  const jobs = made.map(({ dataSet, transferSyntaxUid, sopInstanceUid }) => {
    end += dataSet.length;
    const offset = end - dataSet.length;
    const image = { path, offset, length: dataSet.length, transferSyntaxUid };
    return { id: sopInstanceUid, images: [image], bundle };
  });
  return Promise.all(jobs.map((job) => engine.analyse(job)));
}

function probability(result: InstanceResult | undefined, finding: PhantomFinding): number {
  if (result?.state !== 'analysed') throw new Error(JSON.stringify(result));
  return result.scores.find((score) => score.finding === finding)?.probability ?? Number.NaN;
}

/** The share of pairs of a positive and a negative that the score puts in order. */
function areaUnderCurve(cases: { positive: boolean; score: number }[]): number {
  const positives = cases.filter(({ positive }) => positive);
  const negatives = cases.filter(({ positive }) => !positive);
  const wins = positives.flatMap((p) =>
    negatives.map((n) => (p.score > n.score ? 1 : p.score === n.score ? 0.5 : 0)),
  );
  return wins.reduce<number>((sum, win) => sum + win, 0) / wins.length;
}

const variants: Request[] = (['DX', 'CR'] as const).flatMap((modality) =>
  (['MONOCHROME1', 'MONOCHROME2'] as const).flatMap((photometric) =>
    ([8, 12, 16] as const).map((bits) => ({ seed: 0, size: 256, modality, photometric, bits })),
  ),
);

describe('the same picture', () => {
  it.each([
    [11, ['pneumothorax']],
    [12, ['pleural-effusion']],
    [13, ['nodule']],
    [14, []],
  ] as [number, PhantomFinding[]][])(
    'has the same probabilities in every encoding (seed %i)',
    async (seed, findings) => {
      const results = await analyse(variants.map((variant) => ({ ...variant, seed, findings })));
      for (const finding of phantomFindings) {
        const seen = results.map((result) => probability(result, finding));
        expect(Math.max(...seen) - Math.min(...seen), finding).toBeLessThan(0.02);
      }
    },
  );
});

describe('the demonstration model through the DICOM path', () => {
  const first = 4_000_000;
  const count = 150;

  it(`tells findings apart on ${count} phantoms that it has never seen (seeds from ${first})`, async () => {
    const requests = Array.from({ length: count }, (_, at) => ({
      ...variants[at % variants.length],
      seed: first + at,
    }));
    const results = await analyse(requests);
    const analysed = [...results.entries()].filter(([, { state }]) => state === 'analysed');
    expect(analysed.length).toBeGreaterThan(0.9 * count);
    for (const finding of phantomFindings) {
      const cases = analysed.map(([at, result]) => ({
        positive: renderPhantom({ seed: first + at, size: 1 }).labels[finding],
        score: probability(result, finding),
      }));
      expect(areaUnderCurve(cases), finding).toBeGreaterThan(0.95);
    }
  }, 120_000);
});
