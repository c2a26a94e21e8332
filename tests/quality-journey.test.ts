import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { disk } from '../device/files.ts';
import { openKeyFile } from '../device/keys.ts';
import { findBundle, loadBundle } from '../models/bundle.ts';
import { seededRandom } from '../models/phantom/random.ts';
import type { Actor } from '../panel/role.ts';
import type { Proportion } from '../models/evaluation/proportion.ts';
import { makeDomainWatch } from '../quality/domain-watch.ts';
import { signalsOf } from '../quality/signal.ts';
import {
  judgeStream,
  observeStream,
  startStream,
  type StreamExam,
  watchOf,
} from '../quality/stream-watch.ts';
import { type WrappedImage, wrapJpeg } from '../runtime/dicom/image-writer.ts';
import { openQualityStore } from '../runtime/quality/quality-store.ts';
import {
  isTerminal,
  makeDataFolder,
  type RunningAppliance,
  startTestAppliance,
} from './appliance.ts';
import { describeWithShared } from './outside.ts';

const seed = 77;
const limit = { timeout: 400_000 };
const bundles = join(import.meta.dirname, '..', 'models', 'bundles');
const ada: Actor = { user: 'ada', role: 'radiologist', address: '10.0.0.7' };
const bob: Actor = { user: 'bob', role: 'technologist', address: '10.0.0.8' };

/** Folders of the images of a population, in the proportion in which its hospital has them. */
const populations = {
  children: [
    ['cxr-kermany/images/NORMAL', 31],
    ['cxr-kermany/images/PNEUMONIA', 89],
  ],
  adults: [['cxr-nih/images', 120]],
} as const;

type Population = keyof typeof populations;

/** `count` radiographs of a population whose age no header tells, each a study of its own. */
function radiographs(shared: string, population: Population, count: number): WrappedImage[] {
  const files = populations[population].flatMap(([folder, share]) => {
    const path = join(shared, 'data', folder);
    const names = readdirSync(path).sort();
    return Array.from({ length: share }, (_, at) =>
      join(path, names[Math.floor((at * names.length) / share)] ?? ''),
    );
  });
  const random = seededRandom(seed, population);
  const drawn = files
    .map((file) => ({ file, lot: random.uniform(0, 1) }))
    .sort((one, other) => one.lot - other.lot)
    .slice(0, count);
  return drawn.map(({ file }, at) =>
    wrapJpeg(readFileSync(file), { source: 'test', patient: `${population}-${at}` }),
  );
}

async function stream(appliance: RunningAppliance, images: WrappedImage[]): Promise<string[]> {
  for (const image of images) await sendStudy([image], appliance.scanner);
  const ids = images.map(({ studyInstanceUid }) => studyInstanceUid);
  await appliance.untilExams(ids, isTerminal, 120_000);
  return ids;
}

const conditionsOf = ({ source }: RunningAppliance) =>
  source
    .device()
    .conditions.map(({ id }) => id)
    .filter((id) => /population|model-(restricted|paused)|input-/.test(id));

const stateOf = ({ source }: RunningAppliance) => source.quality().models?.[0]?.state;

/** What the stopped appliance has kept of each exam, as its watch counted it. */
function countedBy(dataFolder: string, model: string): StreamExam[] {
  const store = openQualityStore(dataFolder, openKeyFile(disk, join(dataFolder, 'keys')));
  try {
    // Every exam with an answer also says what its image looks like.
    for (const { state } of store.trust.streams(model)) {
      const counted = state.baseline.signals['image.mean'] ?? [];
      expect(counted.at(-1)).toBe(0);
      expect(state.baseline.signals['domain.joint']?.at(-1)).toBe(0);
    }
    const finding = 'opacity';
    return store.exams.ofPeriod({ model, finding }, { from: 0, to: 1e15 }).map(({ answer }) =>
      'score' in answer
        ? {
            outside: false,
            flagged: answer.flagged,
            observation: { [`score.${finding}`]: answer.score },
          }
        : { outside: true },
    );
  } finally {
    store.database.close();
  }
}

