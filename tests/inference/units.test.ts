import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeHeadSeries } from '../../demo/head-study.ts';
import { makePhantomInstance, type PhantomInstance } from '../../demo/phantom-study.ts';
import { systemClock } from '../../device/clock.ts';
import { disk } from '../../device/files.ts';
import { type Bundle, loadBundle } from '../../models/bundle.ts';
import type { Manifest } from '../../models/manifest.ts';
import type { InstanceResult } from '../../models/outcome.ts';
import { scanHead } from '../../models/phantom/head/scan.ts';
import { storeHeadSlice } from '../../models/phantom/head/stored-slice.ts';
import { preprocess } from '../../models/preprocess.ts';
import { headerLimits, readDataSet } from '../../runtime/dicom/data-set.ts';
import { tags } from '../../runtime/dicom/tag.ts';
import {
  type Engine,
  type EngineEvent,
  type EngineImage,
  startEngine,
} from '../../runtime/inference/engine.ts';
import { concludeStudy } from '../../runtime/study/conclusion.ts';
import { planUnits } from '../../runtime/study/unit.ts';
import { shippedFolder } from './bundle-copy.ts';
import { writeDataSet } from './data-set-writer.ts';
import { makeBundle } from './made-bundle.ts';

const patient = { name: 'DEMO^TEST', id: 'DEMO-0000' };
const shipped = loadBundle(shippedFolder, disk);

let folder: string;
let engine: Engine;
let events: EngineEvent[] = [];
let onEvent: (event: EngineEvent) => void = () => undefined;

beforeAll(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'scanside-units-'));
  engine = startEngine({
    clock: systemClock,
    log(event) {
      events.push(event);
      onEvent(event);
    },
  });
});

afterAll(async () => {
  await engine.close();
  fs.rmSync(folder, { recursive: true });
});

let written = 0;

function write({
  dataSet,
  transferSyntaxUid,
}: Pick<PhantomInstance, 'dataSet' | 'transferSyntaxUid'>): EngineImage {
  const path = join(folder, `${written++}.bin`);
  fs.writeFileSync(path, dataSet);
  return { path, offset: 0, length: dataSet.length, transferSyntaxUid };
}

function probability(result: InstanceResult): number {
  if (result.state !== 'analysed') throw new Error(result.detail);
  return result.scores[0]!.probability;
}

describe('slices that are looked at with their neighbours', () => {
  const side = 16;
  const request = { seed: 3, size: 64, slices: 6, patient, studyInstanceUid: '2.25.1' };
  const series = [...makeHeadSeries(request)];
  const steps: Manifest['preprocess'] = [
    { step: 'modality-lut' },
    { step: 'window', centre: 40, width: 160 },
    { step: 'resize', rows: side, columns: side },
  ];
  const input = {
    name: 'image',
    kind: 'slab',
    slices: 3,
    rows: side,
    columns: side,
    batch: 4,
  } as const;
  // Each of the three planes weighs differently: their order and number cannot be wrong unnoticed.
  const planeWeights = [3, -1, 0.5];
  const kernel = { size: [1, 1] as [number, number], weights: planeWeights };

  const scan = scanHead(request);
  const means = series.map((_, at) => {
    const { values } = preprocess(storeHeadSlice(scan.slice(at)), steps);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  });
  const at = (index: number) => means[Math.min(means.length - 1, Math.max(0, index))]!;
  const byHand = series.map((_, centre) =>
    planeWeights.reduce((sum, weight, plane) => sum + weight * at(centre - 1 + plane), 0),
  );

  it('answer as computed by hand, the outermost standing in at the ends', async () => {
    const golden = series.slice(0, 3);
    const made = { input, preprocess: steps, kernels: [kernel], golden };
    const bundle = loadBundle(await makeBundle(join(folder, 'slab'), made), disk);
    const instances = series.map((instance, index) => ({
      sopInstanceUid: instance.sopInstanceUid,
      seriesUid: instance.seriesInstanceUid,
      facts: { slice: { plane: 'axial', at: index } },
      image: write(instance),
    }));
    const units = planUnits(input, instances.toReversed());
    const results = await Promise.all(
      units.map(({ centre, instances: slab }) =>
        engine.analyse({
          id: centre.sopInstanceUid,
          images: slab.map(({ image }) => image),
          bundle,
        }),
      ),
    );
    const expected = byHand.map((logit) => 1 / (1 + Math.exp(-logit)));
    for (const [index, result] of results.entries())
      expect(probability(result)).toBeCloseTo(expected[index]!, 5);
    // Another order of planes would be seen: neighbours differ.
    expect(Math.abs(at(0) - at(1))).toBeGreaterThan(1e-3);

    const judged = units.map(({ centre }, index) => ({
      sopInstanceUid: centre.sopInstanceUid,
      seriesUid: centre.seriesUid,
      result: results[index]!,
    }));
    const rules = { ...bundle.manifest, aggregation: { by: 'top', k: 2 } } as const;
    const conclusion = concludeStudy(rules, judged);
    if (conclusion.state === 'not-analysed') throw new Error(conclusion.detail);
    const order = [...expected.keys()].sort((a, b) => expected[b]! - expected[a]!);
    const [one = 0, two = 0] = order;
    expect(conclusion.findings[0]).toMatchObject({
      probability: expect.closeTo((expected[one]! + expected[two]!) / 2, 5),
      key: [
        { sopInstanceUid: series[one]!.sopInstanceUid },
        { sopInstanceUid: series[two]!.sopInstanceUid },
      ],
    });
  });

  it('are unreadable where there are fewer or more than the model looks at', async () => {
    const made = { input, preprocess: steps, kernels: [kernel], golden: series.slice(0, 3) };
    const bundle = loadBundle(await makeBundle(join(folder, 'counted'), made), disk);
    const images = series.map(write);
    for (const count of [2, 4])
      expect(
        await engine.analyse({ id: String(count), images: images.slice(0, count), bundle }),
      ).toMatchObject({ state: 'not-analysed', reason: 'unreadable' });
  });
});

