import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { disk } from '../device/files.ts';
import { openKeyFile } from '../device/keys.ts';
import { findBundle, loadBundle } from '../models/bundle.ts';
import { type Random, seededRandom } from '../models/phantom/random.ts';
import type { Actor } from '../panel/role.ts';
import { makeDomainWatch } from '../quality/domain-watch.ts';
import { makeSignalWatch } from '../quality/drift.ts';
import { signalsOf } from '../quality/signal.ts';
import {
  judgeStream,
  observeStream,
  startStream,
  type StreamRules,
  type StreamState,
  watchOf,
} from '../quality/stream-watch.ts';
import type { WrappedImage } from '../runtime/dicom/image-writer.ts';
import { readBundleReference } from '../runtime/quality/bundle-reference.ts';
import { openQualityStore } from '../runtime/quality/quality-store.ts';
import {
  isTerminal,
  makeDataFolder,
  type RunningAppliance,
  startTestAppliance,
} from './appliance.ts';
import { describeWithShared } from './outside.ts';
import { asDicom, draw, heldOut, type Population } from './radiographs.ts';

const seed = 77;
const limit = { timeout: 400_000 };
const bundles = join(import.meta.dirname, '..', 'models', 'bundles');
const ada: Actor = { user: 'ada', role: 'radiologist', address: '10.0.0.7' };
const bob: Actor = { user: 'bob', role: 'technologist', address: '10.0.0.8' };

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

/** What the stopped appliance has kept of the exams that its watch counted. */
function countedBy(dataFolder: string, model: string): StreamState {
  const store = openQualityStore(dataFolder, openKeyFile(disk, join(dataFolder, 'keys')));
  try {
    const [stream] = store.trust.streams(model);
    // Every exam with an answer also says what its image looks like.
    for (const signal of ['image.mean', 'domain.joint', 'domain.population', 'score.opacity'])
      expect(stream?.state.baseline.signals[signal]?.at(-1)).toBe(0);
    return stream!.state;
  } finally {
    store.database.close();
  }
}

function rulesOf(model: string): StreamRules {
  const bundle = loadBundle(findBundle(bundles, model, disk), disk);
  const { count, of } = bundle.manifest.domain!.population!;
  const signals = signalsOf(['opacity']);
  return {
    signals,
    domain: makeDomainWatch({ successes: count, trials: of }),
    bundle: makeSignalWatch(signals, readBundleReference(bundle, disk)!),
  };
}

/** An exam like those that were counted: each signal is judged for itself, and so may be drawn for itself. */
function drawExam({ exams, baseline }: StreamState, { signals }: StreamRules, random: Random) {
  if (random.uniform(0, exams) >= baseline.exams) return { outside: true } as const;
  const values = Object.entries(baseline.signals).map(([name, counts]) => {
    const { bins } = signals[name]!;
    let lot = random.uniform(0, baseline.exams);
    const bin = counts.findIndex((count) => (lot -= count) < 0);
    if (bin === counts.length - 1) return [name, undefined];
    if (bins.kind === 'name') return [name, bins.names[bin] ?? 'another'];
    return [name, bins.low + ((bin + 0.5) * (bins.high - bins.low)) / bins.count];
  });
  const flagged = random.uniform(0, baseline.exams) < baseline.flagged;
  return { outside: false, flagged, observation: Object.fromEntries(values) } as const;
}

/** When a stream of `count` exams like the counted ones first raises an alarm. */
function resample(model: string, counted: StreamState, count: number): number | undefined {
  const rules = rulesOf(model);
  const random = seededRandom(seed, `resampled ${model}`);
  let state = startStream(rules);
  let watch: ReturnType<typeof watchOf>;
  for (let at = 1; at <= count; at++) {
    watch ??= watchOf(rules, state);
    state = observeStream(rules, watch, state, drawExam(counted, rules, random));
    if (judgeStream(rules, watch, state).level === 'alarm') return at;
  }
  return undefined;
}

const models = [
  { model: 'chest-child', own: 'children', others: 'adults' },
  { model: 'chest-adult', own: 'adults', others: 'children' },
] as const;

const imagesOf = (shared: string, population: Population, count: number) =>
  draw(heldOut(shared, population), count, population).map(asDicom);

describeWithShared(`a model in front of patients that trained nothing, seed ${seed}`, (shared) => {
  it.each(models)('$model is silent on $own, 2,000 of them', limit, async ({ model, own }) => {
    const appliance = await startTestAppliance({ quietSeconds: 0.1, models: { enabled: [model] } });
    await stream(appliance, imagesOf(shared, own, 120));
    expect(conditionsOf(appliance)).toEqual([]);
    await appliance.stop();
    const counted = countedBy(appliance.dataFolder, model);
    expect(counted.exams).toBe(120);
    expect(resample(model, counted, 2000)).toBeUndefined();
  });

  it.each(models)('$model alarms within 20 $others', limit, async ({ model, own, others }) => {
    const settings = {
      dataFolder: makeDataFolder(),
      quietSeconds: 0.1,
      models: { enabled: [model] },
    };
    const appliance = await startTestAppliance(settings);
    await stream(appliance, imagesOf(shared, others, 20));
    await expect
      .poll(() => conditionsOf(appliance), { timeout: 20_000 })
      .toEqual(['model-restricted', 'other-population']);
    expect(stateOf(appliance)).toBe('restricted');
    await appliance.stop();

    const again = await startTestAppliance(settings);
    expect(stateOf(again)).toBe('restricted');
    const ids = await stream(again, imagesOf(shared, own, 8));
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
});
