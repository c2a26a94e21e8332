import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { disk } from '../device/files.ts';
import { isOutside } from '../models/domain/reference.ts';
import { type Random, seededRandom } from '../models/phantom/random.ts';
import { advanceLimited, makeLimitedChart } from '../quality/cusum.ts';
import { makeDomainWatch } from '../quality/domain-watch.ts';
import { driftLimits, makeSignalWatch } from '../quality/drift.ts';
import { signalsOf } from '../quality/signal.ts';
import {
  baselineExams,
  judgeStream,
  observeStream,
  startStream,
  type StreamExam,
  type StreamRules,
  type StreamState,
  watchOf,
} from '../quality/stream-watch.ts';
import { readPart10 } from '../runtime/dicom/part10.ts';
import { type LoadedBundle, loadForUse } from '../runtime/inference/analysis.ts';
import { examine } from '../runtime/inference/examination.ts';
import { prepareInput, readImages } from '../runtime/inference/input.ts';
import { readBundleReference } from '../runtime/quality/bundle-reference.ts';
import { describeWithShared } from './outside.ts';
import { asDicom, calibrationOf, draw, heldOut, type Radiograph } from './radiographs.ts';

const seed = 20;
const count = 120;
const bundles = join(import.meta.dirname, '..', 'models', 'bundles');

/** What a detector or its processing does to the grey values, from 0 to 1, that a network is given. */
type Change = (grey: number) => number;

const changes = {
  own: (grey) => grey,
  'gamma 1.5': (grey) => grey ** 1.5,
  'gamma 0.67': (grey) => grey ** 0.67,
  'contrast of fewer kV': (grey) => Math.min(1, 1.3 * grey),
} satisfies Record<string, Change>;

type ChangeName = keyof typeof changes;

const tubeVoltages = [110, 117, 117, 125] as const;

/** An exam as the appliance counts it; what no header says of the tube voltage is made up. */
async function countExam(
  loaded: LoadedBundle,
  radiograph: Radiograph,
  change: Change,
  random: Random,
): Promise<StreamExam> {
  const { dataSet, transferSyntaxUid } = readPart10(asDicom(radiograph).file);
  const read = await readImages(loaded.manifest, [{ bytes: dataSet, transferSyntaxUid }]);
  if (read.state !== 'read') throw new Error(read.detail);
  const input = prepareInput(loaded.manifest, read.groups[0]!).map(change);
  const [examination] = await examine(loaded, [input]);
  const { domain, scores, signals } = examination!;
  if (isOutside(domain!)) return { outside: true };
  const { finding, probability } = scores[0]!;
  const { threshold } = loaded.manifest.findings[0]!;
  return {
    outside: false,
    flagged: probability >= threshold,
    observation: { ...signals, [`score.${finding}`]: probability, kvp: random.pick(tubeVoltages) },
  };
}

const pick = (random: Random, pool: readonly StreamExam[]) =>
  pool[Math.floor(random.uniform(0, pool.length))]!;

/** A scanner whose exams are drawn from pools. */
class Scanner {
  state: StreamState;
  readonly #rules: StreamRules;
  readonly #random: Random;
  #watch: ReturnType<typeof watchOf>;

  constructor(rules: StreamRules, stream: string) {
    this.#rules = rules;
    this.#random = seededRandom(seed, stream);
    this.state = startStream(rules);
  }

