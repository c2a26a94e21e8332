import { h } from 'preact';
import type { ComponentChildren, JSX } from 'preact';

/** Units of the drawings; the page decides how large they are shown. */
const [width, height] = [320, 96];

/** A share of 1 with its interval, or nothing where there is none. */
export type ChartPoint = { value: number; low: number; high: number } | undefined;

const y = (share: number): number => height * (1 - share);

/** Shares over time, each with its interval; where there is none the line is open. `title` says it to who cannot see it. */
export function ShareChart({
  points,
  title,
}: {
  points: ChartPoint[];
  title: string;
}): JSX.Element {
  const x = (at: number) => ((at + 0.5) * width) / Math.max(1, points.length);
  const marks = points.flatMap((point, at) =>
    point
      ? [
          h('line', {
            key: `i${at}`,
            class: 'interval',
            x1: x(at),
            x2: x(at),
            y1: y(point.low),
            y2: y(point.high),
          }),
          h('circle', { key: `p${at}`, class: 'point', cx: x(at), cy: y(point.value), r: 4 }),
        ]
      : [],
  );
  return h(Drawing, { title }, [0, 0.5, 1].map(gridLine), marks);
}

function gridLine(share: number): JSX.Element {
  return h('line', { key: share, class: 'grid', x1: 0, x2: width, y1: y(share), y2: y(share) });
}

/** Counts side by side; two series are each drawn to their own sum, so that they can be compared. */
export function BarChart({
  series,
  title,
}: {
  series: readonly (readonly number[])[];
  title: string;
}): JSX.Element {
  const shares = series.map((counts) => {
    const sum = counts.reduce((all, count) => all + count, 0);
    return counts.map((count) => (sum > 0 ? count / sum : 0));
  });
  const most = Math.max(...shares.flat(), Number.MIN_VALUE);
  const step = width / Math.max(1, ...shares.map(({ length }) => length));
  const bar = step / series.length;
  const bars = shares.flatMap((counts, which) =>
    counts.map((share, at) =>
      h('rect', {
        key: `${which}-${at}`,
        class: which === 0 ? 'bar' : 'bar now',
        x: at * step + which * bar,
        y: y(share / most),
        width: bar,
        height: height - y(share / most),
      }),
    ),
  );
  return h(Drawing, { title }, gridLine(0), bars);
}

function Drawing({
  title,
  children,
}: {
  title: string;
  children?: ComponentChildren;
}): JSX.Element {
  const box = `-4 -6 ${width + 8} ${height + 12}`;
  return h('svg', { class: 'chart', viewBox: box, role: 'img', 'aria-label': title }, children);
}
