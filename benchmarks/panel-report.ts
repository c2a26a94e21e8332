import type { Weight } from '../tests/panel-weight.ts';
import { markdownTable } from './document.ts';
import { describeLimit, format, type Limit, percentile, verdict } from './figures.ts';
import type { IdleCost, LineRates } from './panel-cost.ts';
import type { FlagTimes } from './panel-flags.ts';
import type { Growth } from './panel-growth.ts';
import type { Answers, UnderFlood, UnderImages } from './panel-load.ts';

/** Everything that was measured of the panel. */
export interface PanelFigures {
  flags: FlagTimes;
  weight: Weight;
  paints: number[];
  /** Exams of the list, and how many of them it shows with scripts off. */
  listed: number;
  withoutScripts: number;
  growth: Growth;
  alone: Answers;
  underImages: UnderImages;
  underFlood: UnderFlood;
  idle: IdleCost;
  rates: LineRates;
}

/** The table of goals. */
export function reportPanel(figures: PanelFigures): string {
  return markdownTable(
    ['figure', 'p50', 'p95 or value', 'limit', ''],
    [
      ...describeFlags(figures),
      ...describeWeight(figures.weight),
      ...describePages(figures),
      ...describeAnswers(figures),
      ...describeCost(figures),
    ],
  );
}

/** The 95th percentile against a limit. */
function times(figure: string, values: readonly number[], limit: Limit | undefined): string[] {
  const [p50, p95] = [percentile(values, 0.5), percentile(values, 0.95)];
  const digits = p95 < 100 ? 1 : 0;
  return [figure, format(p50, digits), format(p95, digits), ...judge(p95, limit)];
}

function value(figure: string, measured: number, limit: Limit, digits = 0): string[] {
  return [figure, '', format(measured, digits), ...judge(measured, limit)];
}

function judge(measured: number, limit: Limit | undefined): string[] {
  return limit ? [describeLimit(limit), verdict(measured, limit)] : ['–', ''];
}

function describeFlags({ flags }: PanelFigures): string[][] {
  const { fromResult, fromResponse } = flags;
  const n = fromResult.length;
  return [
    times(`result → flag painted, ms (${n} flags)`, fromResult, { below: 1000 }),
    times('last C-STORE response → flag painted, X-ray, ms', fromResponse, { below: 10_000 }),
  ];
}

function describeWeight({ firstScript, allScripts, allStyles }: Weight): string[][] {
  return [
    value('first JavaScript, kB gz', firstScript / 1000, { atMost: 20 }, 1),
    value('all JavaScript, kB gz', allScripts / 1000, { atMost: 60 }, 1),
    value('all CSS, kB gz', allStyles / 1000, { atMost: 10 }, 1),
  ];
}

function describePages({ paints, listed, withoutScripts, growth }: PanelFigures): string[][] {
  return [
    times(`first contentful paint, cold, ms (${paints.length} times)`, paints, { below: 1000 }),
    value(`exams shown with scripts off, of ${listed}`, withoutScripts, { atLeast: listed }),
    value(`heap after ${growth.updates} updates, MB more`, growth.heap / 1e6, { below: 1 }, 2),
    value(`DOM nodes after them, percent more`, growth.nodes, { below: 5 }, 1),
  ];
}

function describeAnswers({ alone, underImages, underFlood }: PanelFigures): string[][] {
  const limit = { below: 50 };
  const { images, lost } = underImages;
  const { tries, cut } = underFlood;
  const flood = `${tries} tries to sign in, ${cut} slow requests cut`;
  return [
    times('`GET /api/exams` alone, ms', alone.list, undefined),
    times('`GET /` alone, ms', alone.page, undefined),
    times('`GET /api/exams` while five associations send, ms', underImages.list, limit),
    times('`GET /` while five associations send, ms', underImages.page, limit),
    value(`images lost, of ${images}`, lost, { atMost: 0 }),
    times(`\`GET /api/exams\` during ${flood}, ms`, underFlood.list, limit),
    times('`GET /` during the same, ms', underFlood.page, limit),
  ];
}

function describeCost({ idle, rates }: PanelFigures): string[][] {
  const slower = 100 * (1 - rates.withScreens / rates.without);
  const [none, four] = [rates.without, rates.withScreens].map((rate) => format(rate, 2));
  return [
    value('appliance idle without screens, percent of a core', idle.without, { below: 3 }, 1),
    value('appliance idle with 4 screens, percent of a core', idle.withScreens, { below: 3 }, 1),
    value(
      `results/s: ${none} without, ${four} with 4 screens; percent less`,
      slower,
      { below: 5 },
      1,
    ),
  ];
}