  /** Sends up to `most` exams; after how many it is an alarm. */
  send(pool: readonly StreamExam[], most: number): number {
    for (let exams = 1; exams <= most; exams++) {
      this.#watch ??= watchOf(this.#rules, this.state);
      this.state = observeStream(this.#rules, this.#watch, this.state, pick(this.#random, pool));
      if (judgeStream(this.#rules, this.#watch, this.state).level === 'alarm') return exams;
    }
    return Infinity;
  }
}

/** How late each of 200 scanners is with an alarm, the earliest first. */
function delays(rules: StreamRules, pool: readonly StreamExam[], most: number, stream: string) {
  return Array.from({ length: 200 }, (_, at) =>
    new Scanner(rules, `${stream} ${at}`).send(pool, most),
  ).sort((one, other) => one - other);
}

const flagRate = (pool: readonly StreamExam[]) =>
  pool.filter((exam) => !exam.outside && exam.flagged).length / pool.length;

/** The same by nothing but the rate of flags, watched for twice the odds. */
function flagDelays(own: readonly StreamExam[], pool: readonly StreamExam[], most: number) {
  const odds = (2 * flagRate(own)) / (1 - flagRate(own));
  const chart = makeLimitedChart(flagRate(own), odds / (1 + odds), driftLimits.flagRunLength);
  return Array.from({ length: 200 }, (_, at) => {
    const random = seededRandom(seed, `flags ${at}`);
    for (let exams = 1, value = 0; exams <= most; exams++) {
      const exam = pick(random, pool);
      value = advanceLimited(chart, value, !exam.outside && exam.flagged);
      if (value >= chart.limit) return exams;
    }
    return Infinity;
  }).sort((one, other) => one - other);
}

const models = [
  { model: 'chest-child', own: 'children', others: 'adults' },
  { model: 'chest-adult', own: 'adults', others: 'children' },
] as const;

for (const { model, own, others } of models)
  describeWithShared(`${model} on radiographs without an age, seed ${seed}`, (shared) => {
    let [loaded, rules]: [LoadedBundle, StreamRules] = [undefined!, undefined!];
    const pools = {} as Record<ChangeName | 'held out' | 'others', StreamExam[]>;

    const judge = async (radiographs: readonly Radiograph[], change: Change) => {
      const random = seededRandom(seed, 'tube voltage');
      const exams: StreamExam[] = [];
      for (const each of draw(radiographs, count, 'pool'))
        exams.push(await countExam(loaded, each, change, random));
      return exams;
    };

    beforeAll(async () => {
      loaded = await loadForUse(join(bundles, model, '1.0.0'), disk);
      const { count: strange, of } = loaded.manifest.domain!.population!;
      const signals = signalsOf(['opacity']);
      const reference = readBundleReference(loaded.bundle, disk)!;
      rules = {
        signals,
        domain: makeDomainWatch({ successes: strange, trials: of }),
        bundle: makeSignalWatch(signals, reference),
      };
      pools['held out'] = await judge(heldOut(shared, own), changes.own);
      pools.others = await judge(heldOut(shared, others), changes.own);
      for (const [name, change] of Object.entries(changes) as [ChangeName, Change][])
        pools[name] = await judge(calibrationOf(shared, own), change);
    }, 400_000);

    afterAll(async () => await loaded?.ensemble.release());

    it(`alarms within 20 exams of ${others}, wherever they begin`, () => {
      const late = delays(rules, pools.others, 100, 'others').filter((exams) => exams > 20);
      expect(late.length).toBeLessThan(0.05 * 200);
    });

    it(`is silent on ${own} that trained nothing, ten times 2,000 of them`, () => {
      const runs = Array.from({ length: 10 }, (_, at) =>
        new Scanner(rules, `own ${at}`).send(pools['held out'], 2000),
      );
      expect(runs.filter(Number.isFinite)).toEqual([]);
    });

    it(`is silent on ${own} that are not in the reference of its drift`, () => {
      expect(new Scanner(rules, 'own').send(pools.own, 2000)).toBe(Infinity);
    });

    it.each(['gamma 1.5', 'gamma 0.67', 'contrast of fewer kV'] as const)(
      'alarms within 300 exams of %s, from the first exam on and later',
      (change) => {
        for (const before of [0, 217, baselineExams + 230]) {
          const scanner = new Scanner(rules, `${change} ${before}`);
          expect(scanner.send(pools.own, before)).toBe(Infinity);
          expect(scanner.send(pools[change], 300)).toBeLessThanOrEqual(300);
        }
      },
    );

    it('alarms within 300 exams of 20 kV less, as the header says', () => {
      const scanner = new Scanner(rules, 'kvp');
      expect(scanner.send(pools.own, baselineExams + 230)).toBe(Infinity);
      const fewer = pools.own.map((exam): StreamExam =>
        exam.outside
          ? exam
          : {
              ...exam,
              observation: { ...exam.observation, kvp: Number(exam.observation['kvp']) - 20 },
            },
      );
      expect(scanner.send(fewer, 300)).toBeLessThanOrEqual(300);
    });

    it('would not alarm within 20 exams by the rate of its flags', () => {
      const [earliest] = flagDelays(pools['held out'], pools.others, 1000);
      expect(earliest).toBeGreaterThan(20);
    });
  });
