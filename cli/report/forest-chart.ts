import type { Interval } from '../../models/evaluation/proportion.ts';
import type { Markup } from './markup.ts';
import { drawing, line, type Point, text } from './chart.ts';

/** One figure of a row: undefined where it cannot be made. */
export type ForestValue = (Interval & { value: number }) | undefined;

export interface ForestRow {
  name: string;
  note: string;
  /** Drawn hollow and dotted where the cases are too few to prove anything. */
  sufficient: boolean;
  values: readonly ForestValue[];
}

export interface ForestPanel {
  title: string;
  /** The value of everybody, drawn through all rows. */
  whole?: number;
}

/** What the panels have in common: shares from 0 to 1, or differences about 0. */
export interface ForestScale {
  low: number;
  high: number;
  ticks: readonly number[];
}

export const shareScale: ForestScale = { low: 0, high: 1, ticks: [0, 0.5, 1] };
export const upperHalf: ForestScale = { low: 0.5, high: 1, ticks: [0.5, 0.75, 1] };

const rowHeight = 22;
const top = 44;
const names = { name: 4, note: 176, panels: 240 };
const width = 960;
const gap = 44;

function place({ low, high }: ForestScale, panels: number, panel: number, value: number): number {
  const room = (width - names.panels) / panels;
  const inside = Math.min(high, Math.max(low, value));
  return names.panels + panel * room + gap / 2 + ((inside - low) / (high - low)) * (room - gap);
}

function frame(scale: ForestScale, panels: readonly ForestPanel[], rows: number): Markup[] {
  const bottom = top + rows * rowHeight;
  return panels.flatMap(({ title, whole }, panel) => {
    const at = (value: number) => place(scale, panels.length, panel, value);
    return [
      text(title, at((scale.low + scale.high) / 2), 14, { 'text-anchor': 'middle' }),
      ...scale.ticks.flatMap((tick) => [
        line('grid', [at(tick), top - 10], [at(tick), bottom]),
        text(String(tick), at(tick), top - 14, { 'text-anchor': 'middle', class: 'quiet' }),
      ]),
      ...(whole === undefined ? [] : [line('chance', [at(whole), top - 10], [at(whole), bottom])]),
    ];
  });
}

function mark(name: string, [x, y]: Point): Markup {
  return ['circle', { class: name, r: '4.5', cx: x.toFixed(2), cy: y.toFixed(2) }];
}

function drawRow(scale: ForestScale, { name, note, sufficient, values }: ForestRow, row: number) {
  const y = top + (row + 0.5) * rowHeight;
  const quiet = sufficient ? {} : { class: 'quiet' };
  const marks = values.flatMap((value, panel) => {
    if (!value || !Number.isFinite(value.value)) return [];
    const at = (x: number) => place(scale, values.length, panel, x);
    return [
      line(sufficient ? 'cross' : 'unsure', [at(value.low), y], [at(value.high), y]),
      mark(sufficient ? 'point' : 'hollow', [at(value.value), y]),
    ];
  });
  return [
    text(name, names.name, y + 4, quiet),
    text(note, names.note, y + 4, { class: 'quiet' }),
    ...marks,
  ];
}

/** Rows of figures with their intervals, one panel a figure. */
export function forestChart(
  label: string,
  scale: ForestScale,
  panels: readonly ForestPanel[],
  rows: readonly ForestRow[],
): Markup {
  const content = [
    ...frame(scale, panels, rows.length),
    ...rows.flatMap((row, at) => drawRow(scale, row, at)),
  ];
  return drawing(width, top + rows.length * rowHeight + 6, label, content);
}
