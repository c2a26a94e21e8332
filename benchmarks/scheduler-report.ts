import { markdownTable } from './document.ts';
import { format, percentile } from './figures.ts';
import type { Replay, ResultSeen } from './scheduler-replay.ts';

/** Replays of one trace under one policy, with different seeds. */
export interface Measured {
  trace: string;
  policy: string;
  replays: Replay[];
}

const head = [
  'trace',
  'policy',
  'on time',
  'X-ray',
  'CT',
  'STAT p50 / p95 ms',
  'routine p50 / p95 ms',
  'inversions',
  'results/s',
  'busy',
  'ms/unit',
  'throttled',
];

/** The share of clinical results that were in time: a late result is filed too, and marked. */
export function share(results: readonly ResultSeen[]): number {
  return results.filter(({ late }) => !late).length / results.length;
}

export function reportScheduler(measured: readonly Measured[]): string {
  return markdownTable(head, measured.map(rowOf));
}

function rowOf({ trace, policy, replays }: Measured): string[] {
  const results = replays.flatMap((replay) => replay.results);
  const clinical = results.filter(({ priority }) => priority === 'stat' || priority === 'routine');
  const of = (facts: Partial<ResultSeen>) =>
    clinical.filter((result) =>
      Object.entries(facts).every(([key, value]) => result[key as keyof ResultSeen] === value),
    );
  const sum = (pick: (replay: Replay) => number) =>
    replays.reduce((total, each) => total + pick(each), 0);
  const edges = replays.flatMap(({ heat }) => heat?.throttled ?? []);
  return [
    trace,
    policy,
    percent(share(clinical), 2),
    percent(share(of({ kind: 'image' })), 2),
    percent(share(of({ kind: 'series' })), 2),
    times(of({ priority: 'stat' })),
    times(of({ priority: 'routine' })),
    `${sum(({ inversions }) => inversions)}`,
    format((1000 * results.length) / sum(({ ms }) => ms), 1),
    percent(sum(({ busyMs }) => busyMs) / sum(({ ms }) => ms), 0),
    format(sum(({ busyMs }) => busyMs) / sum(({ units }) => units), 1),
    replays.some(({ heat }) => heat) ? `${edges.length}` : '–',
  ];
}

function percent(value: number, digits: number): string {
  return Number.isFinite(value) ? `${format(100 * value, digits)} %` : '–';
}

function times(results: readonly ResultSeen[]): string {
  const ms = results.map((result) => result.ms);
  return results.length === 0
    ? '–'
    : `${format(percentile(ms, 0.5), 0)} / ${format(percentile(ms, 0.95), 0)}`;
}