describe('a series that is looked at as one volume', () => {
  const [side, slices] = [16, 6];
  const request = { size: 64, slices, patient, studyInstanceUid: '2.25.1' };
  // Upright, so that the slices are as far apart as their heights are.
  const seed = [1, 2, 3, 4, 5, 6].find(
    (each) => scanHead({ ...request, seed: each }).protocol.tilt === 0,
  )!;
  const scan = scanHead({ ...request, seed });
  const { spacing, fieldOfView } = scan.protocol;
  const steps: Manifest['preprocess'] = [
    { step: 'modality-lut' },
    { step: 'window', centre: 40, width: 160 },
  ];
  const input: Manifest['network']['input'] = {
    name: 'image',
    kind: 'volume',
    slices,
    rows: side,
    columns: side,
    spacing: [spacing, fieldOfView / side, fieldOfView / side],
    batch: 1,
  };
  const weights = [4, -3, 2, -1, 3, -2];

  it('answers as computed by hand, whatever the order in which its slices came', async () => {
    const series = [...makeHeadSeries({ ...request, seed })];
    const made = {
      input,
      preprocess: steps,
      kernels: [{ size: [1, 1] as [number, number], weights }],
    };
    const folderOfBundle = await makeBundle(join(folder, 'volume'), { ...made, golden: series });
    const bundle = loadBundle(folderOfBundle, disk);
    const logit = weights.reduce((sum, weight, at) => {
      const { values } = preprocess(storeHeadSlice(scan.slice(at)), steps);
      return sum + (weight * values.reduce((all, value) => all + value, 0)) / values.length;
    }, 0);
    const images = series.map(write);
    for (const [at, order] of [images, images.toReversed()].entries()) {
      const result = await engine.analyse({ id: `volume ${at}`, images: order, bundle });
      expect(probability(result)).toBeCloseTo(1 / (1 + Math.exp(-logit)), 3);
      if (result.state === 'analysed') expect(result.maps[0]!.values).toHaveLength(side * side);
    }
    // A gap in the middle is anatomy that nobody has seen.
    const torn = images.filter((_, at) => at < 1 || at > 3);
    expect(await engine.analyse({ id: 'torn', images: torn, bundle })).toMatchObject({
      state: 'not-analysed',
    });
  });
});

