import type { Evaluation } from '../../models/evaluation/evaluation.ts';
import { wilson } from '../../models/evaluation/proportion.ts';
import type { Markup } from './markup.ts';
import {
  area,
  type Axis,
  chart,
  dot,
  legend,
  line,
  path,
  type Plot,
  type Point,
  rectangle,
  shareAxis,
  toX,
  toY,
  unitPlot,
} from './chart.ts';

/** The point at which the model works, with the interval of either side. */
function workingPoint(plot: Plot, { decided }: Evaluation): Markup[] {
  const { sensitivity, specificity } = decided.point;
  const [x, y] = [1 - specificity.value, sensitivity.value];
  const { low, high } = specificity.byPatient;
  const across = [toX(plot, 1 - high), toX(plot, 1 - low)] as const;
  const along = [
    toY(plot, sensitivity.byPatient.low),
    toY(plot, sensitivity.byPatient.high),
  ] as const;
  return [
    line('cross', [across[0], toY(plot, y)], [across[1], toY(plot, y)]),
    line('cross', [toX(plot, x), along[0]], [toX(plot, x), along[1]]),
    dot(plot, 'point', [x, y]),
  ];
}

export function rocChart(evaluation: Evaluation): Markup {
  const { curves, decided } = evaluation;
  const plot = unitPlot('1 − specificity', 'sensitivity');
  const positives = decided.point.sensitivity.trials;
  const limits = curves.roc.map((point) => ({
    x: point.falsePositiveRate,
    ...wilson({ successes: point.sensitivity * positives, trials: positives }),
  }));
  return chart(
    plot,
    `ROC curve, area ${decided.auc.value.toFixed(3)}`,
    area(
      plot,
      'band',
      limits.map(({ x, low }): Point => [x, low]),
      limits.map(({ x, high }): Point => [x, high]),
    ),
    path(plot, 'chance', [
      [0, 0],
      [1, 1],
    ]),
    path(
      plot,
      'one',
      curves.roc.map((point): Point => [point.falsePositiveRate, point.sensitivity]),
    ),
    ...workingPoint(plot, evaluation),
    ...legend(
      plot,
      [
        ['one', 'the model'],
        ['cross', 'its threshold and 95 % interval'],
        ['chance', 'chance'],
      ],
      [0.3, 0.24],
    ),
  );
}

export function precisionChart({ curves, decided }: Evaluation): Markup {
  const plot = unitPlot('sensitivity (recall)', 'precision among these cases');
  const { sensitivity, specificity, outcomes } = decided.point;
  const base = sensitivity.trials / (sensitivity.trials + specificity.trials);
  const flagged = outcomes.truePositives + outcomes.falsePositives;
  const points = curves.precisionRecall.map((point): Point => [point.recall, point.precision]);
  return chart(
    plot,
    `precision-recall curve, average precision ${decided.prAuc.value.toFixed(3)}`,
    path(plot, 'chance', [
      [0, base],
      [1, base],
    ]),
    path(plot, 'one', points),
    ...(flagged > 0
      ? [dot(plot, 'point', [sensitivity.value, outcomes.truePositives / flagged])]
      : []),
    ...legend(
      plot,
      [
        ['one', 'the model'],
        ['chance', 'chance: the share with the finding'],
      ],
      [0.05, 0.14],
    ),
  );
}

export function calibrationChart({ calibration }: Evaluation): Markup {
  const plot = unitPlot('probability that was said', 'share with the finding');
  const bins = calibration?.bins ?? [];
  const bars = bins.map(({ said, interval }) =>
    line(
      'cross',
      [toX(plot, said), toY(plot, interval.low)],
      [toX(plot, said), toY(plot, interval.high)],
    ),
  );
  return chart(
    plot,
    'calibration curve',
    path(plot, 'chance', [
      [0, 0],
      [1, 1],
    ]),
    path(
      plot,
      'one',
      bins.map(({ said, observed }): Point => [said, observed]),
    ),
    ...bars,
    ...bins.map(({ said, observed }) => dot(plot, 'point', [said, observed])),
    ...legend(
      plot,
      [
        ['one', 'tenths of the cases'],
        ['cross', '95 % interval'],
        ['chance', 'as said'],
      ],
      [0.55, 0.24],
    ),
  );
}

function countAxis(most: number): Axis {
  const ticks = [-most, -most / 2, 0, most / 2, most].map((at) => ({
    at,
    text: `${Math.round(100 * Math.abs(at))} %`,
  }));
  return { low: -most, high: most, label: 'share of the class', ticks };
}

function scoreAxis(low: number, high: number): Axis {
  if (low === 0 && high === 1) return shareAxis('score');
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const at = low + part * (high - low);
    return { at, text: String(Number(at.toPrecision(3))) };
  });
  return { low, high, label: 'score', ticks };
}

/** Scores of those with the finding upwards, of the others downwards. */
export function scoreChart({ curves, question }: Evaluation): Markup {
  const { low, high, positives, negatives } = curves.histogram;
  const share = (counts: readonly number[]) => {
    const sum = counts.reduce((total, count) => total + count, 0);
    return counts.map((count) => count / sum);
  };
  const [up, down] = [share(positives), share(negatives)];
  const most = Math.max(0.1, Math.ceil(10 * Math.max(...up, ...down)) / 10);
  const plot = { x: scoreAxis(low, high), y: countAxis(most), width: 360, height: 330 };
  const bars = (shares: readonly number[], name: string, sign: 1 | -1) =>
    shares.map((value, at) => {
      const left = toX(plot, low + (at * (high - low)) / shares.length);
      const right = toX(plot, low + ((at + 1) * (high - low)) / shares.length);
      const ends = [toY(plot, 0), toY(plot, sign * value)];
      const top = Math.min(...ends);
      return rectangle(name, left + 0.5, top, right - left - 1, Math.max(...ends) - top);
    });
  const threshold = Math.min(high, Math.max(low, question.threshold));
  return chart(
    plot,
    'scores by class',
    ...bars(up, 'fill-one', 1),
    ...bars(down, 'fill-other', -1),
    line(
      'limit',
      [toX(plot, threshold), toY(plot, most)],
      [toX(plot, threshold), toY(plot, -most)],
    ),
    ...legend(
      plot,
      [
        ['fill-one', 'with the finding'],
        ['fill-other', 'without'],
        ['limit', 'threshold'],
      ],
      [low + 0.56 * (high - low), -0.6 * most],
    ),
  );
}

export function coverageChart({ abstention }: Evaluation): Markup {
  const points = abstention.coverage ?? [];
  const ticks = [0.5, 0.6, 0.7, 0.8, 0.9, 1].map((at) => ({ at, text: at.toFixed(1) }));
  const x = { low: 0.5, high: 1, label: 'share of cases that get an answer', ticks };
  const plot = { x, y: shareAxis('of the answered cases'), width: 360, height: 330 };
  const of = (name: 'sensitivity' | 'specificity') =>
    points
      .filter((point) => Number.isFinite(point[name]))
      .map((point): Point => [point.coverage, point[name]]);
  const dots = (name: string, values: Point[]) => values.map((at) => dot(plot, name, at, 3.5));
  return chart(
    plot,
    'sensitivity and specificity by coverage',
    path(plot, 'one', of('sensitivity')),
    path(plot, 'other', of('specificity')),
    ...dots('fill-one', of('sensitivity')),
    ...dots('fill-other', of('specificity')),
    ...legend(
      plot,
      [
        ['one', 'sensitivity'],
        ['other', 'specificity'],
      ],
      [0.55, 0.14],
    ),
  );
}
