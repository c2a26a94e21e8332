import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePhantomInstance } from '../../demo/phantom-study.ts';
import { disk } from '../../device/files.ts';
import { seededRandom } from '../../models/phantom/random.ts';
import { preprocess } from '../../models/preprocess.ts';
import { analyseUnit, examineUnit, loadForUse } from '../../runtime/inference/analysis.ts';
import { readImages } from '../../runtime/inference/input.ts';
import type { Kernel, MadeBundle } from './made-bundle.ts';
import { makeBundle } from './made-bundle.ts';

const side = 8;
const phantom = makePhantomInstance({
  seed: 31,
  size: 128,
  patient: { name: 'DEMO^TEST', id: 'DEMO-0000' },
  studyInstanceUid: '2.25.1',
});
const received = { bytes: phantom.dataSet, transferSyntaxUid: phantom.transferSyntaxUid };

const steps: MadeBundle['preprocess'] = [
  { step: 'modality-lut' },
  { step: 'photometric' },
  { step: 'resize', rows: side, columns: side },
  { step: 'percentile-window', low: 0, high: 100 },
];

/** A kernel over the whole input, of random numbers: nothing about it is symmetrical. */
function kernel(seed: number): Kernel {
  const random = seededRandom(seed, 'kernel');
  const weights = Array.from({ length: side * side }, () => random.uniform(-0.2, 0.25));
  return { size: [side, side], weights, bias: random.uniform(-1, 1) };
}

const kernels = [kernel(1), kernel(2), kernel(3)];

let folder: string;
let picture: Float32Array;

beforeAll(async () => {
  folder = fs.mkdtempSync(join(tmpdir(), 'scanside-ensemble-'));
  const loaded = await load('reader', kernels.slice(0, 1));
  const read = await readImages(loaded.manifest, [received]);
  if (read.state !== 'read') throw new Error(read.detail);
  picture = preprocess(read.groups[0]![0]!, steps).values;
});

afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

async function load(name: string, members: Kernel[], more: Partial<MadeBundle> = {}) {
  const input = { name: 'image', kind: 'image', rows: side, columns: side, slices: 1, batch: 4 };
  const made = {
    input,
    preprocess: steps,
    kernels: members,
    golden: [phantom],
    ...more,
  } as MadeBundle;
  return loadForUse(await makeBundle(join(folder, name), made), disk);
}

const mirror = (values: Float32Array) =>
  values.map((_, at) => values[at - (at % side) + (side - 1 - (at % side))]!);

const answer = ({ weights, bias = 0 }: Kernel, values: Float32Array) =>
  weights.reduce((sum, weight, at) => sum + weight * values[at]!, bias);

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit));

describe('several members', () => {
  it('answer with the mean of their logits, and say how far they are apart', async () => {
    const { examinations } = await examineUnit(await load('three', kernels), [received]);
    const logits = kernels.map((each) => answer(each, picture));
    const probabilities = logits.map(sigmoid);
    const middle = mean(probabilities);
    const [score] = examinations[0]!.scores;
    expect(examinations[0]!.logits[0]).toBeCloseTo(mean(logits), 5);
    expect(score!.probability).toBeCloseTo(sigmoid(mean(logits)), 5);
    expect(score!.spread).toBeCloseTo(
      Math.sqrt(mean(probabilities.map((each) => (each - middle) ** 2))),
      5,
    );
    // The members do differ, or the spread would prove nothing.
    expect(score!.spread).toBeGreaterThan(0.02);
  });

  it('answer with the mean of their maps, and with the embedding of the first', async () => {
    const { examinations } = await examineUnit(await load('maps', kernels), [received]);
    const logits = kernels.map((each) => answer(each, picture));
    expect(examinations[0]!.maps[0]!.values[0]).toBeCloseTo(mean(logits), 5);
    expect(examinations[0]!.embedding![0]).toBeCloseTo(logits[0]!, 5);
  });

  it('say nothing of a spread where there is one of them', async () => {
    const { examinations } = await examineUnit(await load('one', kernels.slice(0, 1)), [received]);
    expect(examinations[0]!.scores[0]).not.toHaveProperty('spread');
  });
});

describe('a mirrored view', () => {
  it('is averaged with the original, for every member', async () => {
    const loaded = await load('mirrored', kernels.slice(0, 2), { views: ['mirrored'] });
    const { examinations } = await examineUnit(loaded, [received]);
    const each = kernels
      .slice(0, 2)
      .map((one) => mean([answer(one, picture), answer(one, mirror(picture))]));
    const plain = kernels.slice(0, 2).map((one) => answer(one, picture));
    expect(examinations[0]!.logits[0]).toBeCloseTo(mean(each), 5);
    // Mirroring does make a difference to these networks.
    expect(Math.abs(mean(each) - mean(plain))).toBeGreaterThan(0.01);
  });

  it('leaves map and embedding to the original', async () => {
    const loaded = await load('original', kernels.slice(0, 1), { views: ['mirrored'] });
    const { examinations } = await examineUnit(loaded, [received]);
    const original = answer(kernels[0]!, picture);
    expect(examinations[0]!.maps[0]!.values[0]).toBeCloseTo(original, 5);
    expect(examinations[0]!.embedding![0]).toBeCloseTo(original, 5);
  });

  it('of several inputs in one run stays with its own', async () => {
    const loaded = await load('several', kernels.slice(0, 2), { views: ['mirrored', 'enlarged'] });
    const others = [picture, mirror(picture), picture.map((value) => 1 - value)];
    const alone = [];
    for (const each of others) alone.push(...(await loaded.ensemble.run([each])));
    expect(await loaded.ensemble.run(others)).toEqual(alone);
  });
});

describe('what the maker says of disagreement', () => {
  it('reaches the result that is sent on', async () => {
    const result = await analyseUnit(await load('sent', kernels), [received]);
    expect(result).toMatchObject({ state: 'analysed', scores: [{ spread: expect.any(Number) }] });
  });
});