describe('an object of several frames', () => {
  const size = 160;

  /** Frames of phantoms behind each other in one object; `blank` is the index of one without a picture. */
  function multiFrame(seeds: number[], blank?: number) {
    const objects = seeds.map((seed) =>
      makePhantomInstance({ seed, size, patient, studyInstanceUid: '2.25.1' }),
    );
    const [first] = objects;
    const dataSet = readDataSet(first!.dataSet, first!.transferSyntaxUid, headerLimits);
    const length = size * size * 2;
    const frames = objects.map((object, at) =>
      at === blank ? Buffer.alloc(length) : Buffer.from(object.dataSet.slice(-length)),
    );
    const elements = new Map(dataSet.elements);
    const text = Buffer.from(String(seeds.length).padEnd(2));
    elements.set(tags.NumberOfFrames, { tag: tags.NumberOfFrames, vr: 'IS', value: text });
    elements.set(tags.PixelData, { tag: tags.PixelData, vr: 'OW', value: Buffer.concat(frames) });
    const bytes = writeDataSet({ elements, littleEndian: true }, explicitLittleEndian);
    return { dataSet: bytes, transferSyntaxUid: first!.transferSyntaxUid };
  }

  const explicitLittleEndian = { explicit: true, littleEndian: true };
  const seeds = [51, 52, 54];
  const analyse = (object: Parameters<typeof write>[0]) =>
    engine.analyse({ id: 'frames', images: [write(object)], bundle: shipped });

  it('has the scores of each as if it had come alone', async () => {
    const whole = await analyse(multiFrame(seeds));
    if (whole.state !== 'analysed') throw new Error(whole.detail);
    const alone = await Promise.all(
      seeds.map((seed) =>
        analyse(makePhantomInstance({ seed, size, patient, studyInstanceUid: '2.25.1' })),
      ),
    );
    const expected = alone.flatMap((result, at) =>
      result.state === 'analysed' ? result.scores.map((one) => ({ ...one, frame: at + 1 })) : [],
    );
    expect(whole.scores).toEqual(expected);
    expect(expected).toHaveLength(9);
  });

  it('is not analysed where one frame is bad, and says which', async () => {
    const result = await analyse(multiFrame(seeds, 1));
    expect(result).toMatchObject({ state: 'not-analysed', reason: 'quality' });
    expect(result).toMatchObject({ detail: expect.stringContaining('frame 2 of 3') });
  });
});

describe('a queue of jobs', () => {
  const objects = Array.from({ length: 16 }, (_, at) =>
    makePhantomInstance({ seed: 600 + at, size: 128, patient, studyInstanceUid: '2.25.1' }),
  );

  it('gives together what each gives alone, bit for bit', async () => {
    const jobs = objects.map((object, at) => ({
      id: String(at),
      images: [write(object)],
      bundle: shipped,
    }));
    const together = await Promise.all(jobs.map((job) => engine.analyse(job)));
    // Another process: this one would answer from its cache.
    const other = startEngine({ clock: systemClock });
    const alone: InstanceResult[] = [];
    for (const job of jobs) alone.push(await other.analyse(job));
    await other.close();
    expect(together.filter(({ state }) => state === 'analysed').length).toBeGreaterThan(12);
    expect(together).toEqual(alone);
  });

  it('loses only the job that hangs the process', async () => {
    // Nobody ever writes to it: whoever opens it waits.
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const limits = { timeoutMs: 1500, peakMegabytes: 1 };
    const bundle: Bundle = { ...shipped, manifest: { ...shipped.manifest, limits } };
    const [first, second, third] = objects.map(write);
    await engine.analyse({ id: 'warm', images: [first!], bundle });
    events = [];
    const ask = (image: EngineImage, id: string) => engine.analyse({ id, images: [image], bundle });
    const late = Promise.withResolvers<InstanceResult>();
    onEvent = (event) => {
      // Behind the job that is being put back, not before it.
      if (event.event === 'repeated' && event.id === 'job 3')
        queueMicrotask(() => late.resolve(ask(first!, 'late')));
    };
    const results = await Promise.all([
      ...[first!, second!, third!, { ...first!, path }].map((image, at) => ask(image, `job ${at}`)),
      late.promise,
    ]);
    expect(results.map((result) => ('reason' in result ? result.reason : result.state))).toEqual([
      'analysed',
      'analysed',
      'analysed',
      'timeout',
      'analysed',
    ]);
    expect(events.filter(({ event }) => event === 'poisoned')).toEqual([
      { event: 'poisoned', id: 'job 3', failure: 'timeout' },
    ]);
    // Whatever ran with it was repeated, alone; what came late was kept apart.
    const repeated = events.flatMap((each) => (each.event === 'repeated' ? [each.id] : []));
    expect(repeated).toContain('job 3');
    expect(repeated).not.toContain('late');
    expect(new Set(repeated).size).toBe(repeated.length);
  });
});
