import type { OperatingPoint, PredictiveValues } from './operating-point.ts';
import { fewestCases, type Performance } from './performance.ts';
import type { Interval } from './proportion.ts';
import { refuseScores } from './sample.ts';
import type { Subgroup } from './subgroup.ts';

/** Figures of which more is better: a gate reads the lower limit of their interval. */
const better = ['sensitivity', 'specificity', 'auc', 'pr-auc', 'ppv', 'npv'] as const;
/** Figures of which less is better: a gate reads the upper limit. */
const worse = ['brier', 'ece', 'not-analysed'] as const;
/** Figures of every case, those without an answer being wrong. */
const overall = ['all-sensitivity', 'all-specificity'] as const;

type Metric = (typeof better)[number] | (typeof worse)[number] | (typeof overall)[number];

/** A demand that was set beforehand. */
export interface Gate {
  /** As it was asked for. */
  text: string;
  /** Every subgroup of this column must keep it; otherwise the whole. */
  column?: string;
  metric: Metric;
  limit: number;
}

/** `insufficient` is no pass. */
export type GateOutcome = 'passed' | 'missed' | 'insufficient';

export interface GateResult {
  gate: string;
  /** The subgroup that decided, where the gate is about subgroups. */
  where?: string;
  /** The limit of the interval that was read. */
  bound: number;
  outcome: GateOutcome;
}

const shape = /^(?:(.+):)?([a-z-]+)(>=|<=)(\d*\.?\d+)$/;

/** Reads such as `sensitivity>=0.9`, `ece<=0.1` or, for every value of a column, `sex:sensitivity>=0.8`. */
export function readGate(text: string): Gate {
  const [, column, name = '', sign, limit] = shape.exec(text.replaceAll(' ', '')) ?? [];
  const names: Record<string, readonly Metric[]> = {
    '>=': column ? better.slice(0, 3) : [...better, ...overall],
    '<=': column ? [] : worse,
  };
  const metric = names[sign ?? '']?.find((each) => each === name);
  if (metric === undefined)
    throw refuseScores(
      `the gate "${text}" is none of ${[...better, ...overall].join(', ')} with >=, ` +
        `${worse.join(', ')} with <=, or COLUMN: and one of the first three`,
    );
  return { text, metric, limit: Number(limit), ...(column && { column }) };
}

/** Everything that a gate may ask for. */
export interface Gateable {
  decided: Performance;
  all: OperatingPoint;
  notAnalysed: Interval;
  predictive?: PredictiveValues;
  subgroups: readonly Subgroup[];
}

/** The limit that a gate reads, and how many cases of each class stand behind it. */
interface Reading {
  bound: number;
  enough: boolean;
}

function enough(point: OperatingPoint, of: 'sensitivity' | 'specificity' | 'both'): boolean {
  const positives = point.sensitivity.trials >= fewestCases;
  const negatives = point.specificity.trials >= fewestCases;
  // A specificity beside a handful of positives would pass what nobody has tested for what it is for.
  return of === 'sensitivity' ? positives : positives && negatives;
}

function readings({ decided, all, notAnalysed, predictive }: Gateable) {
  const both = enough(decided.point, 'both');
  const of = (bound: number | undefined): Reading | undefined =>
    bound === undefined ? undefined : { bound, enough: both };
  const share = (point: OperatingPoint, name: 'sensitivity' | 'specificity'): Reading => ({
    bound: point[name].byPatient.low,
    enough: enough(point, name),
  });
  return {
    sensitivity: share(decided.point, 'sensitivity'),
    specificity: share(decided.point, 'specificity'),
    'all-sensitivity': share(all, 'sensitivity'),
    'all-specificity': share(all, 'specificity'),
    auc: of(decided.auc.low),
    'pr-auc': of(decided.prAuc.low),
    ppv: of(predictive?.ppv.low),
    npv: of(predictive?.npv.low),
    brier: of(decided.brier?.high),
    ece: of(decided.ece?.high),
    'not-analysed': of(notAnalysed.high),
  } satisfies Record<Metric, Reading | undefined>;
}

function judge({ metric, limit }: Gate, { bound, enough }: Reading): GateOutcome {
  if (!enough) return 'insufficient';
  const kept = worse.some((each) => each === metric) ? bound <= limit : bound >= limit;
  return kept ? 'passed' : 'missed';
}

function groupReading({ point, auc }: Subgroup, metric: Metric): Reading {
  if (metric === 'auc') return { bound: auc?.low ?? 0, enough: enough(point, 'both') };
  const name = metric === 'specificity' ? 'specificity' : 'sensitivity';
  return { bound: point[name].byPatient.low, enough: enough(point, name) };
}

function judgeGroups(gate: Gate, groups: readonly Subgroup[]): GateResult[] {
  if (groups.length === 0)
    throw refuseScores(`the gate "${gate.text}" asks for no subgroup column`);
  return groups.map((group) => {
    const reading = groupReading(group, gate.metric);
    const where = `${group.column} ${group.value}`;
    return { gate: gate.text, where, bound: reading.bound, outcome: judge(gate, reading) };
  });
}

/**
 * Judges demands by the unfavourable limit of the interval, never by the figure itself: a small test set must not pass
 * by luck. Throws SCORES_INVALID for a gate on a figure that there is not.
 */
export function judgeGates(gates: readonly Gate[], figures: Gateable): GateResult[] {
  return gates.flatMap((gate): GateResult[] => {
    const { column, metric, text } = gate;
    if (column !== undefined)
      return judgeGroups(
        gate,
        figures.subgroups.filter((group) => group.column === column),
      );
    const reading = readings(figures)[metric];
    if (!reading)
      throw refuseScores(`the gate "${text}" needs a prevalence, or scores that are probabilities`);
    return [{ gate: text, bound: reading.bound, outcome: judge(gate, reading) }];
  });
}
