import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../models/phantom/random.ts';
import { makeDomainWatch } from './domain-watch.ts';
import { type DriftWatch, makeSignalWatch } from './drift.ts';
import { countExams } from './exam-block.ts';
import { signalsOf } from './signal.ts';
import {
  baselineExams,
  judgeStream,
  observeStream,
  startStream,
  type StreamExam,
  type StreamRules,
  type StreamState,
  watchOf,
} from './stream-watch.ts';

const seed = 5;
const signals = signalsOf(['nodule']);
const rules: StreamRules = {
  signals,
  domain: makeDomainWatch({ successes: 3, trials: 300 }),
};

/** A scanner whose exams are drawn at random; `change` makes other ones of them. */
class Scanner {
  state: StreamState = startStream(rules);
  readonly #rules: StreamRules;
  readonly #random: Random;
  #watch: DriftWatch | undefined;

  constructor(stream = 'scanner', used = rules) {
    this.#random = seededRandom(seed, stream);
    this.#rules = used;
  }

  /** Sends up to `count` exams; says after how many the stream first raised an alarm. */
  send(count: number, change: (exam: StreamExam) => StreamExam = (exam) => exam) {
    for (let sent = 1; sent <= count; sent++) {
      this.#watch ??= watchOf(this.#rules, this.state);
      this.state = observeStream(this.#rules, this.#watch, this.state, change(this.draw()));
      if (this.verdict.level === 'alarm') return sent;
    }
    return undefined;
  }

  get verdict() {
    return judgeStream(this.#rules, this.#watch, this.state);
  }

  draw(): StreamExam {
    const mean = 0.4 + this.#random.uniform(0, 0.1) + this.#random.uniform(0, 0.1);
    const kvp = 90 + 10 * Math.floor(this.#random.uniform(0, 5));
    const score = this.#random.uniform(0, 1);
    const observation = { 'image.mean': mean, kvp, 'score.nodule': score };
    return { outside: false, flagged: score > 0.8, observation };
  }
}

const shifted =
  (signal: string, by: (value: number) => number) =>
  (exam: StreamExam): StreamExam =>
    exam.outside
      ? exam
      : {
          ...exam,
          observation: { ...exam.observation, [signal]: by(Number(exam.observation[signal])) },
        };

describe(`a scanner, seed ${seed}`, () => {
  it('says nothing of itself before its first exams are a reference', () => {
    const scanner = new Scanner();
    scanner.send(baselineExams);
    expect(scanner.verdict).toEqual({ level: 'unknown', otherPopulation: false, drift: undefined });
  });

  it('is silent over 4,000 exams of the same kind', () => {
    const scanner = new Scanner();
    expect(scanner.send(baselineExams + 4000)).toBeUndefined();
    expect(scanner.verdict.level).toBe('quiet');
  });

  it.each<[string, (exam: StreamExam) => StreamExam]>([
    ['gamma', shifted('image.mean', (mean) => mean ** 1.5)],
    ['tube voltage', shifted('kvp', (kvp) => kvp - 20)],
  ])('alarms within 300 exams of another %s', (_, change) => {
    const scanner = new Scanner();
    scanner.send(baselineExams + 230);
    expect(scanner.send(300, change)).toBeLessThanOrEqual(300);
    expect(scanner.verdict.otherPopulation).toBe(false);
  });

  it('counts an exam beyond the line for another population, though it has an answer', () => {
    const scanner = new Scanner();
    scanner.send(10);
    const beyond = shifted('domain.population', () => 1.2);
    expect(scanner.send(20, beyond)).toBeLessThanOrEqual(12);
    expect(scanner.verdict).toMatchObject({ level: 'alarm', otherPopulation: true });
  });

  it('alarms at another population before it has a reference', () => {
    const scanner = new Scanner();
    scanner.send(10);
    expect(scanner.send(20, () => ({ outside: true }))).toBeLessThanOrEqual(12);
    expect(scanner.verdict).toMatchObject({ level: 'alarm', otherPopulation: true });
    // It stays until somebody begins it anew.
    scanner.send(1);
    expect(scanner.verdict.otherPopulation).toBe(true);
  });
});

describe(`a scanner beside the reference of its bundle, seed ${seed}`, () => {
  const scanner = new Scanner('reference');
  const reference = countExams(
    signals,
    Array.from({ length: 500 }, () => scanner.draw()).filter((exam) => !exam.outside),
  );
  const only = (name: string) => ({
    ...reference,
    signals: { [name]: reference.signals[name]! },
  });
  const beside = (block: typeof reference) =>
    new Scanner('scanner', { ...rules, bundle: makeSignalWatch(signals, block) });

  it('is held against it before its own exams are a reference', () => {
    const own = beside(only('image.mean'));
    expect(own.send(baselineExams)).toBeUndefined();
    expect(own.verdict).toMatchObject({ level: 'quiet', bundle: { level: 'quiet' } });
    const darker = beside(only('image.mean'));
    const gamma = shifted('image.mean', (mean) => mean ** 1.5);
    expect(darker.send(300, gamma)).toBe(200);
    expect(darker.verdict).toMatchObject({ level: 'alarm', drift: undefined });
  });

  it('is only watched where its probabilities are others: how common a finding is, is its own', () => {
    const rarer = beside(only('score.nodule'));
    expect(
      rarer.send(
        300,
        shifted('score.nodule', (score) => score ** 3),
      ),
    ).toBeUndefined();
    expect(rarer.verdict).toMatchObject({ level: 'watch', otherPopulation: false });
  });
});
