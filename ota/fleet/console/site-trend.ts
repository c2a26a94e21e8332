import { type Estimate, wilson } from '../../../models/evaluation/proportion.ts';
import type { SiteDay } from '../store/model-day.ts';

/** A week of a model at a site, and what share of its answers was a flag. */
export interface Week {
  /** The first day of the week. */
  from: string;
  flags: Estimate;
  /** Exams that it was asked about; of these `answered` were flagged or not. */
  exams: number;
  answered: number;
  /** Share of exams that it abstained from or failed at; undefined where there was none. */
  silent: number | undefined;
}

/** How a model goes at a site. */
export interface SiteTrend {
  site: string;
  model: string;
  weeks: Week[];
  /** The share of flags over all weeks but the last; undefined without answers. */
  usual: Estimate | undefined;
  /** In words, where the last week is unlike the weeks before; undefined where it is not, or too little is known. */
  drift: string | undefined;
}

const daysOfWeek = 7;
/** Answers that the last week and those before must have before they are compared. */
const leastAnswers = 50;

/**
 * The weeks of each model at each site, those first whose last week is unlike the weeks before. `days`: the days that are
 * shown, in their order, a multiple of seven.
 */
export function trendsOf(rows: readonly SiteDay[], days: readonly string[]): SiteTrend[] {
  const groups = Map.groupBy(rows, ({ site, model }) => JSON.stringify([site, model]));
  const trends = [...groups.values()].map((own) => trendOf(own, days));
  return trends.sort(
    (a, b) =>
      Number(b.drift !== undefined) - Number(a.drift !== undefined) || (a.site < b.site ? -1 : 1),
  );
}

function trendOf(rows: readonly SiteDay[], days: readonly string[]): SiteTrend {
  const { site, model } = rows[0]!;
  const starts = days.filter((_, at) => at % daysOfWeek === 0);
  const weeks = starts.map((from, at) => {
    const until = starts[at + 1] ?? '9999';
    return weekOf(
      from,
      rows.filter(({ day }) => day >= from && day < until),
    );
  });
  const earlier = rows.filter(({ day }) => day < (starts.at(-1) ?? ''));
  const before = weekOf('', earlier);
  const usual = before.answered > 0 ? before.flags : undefined;
  return { site, model, weeks, usual, drift: driftOf(before, weeks.at(-1)) };
}

function weekOf(from: string, rows: readonly SiteDay[]): Week {
  const sum = (name: 'flagged' | 'unflagged' | 'abstained' | 'failed') =>
    rows.reduce((total, row) => total + row[name], 0);
  const flagged = sum('flagged');
  const answered = flagged + sum('unflagged');
  const exams = answered + sum('abstained') + sum('failed');
  const silent = exams > 0 ? (exams - answered) / exams : undefined;
  return { from, flags: estimate(flagged, answered), exams, answered, silent };
}

/** Shares are unlike where their 99 % intervals do not meet: with many sites the usual 95 % would call too often. */
function driftOf(before: Week, last: Week | undefined): string | undefined {
  if (!last || last.answered < leastAnswers || before.answered < leastAnswers) return undefined;
  const [now, then] = [last, before].map(({ flags, answered }) =>
    wilson({ successes: flags.value * answered, trials: answered }, 0.99),
  );
  if (now!.low <= then!.high && now!.high >= then!.low) return undefined;
  const shares = [last, before].map(({ flags }) => percent(flags.value));
  return `${shares[0]} of answers are flags this week, ${shares[1]} before`;
}

function estimate(successes: number, trials: number): Estimate {
  return { value: trials > 0 ? successes / trials : 0, ...wilson({ successes, trials }) };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
