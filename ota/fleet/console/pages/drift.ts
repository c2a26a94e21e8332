import type { JSX } from 'preact';
import { h } from 'preact';
import { weeksShown, type FleetPicture } from '../picture.ts';
import type { SiteTrend, Week } from '../site-trend.ts';
import { Find } from './find.ts';
import { Table } from './frame.ts';

const mostShown = 60;
const width = 260;
const height = 96;
const margin = 6;

/** How often each model flags at each site, week by week: small charts on one scale, those first that are unlike before. */
export function Drift({ picture, find }: { picture: FleetPicture; find: string }): JSX.Element {
  const found = picture.trends.filter(({ site, model }) =>
    `${site} ${model}`.toLowerCase().includes(find.toLowerCase()),
  );
  const top = scaleOf(found);
  return h('div', { class: 'sections' }, [
    h(Find, { find, label: 'Site or model' }),
    h(
      'p',
      {},
      `Share of answers that are a flag, by week, with 95 % intervals; the dashed line is the share of the ${weeksShown - 1} weeks before this one. All charts go from 0 to ${percent(top)}.`,
    ),
    found.length === 0 &&
      h('p', { class: 'calm' }, 'There are no summaries: devices send one for each model and day.'),
    h(
      'div',
      { class: 'charts' },
      found
        .slice(0, mostShown)
        .map((trend) => h(Chart, { key: `${trend.site} ${trend.model}`, trend, top })),
    ),
    found.length > mostShown && h('p', {}, `${found.length - mostShown} more: find them by site.`),
  ]);
}

/** The largest share that is shown: half as much again as the largest that is somewhat sure. */
function scaleOf(trends: readonly SiteTrend[]): number {
  const shares = trends.flatMap(({ weeks }) =>
    weeks.filter(({ answered }) => answered >= 20).map(({ flags }) => flags.value),
  );
  return Math.min(1, Math.ceil(15 * Math.max(0.05, ...shares)) / 10);
}

function Chart({ trend, top }: { trend: SiteTrend; top: number }): JSX.Element {
  const { site, model, weeks, usual, drift } = trend;
  const last = weeks.at(-1)!;
  const name = `${site || 'no site'}, ${model}`;
  const y = (share: number) => height - margin - (height - 2 * margin) * Math.min(1, share / top);
  return h('figure', { class: drift ? 'chart drifts' : 'chart' }, [
    h('figcaption', {}, [
      h('strong', {}, name),
      h(
        'span',
        { class: drift ? 'drift' : 'faint' },
        drift ??
          (last.answered > 0 ? `${percent(last.flags.value)} this week` : 'no answers this week'),
      ),
    ]),
    h(
      'svg',
      {
        viewBox: `0 0 ${width} ${height}`,
        role: 'img',
        'aria-label': `${name}: ${weeks.map(wordsOf).join('; ')}`,
      },
      [
        h('line', { class: 'ground', x1: 0, x2: width, y1: height - margin, y2: height - margin }),
        usual &&
          h('line', { class: 'usual', x1: 0, x2: width, y1: y(usual.value), y2: y(usual.value) }),
        weeks.map(
          (week, at) =>
            week.answered > 0 &&
            h(Point, { key: week.from, week, x: ((at + 0.5) * width) / weeks.length, y }),
        ),
      ],
    ),
    h('details', {}, [h('summary', {}, 'Figures'), h(Figures, { name, weeks })]),
  ]);
}

function Point({
  week: { flags },
  x,
  y,
}: {
  week: Week;
  x: number;
  y: (share: number) => number;
}): JSX.Element {
  return h('g', {}, [
    h('line', { class: 'interval', x1: x, x2: x, y1: y(flags.low), y2: y(flags.high) }),
    h('circle', { class: 'point', cx: x, cy: y(flags.value), r: 3 }),
  ]);
}

function Figures({ name, weeks }: { name: string; weeks: readonly Week[] }): JSX.Element {
  return h(Table, {
    caption: name,
    heads: ['Week from', 'Flags', '95 %', 'Answers', 'No answer'],
    rows: weeks.map(({ from, flags, answered, silent }) => [
      from,
      answered > 0 ? percent(flags.value) : '',
      answered > 0 ? `${percent(flags.low)} to ${percent(flags.high)}` : '',
      answered,
      silent === undefined ? '' : percent(silent),
    ]),
  });
}

function wordsOf({ from, flags, answered }: Week): string {
  return answered > 0
    ? `week from ${from} ${percent(flags.value)} of ${answered}`
    : `week from ${from} no answers`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
