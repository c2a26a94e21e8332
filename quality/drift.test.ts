import { describe, expect, it } from 'vitest';
import { seededRandom } from '../models/phantom/random.ts';
import {
  type Change,
  countPicture,
  drawPictures,
  phantomSignals,
  unchanged,
} from '../tests/quality-phantoms.ts';
import {
  blockExams,
  driftLimits,
  type DriftState,
  judgeDrift,
  makeDriftWatch,
  observeExam,
  startDrift,
} from './drift.ts';
import { addBlocks, type CountedExam, countExams, emptyBlock } from './exam-block.ts';

const seed = 300;
const reference = drawPictures(1, 800).map((picture) => countPicture(picture, unchanged));
const watch = makeDriftWatch(phantomSignals, countExams(phantomSignals, reference));
const pictures = drawPictures(10_000, 600);
const own = pictures.map((picture) => countPicture(picture, unchanged));

const observe = (state: DriftState, exam: CountedExam) => observeExam(watch, state, exam);

/** Exams drawn at random from a pool until the verdict is an alarm, or `most` of them. */
function untilAlarm(state: DriftState, pool: readonly CountedExam[], most: number, stream: string) {
  const random = seededRandom(seed, stream);
  for (let exams = 1; exams <= most; exams++) {
    state = observe(state, pool[Math.floor(random.uniform(0, pool.length))]!);
    if (state.open.exams > 0) continue;
    const { level, signals } = judgeDrift(watch, state);
    if (level === 'alarm')
      return {
        exams,
        signals: signals.filter((each) => each.level === 'alarm').map((each) => each.signal),
      };
  }
  return { exams: Infinity, signals: [] };
}

/** A state after some exams of the intended kind. */
function afterOwn(exams: number): DriftState {
  return own.slice(0, exams).reduce(observe, startDrift(watch));
}

describe('a window', () => {
  it('says nothing while it has fewer than 200 exams', () => {
    expect(judgeDrift(watch, afterOwn(199))).toEqual({ level: 'unknown', exams: 199, signals: [] });
    const { level, exams, signals } = judgeDrift(watch, afterOwn(200));
    expect({ level: level !== 'unknown', exams }).toEqual({ level: true, exams: 200 });
    expect(signals.map(({ signal }) => signal)).toEqual(Object.keys(phantomSignals));
  });

  it('is the last 200 exams, in steps of 50', () => {
    const { full, open } = afterOwn(333);
    expect(full.map(({ exams }) => exams)).toEqual([50, 50, 50, 50]);
    expect(open.exams).toBe(33);
    expect(full.reduce(addBlocks)).toEqual(countExams(phantomSignals, own.slice(100, 300)));
  });

  it('is kept as plain data and goes on after a restart', () => {
    const state = afterOwn(270);
    const kept: DriftState = JSON.parse(JSON.stringify(state));
    const rest = own.slice(270, 330);
    expect(rest.reduce(observe, kept)).toEqual(rest.reduce(observe, state));
  });
});

describe('blocks', () => {
  const parts = [own.slice(0, 70), own.slice(70, 90), own.slice(90, 200)].map((exams) =>
    countExams(phantomSignals, exams),
  );

  it('add up to the whole, in any order', () => {
    const whole = countExams(phantomSignals, own.slice(0, 200));
    expect(parts.reduce(addBlocks)).toEqual(whole);
    expect(parts.toReversed().reduce(addBlocks, emptyBlock(phantomSignals))).toEqual(whole);
  });

  it('of other bins are refused', () => {
    const other = { exams: 0, flagged: 0, signals: {} };
    expect(() => addBlocks(parts[0]!, other)).toThrow(RangeError);
  });
});

describe(`a shift, seed ${seed}`, () => {
  const changed = (change: Change, kvp = 0) =>
    pictures.map((picture) => countPicture(picture, change, kvp));
  const gamma =
    (exponent: number): Change =>
    (pixel) =>
      pixel ** exponent;

  it.each([
    ['gamma 2', changed(gamma(2)), 'domain.histogram'],
    ['gamma 1.5', changed(gamma(1.5)), 'domain.histogram'],
    ['gamma 1.25', changed(gamma(1.25)), 'domain.histogram'],
    ['gamma 0.67', changed(gamma(0.67)), 'image.mean'],
    ['20 kV less, as the header says', changed(unchanged, -20), 'kvp'],
    [
      'contrast of fewer kV, which no header says',
      changed((x) => Math.min(1, 1.3 * x)),
      'image.mean',
    ],
    ['inverted grey values', changed((x) => 1 - x), 'domain.histogram'],
  ])('of %s is alarmed within 300 exams, whenever it begins', (name, pool, signal) => {
    const delays = [200, 201, 217, 225, 249, 250, 263, 274, 299, 300].map((before) =>
      untilAlarm(afterOwn(before), pool, 300, `${name} ${before}`),
    );
    for (const { exams, signals } of delays) {
      expect(exams).toBeLessThanOrEqual(300);
      expect(signals).toContain(signal);
    }
  });

  it('of the flag rate to twice the odds is alarmed, and names the way', () => {
    const [up, down] = [0.4, 0.05].map((rate) => {
      const random = seededRandom(seed, `rate ${rate}`);
      let state = startDrift(watch);
      for (let at = 0; at < 300; at++)
        state = observe(state, { ...own[at]!, flagged: random.chance(rate) });
      return judgeDrift(watch, state).flagRate;
    });
    expect([up, down]).toEqual(['risen', 'fallen']);
  });
});

describe(`the intended exams, seed ${seed}`, () => {
  it('are alarmed not once in 20,000', () => {
    expect(untilAlarm(startDrift(watch), own, 20_000, 'own')).toEqual({
      exams: Infinity,
      signals: [],
    });
  });
});

it('thousands of looks a year stay below one false alarm', () => {
  const looks = (20_000 / blockExams) * Object.keys(phantomSignals).length;
  expect(looks * driftLimits.distanceP).toBeLessThan(0.1);
});