/** Of how many exams of the intended kind the gate stops how many, as the bundle says. */
function claimOf(model: string): Proportion {
  const { falseStops } = loadBundle(findBundle(bundles, model, disk), disk).manifest.domain!;
  return { successes: falseStops.count, trials: falseStops.of };
}

const stopsIn = (pool: readonly StreamExam[]): Proportion => ({
  successes: pool.filter(({ outside }) => outside).length,
  trials: pool.length,
});

/** When a stream of `count` exams drawn from a pool first raises an alarm, and how its drift stands at the end. */
function resample(own: Proportion, pool: readonly StreamExam[], count: number, lot = 'own') {
  const rules = { signals: signalsOf(['opacity']), domain: makeDomainWatch(own) };
  const random = seededRandom(seed, `resampled ${lot}`);
  let state = startStream(rules);
  let watch: ReturnType<typeof watchOf>;
  let alarm: number | undefined;
  for (let at = 1; at <= count; at++) {
    const exam = pool[Math.floor(random.uniform(0, pool.length))]!;
    watch ??= watchOf(rules, state);
    state = observeStream(rules, watch, state, exam);
    if (judgeStream(rules, watch, state).level === 'alarm') alarm ??= at;
  }
  return { alarm, drift: judgeStream(rules, watch, state).drift?.level };
}

/** What the gate and the network of a model say of a population, through a whole appliance. */
async function countPopulation(shared: string, model: string, population: Population) {
  const appliance = await startTestAppliance({ quietSeconds: 0.1, models: { enabled: [model] } });
  await stream(appliance, radiographs(shared, population, 120));
  const conditions = conditionsOf(appliance);
  await appliance.stop();
  const pool = countedBy(appliance.dataFolder, model);
  expect(pool).toHaveLength(120);
  return { pool, conditions };
}

describeWithShared(`a model in front of patients, seed ${seed}`, (shared) => {
  it('is silent on its own, 2,000 of them, and alarms within 20 of others', limit, async () => {
    const model = 'chest-child';
    const { pool, conditions } = await countPopulation(shared, model, 'children');
    expect(conditions).toEqual([]);
    expect(resample(claimOf(model), pool, 2000)).toEqual({ alarm: undefined, drift: 'quiet' });

    const settings = {
      dataFolder: makeDataFolder(),
      quietSeconds: 0.1,
      models: { enabled: [model] },
    };
    const appliance = await startTestAppliance(settings);
    await stream(appliance, radiographs(shared, 'adults', 20));
    await expect
      .poll(() => conditionsOf(appliance), { timeout: 20_000 })
      .toEqual(['model-restricted', 'other-population']);
    expect(stateOf(appliance)).toBe('restricted');
    await appliance.stop();

    const again = await startTestAppliance(settings);
    expect(stateOf(again)).toBe('restricted');
    const ids = await stream(again, radiographs(shared, 'children', 8));
    const flagged = ids
      .map((id) => again.exam(id)?.outcome)
      .filter((outcome) => outcome?.state === 'flagged');
    expect(flagged.length).toBeGreaterThan(0);
    for (const outcome of flagged) expect(outcome).toMatchObject({ secondLook: true });
    const release = { kind: 'release-model', model, reason: 'cause-removed' } as const;
    await expect(again.source.act(bob, release)).rejects.toMatchObject({ code: 'ACT_REFUSED' });
    await again.source.act(ada, release);
    expect(stateOf(again)).toBe('watch');
    expect(conditionsOf(again)).toEqual([]);
  });

  it(
    'needs a figure of its gate that was counted on other images than its limits',
    limit,
    async () => {
      const model = 'chest-adult';
      const { pool } = await countPopulation(shared, model, 'adults');
      // 0 of 169, counted on the images that set its limits, as its card says: its own patients look like others.
      expect(resample(claimOf(model), pool, 2000).alarm).toBeLessThan(100);
      expect(resample(stopsIn(pool), pool, 2000).alarm).toBeUndefined();
    },
  );
});
