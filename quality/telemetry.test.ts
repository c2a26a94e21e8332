import { describe, expect, it } from 'vitest';
import { seededRandom } from '../models/phantom/random.ts';
import { day, start } from '../tests/quality-exams.ts';
import { total } from './histogram.ts';
import { signalsOf } from './signal.ts';
import {
  addTallies,
  emptyTally,
  mergeSummaries,
  mostBytes,
  partTally,
  smallestCell,
  summarise,
  type Tally,
  tallyExams,
  telemetryBins,
  type TelemetryExam,
  type TelemetrySummary,
} from './telemetry.ts';

const seed = 4096;

const findingsOf = (count: number) =>
  Array.from({ length: count }, (_, at) => `a-finding-with-a-long-name-${at}`.slice(0, 32));

/** Exams whose values spread over every bin as evenly as can be: no summary is longer. */
function spread(findings: readonly string[], count: number, stream: string): TelemetryExam[] {
  const random = seededRandom(seed, stream);
  const signals = Object.entries(signalsOf(findings));
  return Array.from({ length: count }, () => {
    const values = signals.map(([name, { bins }]) => [
      name,
      bins.kind === 'name'
        ? random.pick(['other', ...bins.names])
        : random.uniform(bins.low, bins.high),
    ]);
    return {
      ...Object.fromEntries(values),
      outcome: random.pick(['flagged', 'no-flag', 'uncertain', 'quality', 'timeout']),
      latency: random.uniform(-1, 3),
      ...(random.chance(0.1) && { opinion: random.pick(['agree', 'disagree']) }),
    };
  });
}

const findings = findingsOf(2);
const bins = telemetryBins(findings);
const cells = (tally: Tally) => Object.values(tally).flat();

/** A week of one device: its summaries, and what it keeps at the end. */
function week(device: string) {
  let kept = emptyTally(bins);
  const days = Array.from({ length: 7 }, (_, at) => {
    const today = tallyExams(bins, spread(findings, 90 + 7 * at, `${device} ${at}`));
    const made = summarise({ model: 'chest', version: '1.0.0', at: start + at * day }, today, kept);
    kept = made.kept;
    return { today, summary: made.summary };
  });
  return { days, kept };
}

describe('a summary', () => {
  it.each([
    [1, 50],
    [1, 20_000],
    [8, 3000],
    [8, 20_000],
    [9, 20_000],
    [12, 20_000],
    [13, 20_000],
    [20, 20_000],
    [21, 20_000],
    [32, 20_000],
  ])('of %d findings on %d exams fits into 4 KB', (count, exams) => {
    const names = findingsOf(count);
    // A tenth of the exams, each counted ten times, is as long.
    const tenth = tallyExams(telemetryBins(names), spread(names, exams / 10, 'size'));
    const today = Array.from({ length: 10 }, () => tenth).reduce(addTallies);
    const request = { model: 'm'.repeat(40), version: '10.10.10', at: start };
    const { summary } = summarise(request, today, emptyTally(telemetryBins(names)));
    const bytes = Buffer.byteLength(JSON.stringify(summary));
    expect(bytes).toBeLessThanOrEqual(mostBytes);
    expect(bytes).toBeGreaterThan(500);
  });

  it('has no cell from 1 to 4', () => {
    const { days } = week('a');
    const published = days.flatMap(({ summary }) => cells(summary.counts));
    expect(published.filter((count) => count > 0 && count < smallestCell)).toEqual([]);
    expect(published.filter((count) => count >= smallestCell).length).toBeGreaterThan(100);
    const raw = days.flatMap(({ today }) => cells(today));
    expect(raw.some((count) => count > 0 && count < smallestCell)).toBe(true);
  });

  it('names the day and the model, and nothing else', () => {
    const { summary } = week('a').days[1]!;
    const { counts, ...rest } = summary;
    expect(rest).toEqual({
      schema: 1,
      model: 'chest',
      version: '1.0.0',
      from: '2026-01-02',
      to: '2026-01-02',
    });
    expect(Object.keys(counts)).toEqual(Object.keys(bins));
    expect(cells(counts).every(Number.isSafeInteger)).toBe(true);
  });
});

describe('summaries', () => {
  const [a, b] = [week('a'), week('b')];
  const all = [...a.days, ...b.days];
  const summaries = all.map(({ summary }) => summary);
  const merge = (some: readonly TelemetrySummary[]) => some.reduce(mergeSummaries);

  it('lose nothing: with what the devices still keep they are everything that was counted', () => {
    const published = merge(summaries).counts;
    const everything = [published, a.kept, b.kept].reduce(addTallies);
    expect(everything).toEqual(all.map(({ today }) => today).reduce(addTallies));
    expect(Math.max(...cells(a.kept))).toBeLessThan(smallestCell);
  });

  it('merge to the same in any order and grouping, also after a way as JSON', () => {
    const whole = merge(summaries);
    expect(whole.from).toBe('2026-01-01');
    expect(whole.to).toBe('2026-01-07');
    expect(merge(summaries.toReversed())).toEqual(whole);
    const halves = [merge(summaries.slice(0, 5)), merge(summaries.slice(5))];
    expect(merge(JSON.parse(JSON.stringify(halves)))).toEqual(whole);
  });

  it('of different models, versions or bins are refused', () => {
    const [one] = summaries;
    expect(() => mergeSummaries(one!, { ...one!, version: '1.0.1' })).toThrow(RangeError);
    expect(() => mergeSummaries(one!, { ...one!, model: 'head' })).toThrow(RangeError);
    const others = { ...one!, counts: emptyTally(telemetryBins(findingsOf(3))) };
    expect(() => mergeSummaries(one!, others)).toThrow(RangeError);
  });
});

describe('a tally', () => {
  it('counts every exam once a histogram, and opinions only where there are some', () => {
    const tally = tallyExams(bins, spread(findings, 100, 'tally'));
    const { opinion, ...rest } = tally;
    expect(Object.values(rest).map(total)).toEqual(Object.keys(rest).map(() => 100));
    expect(total(opinion!)).toBeLessThan(30);
  });

  it('is parted without a rest', () => {
    const { published, kept } = partTally({ one: [0, 1, 4, 5, 900] });
    expect({ published, kept }).toEqual({
      published: { one: [0, 0, 0, 5, 900] },
      kept: { one: [0, 1, 4, 0, 0] },
    });
  });
});
