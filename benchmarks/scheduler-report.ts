import { smallBoard } from '../runtime/inference/budget/thermal-model.ts';
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
  'in time',
  'X-ray',
  'CT',
  'STAT p50 / p95 ms',
  'routine p50 / p95 ms',
  'inversions',
  'by age',
  'units/s',
  'duty',
  'ms/unit',
  'J/unit',
];

const heatHead = [
  'trace',
  'policy',
  'hottest °C',
  'throttled',
  'clinical work then waiting',
  'full speed',
  'shadow done',
];

/** Times, lateness and what they cost; for the ramp, what became of its heat. */
export function reportScheduler(measured: readonly Measured[]): string {
  const heated = measured.filter(({ replays }) => replays.some(({ heat }) => heat));
  const table = markdownTable(head, measured.map(rowOf));
  return heated.length === 0
    ? table
    : `${table}\n\n${markdownTable(heatHead, heated.map(heatRowOf))}`;
}

/** The share of results that were in time; the others are filed too, and marked. */
export function shareInTime(results: readonly ResultSeen[]): number {
  return results.filter(({ late }) => !late).length / results.length;
}

export function isClinical({ priority }: ResultSeen): boolean {
  return priority === 'stat' || priority === 'routine';
}

function sum(replays: readonly Replay[], pick: (replay: Replay) => number): number {
  return replays.reduce((total, replay) => total + pick(replay), 0);
}

function rowOf({ trace, policy, replays }: Measured): string[] {
  const clinical = replays.flatMap(({ results }) => results.filter(isClinical));
  const [ms, busyMs] = [sum(replays, (each) => each.ms), sum(replays, (each) => each.busyMs)];
  const units = sum(replays, (each) => each.units);
  const { idleWatts, busyWatts } = smallBoard;
  const joules = (idleWatts * ms + (busyWatts - idleWatts) * busyMs) / 1000;
  return [
    trace,
    policy,
    percent(shareInTime(clinical), 2),
    percent(shareInTime(clinical.filter(({ kind }) => kind === 'image')), 2),
    percent(shareInTime(clinical.filter(({ kind }) => kind === 'series')), 2),
    times(clinical.filter(({ priority }) => priority === 'stat')),
    times(clinical.filter(({ priority }) => priority === 'routine')),
    `${sum(replays, (each) => each.inversions)}`,
    `${sum(replays, (each) => each.aged)}`,
    format((1000 * units) / ms, 1),
    percent(busyMs / ms, 0),
    format(busyMs / units, 1),
    format(joules / units, 3),
  ];
}

function heatRowOf({ trace, policy, replays }: Measured): string[] {
  const heats = replays.flatMap(({ heat }) => heat ?? []);
  const edges = heats.flatMap(({ throttled }) => throttled);
  const full = heats.reduce((total, { levels }) => total + (levels.full ?? 0), 0);
  const shadow = replays.flatMap(({ results }) => results.filter((result) => !isClinical(result)));
  const leftOut = sum(replays, (each) => each.leftOut);
  return [
    trace,
    policy,
    format(Math.max(...heats.map(({ hottest }) => hottest)), 1),
    `${edges.length}`,
    edges.length === 0
      ? '–'
      : edges.map(({ waitingMs }) => `${format(waitingMs / 1000, 1)} s`).join(', '),
    policy.startsWith('Scanside') ? percent(full / sum(replays, (each) => each.ms), 0) : '–',
    percent(shadow.length / (shadow.length + leftOut), 0),
  ];
}

function percent(value: number, digits: number): string {
  return Number.isFinite(value) ? `${format(100 * value, digits)} %` : '–';
}

function times(results: readonly ResultSeen[]): string {
  if (results.length === 0) return '–';
  const ms = results.map((result) => result.ms);
  return `${format(percentile(ms, 0.5), 0)} / ${format(percentile(ms, 0.95), 0)}`;
}
