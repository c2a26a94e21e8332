import type { Markup } from './markup.ts';

/** A point in the units of the axes. */
export type Point = readonly [x: number, y: number];

/** Where on an axis a number is written. */
export interface Tick {
  at: number;
  text: string;
}

export interface Axis {
  low: number;
  high: number;
  label: string;
  ticks: readonly Tick[];
}

/** A drawing area with axes, in SVG units. */
export interface Plot {
  x: Axis;
  y: Axis;
  width: number;
  height: number;
}

const margin = { left: 46, right: 14, top: 10, bottom: 40 };

/** Fifths from 0 to 1. */
export const shares: readonly Tick[] = [0, 0.2, 0.4, 0.6, 0.8, 1].map((at) => ({
  at,
  text: at.toFixed(1),
}));

export function shareAxis(label: string): Axis {
  return { low: 0, high: 1, label, ticks: shares };
}

/** A square of two shares. */
export function unitPlot(x: string, y: string): Plot {
  return { x: shareAxis(x), y: shareAxis(y), width: 360, height: 330 };
}

function scale({ low, high }: Axis, value: number, from: number, to: number): number {
  return from + ((value - low) / (high - low)) * (to - from);
}

export function toX({ x, width }: Plot, value: number): number {
  return scale(x, value, margin.left, width - margin.right);
}

export function toY({ y, height }: Plot, value: number): number {
  return scale(y, value, height - margin.bottom, margin.top);
}

const coordinate = (value: number): string => String(Math.round(value * 100) / 100);

export function text(
  content: string,
  x: number,
  y: number,
  attributes: Readonly<Record<string, string>> = {},
): Markup {
  return ['text', { x: coordinate(x), y: coordinate(y), ...attributes }, content];
}

export function line(name: string, [x1, y1]: Point, [x2, y2]: Point): Markup {
  const ends = { x1, y1, x2, y2 };
  const attributes = Object.entries(ends).map(([key, value]) => [key, coordinate(value)]);
  return ['line', { class: name, ...Object.fromEntries(attributes) }];
}

export function rectangle(
  name: string,
  x: number,
  y: number,
  width: number,
  height: number,
): Markup {
  const sides = { x, y, width: Math.max(0, width), height: Math.max(0, height) };
  const attributes = Object.entries(sides).map(([key, value]) => [key, coordinate(value)]);
  return ['rect', { class: name, ...Object.fromEntries(attributes) }];
}

/** A dot at a place of the plot. */
export function dot(plot: Plot, name: string, [x, y]: Point, radius = 4.5): Markup {
  const attributes = { cx: coordinate(toX(plot, x)), cy: coordinate(toY(plot, y)) };
  return ['circle', { class: name, r: String(radius), ...attributes }];
}

/** Most points of a line: more cannot be told apart. */
const mostPoints = 400;

function thin(points: readonly Point[]): readonly Point[] {
  const step = Math.ceil(points.length / mostPoints);
  return points.filter((_, at) => at % step === 0 || at === points.length - 1);
}

function trace(plot: Plot, points: readonly Point[]): string {
  return points
    .map(
      ([x, y], at) =>
        `${at === 0 ? 'M' : 'L'}${coordinate(toX(plot, x))} ${coordinate(toY(plot, y))}`,
    )
    .join('');
}

/** A line through points. */
export function path(plot: Plot, name: string, points: readonly Point[]): Markup {
  return ['path', { class: name, d: trace(plot, thin(points)) }];
}

/** The area between two lines. */
export function area(
  plot: Plot,
  name: string,
  low: readonly Point[],
  high: readonly Point[],
): Markup {
  const outline = [...thin(high), ...thin(low).toReversed()];
  return ['path', { class: name, d: `${trace(plot, outline)}Z` }];
}

function axes(plot: Plot): Markup[] {
  const { x, y, width, height } = plot;
  const [left, right] = [margin.left, width - margin.right];
  const [top, bottom] = [margin.top, height - margin.bottom];
  const middle = (left + right) / 2;
  const centre = (top + bottom) / 2;
  const turn = { transform: `rotate(-90 12 ${coordinate(centre)})` };
  return [
    ...y.ticks.flatMap(({ at, text: words }) => [
      line('grid', [left, toY(plot, at)], [right, toY(plot, at)]),
      text(words, left - 6, toY(plot, at) + 4, { 'text-anchor': 'end', class: 'quiet' }),
    ]),
    ...x.ticks.flatMap(({ at, text: words }) => [
      line('grid', [toX(plot, at), top], [toX(plot, at), bottom]),
      text(words, toX(plot, at), bottom + 15, { 'text-anchor': 'middle', class: 'quiet' }),
    ]),
    line('axis', [left, bottom], [right, bottom]),
    line('axis', [left, top], [left, bottom]),
    text(x.label, middle, height - 6, { 'text-anchor': 'middle' }),
    text(y.label, 12, centre, { 'text-anchor': 'middle', ...turn }),
  ];
}

/** A drawing that says in words what it shows. */
export function drawing(width: number, height: number, label: string, content: Markup[]): Markup {
  const size = { viewBox: `0 0 ${coordinate(width)} ${coordinate(height)}` };
  return ['svg', { ...size, role: 'img', 'aria-label': label }, ...content];
}

/** Axes with content over them. */
export function chart(plot: Plot, label: string, ...content: Markup[]): Markup {
  return drawing(plot.width, plot.height, label, [...axes(plot), ...content]);
}

/** Words beside a sample of the line or area that they mean, in the corner of a plot. */
export function legend(plot: Plot, entries: readonly (readonly [string, string])[], at: Point) {
  const [x, y] = [toX(plot, at[0]), toY(plot, at[1])];
  return entries.flatMap(([name, words], row) => {
    const height = y + row * 16;
    const sample = /band|fill/.test(name)
      ? rectangle(name, x, height - 5, 20, 9)
      : line(name, [x, height], [x + 20, height]);
    return [sample, text(words, x + 26, height + 4)];
  });
}
