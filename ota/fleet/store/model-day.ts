import { notAnalysedReasons } from '../../../models/outcome.ts';
import type { Summary } from '../../messages/summary.ts';
import type { Row, Sql, SqlSession } from './sql.ts';

/** What a model did on some exams. An exam that it was not asked about is in none of them. */
export interface ModelCounts {
  flagged: number;
  unflagged: number;
  /** It would not answer: too uncertain, or the image is not one that it was validated for. */
  abstained: number;
  /** It failed, or its answer could not be written. */
  failed: number;
  /** Exams by the time from the last image to the result, in bins of a tenth of a power of ten from 0.1 s on. */
  latency: number[];
}

/** A model’s counts at one site on one day, `2027-01-31`, of the devices’ clocks in UTC. */
export interface SiteDay extends Omit<ModelCounts, 'latency'> {
  site: string;
  model: string;
  day: string;
}

export const latencyBins = 40;

/** The names of the histogram `outcome` in their order; the bins behind them count other names and nothing. */
export const outcomeNames = ['flagged', 'no-flag', ...Object.keys(notAnalysedReasons)];

type Total = 'flagged' | 'unflagged' | 'abstained' | 'failed';

/** Where an outcome is counted; what is not the model’s doing is counted nowhere. */
const totalOf: Readonly<Record<string, Total>> = {
  flagged: 'flagged',
  'no-flag': 'unflagged',
  quality: 'abstained',
  'outside-validated-domain': 'abstained',
  uncertain: 'abstained',
  'drift-fallback': 'abstained',
  timeout: 'failed',
  'model-fault': 'failed',
  unwritable: 'failed',
};

const totals: readonly Total[] = ['flagged', 'unflagged', 'abstained', 'failed'];
const latencyColumns = Array.from({ length: latencyBins }, (_, at) => `latency_${at}`);
const counted = [...totals, ...latencyColumns];

/** A row for each device, version and day, so that any of them add up in the database. */
export const modelDayTable = `CREATE TABLE IF NOT EXISTS model_days (
  device TEXT NOT NULL, model TEXT NOT NULL, version TEXT NOT NULL, day TEXT NOT NULL,
  ${counted.map((column) => `${column} BIGINT NOT NULL`).join(', ')},
  PRIMARY KEY (device, model, version, day))`;

/** Counts of one summary; what it holds beyond the outcomes that are known counts for nothing. */
export function countsOf({ counts }: Pick<Summary, 'counts'>): ModelCounts {
  const sums: Record<Total, number> = { flagged: 0, unflagged: 0, abstained: 0, failed: 0 };
  for (const [at, count] of (counts['outcome'] ?? []).entries()) {
    const total = totalOf[outcomeNames[at] ?? ''];
    if (total) sums[total] += count;
  }
  const latency = Array.from({ length: latencyBins }, (_, at) => counts['latency']?.[at] ?? 0);
  return { ...sums, latency };
}

/** Adds summaries that were not kept before. Sorted, so that two services never wait for each other. */
export async function keepModelDays(
  session: SqlSession,
  batch: readonly { device: string; message: Summary }[],
): Promise<void> {
  const key = ({ device, message }: (typeof batch)[number]) =>
    `${device} ${message.model} ${message.version} ${message.to}`;
  const columns = ['device', 'model', 'version', 'day', ...counted];
  const text = `INSERT INTO model_days VALUES (${columns.map((_, at) => `$${at + 1}`).join(', ')})
    ON CONFLICT (device, model, version, day) DO UPDATE SET
    ${counted.map((column) => `${column} = model_days.${column} + excluded.${column}`).join(', ')}`;
  for (const each of batch.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))) {
    const { model, version, to } = each.message;
    const { latency, ...sums } = countsOf(each.message);
    const values = [...totals.map((total) => sums[total]), ...latency];
    await session.change(text, [each.device, model, version, to, ...values]);
  }
}

const sum = (column: string) => `CAST(SUM(${column}) AS BIGINT) AS ${column}`;

/** What models did on each day, added up where it is kept. */
export class ModelDayStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /**
   * What a release did on the devices that a rollout has told, and what other versions of the model did on the same ones
   * since a day.
   */
  async compare(
    rollout: string,
    { group, version }: { group: string; version: string },
    since: string,
  ): Promise<{ candidate: ModelCounts; before: ModelCounts }> {
    const rows = await this.#sql.rows(
      `SELECT CASE WHEN m.version = $3 THEN 1 ELSE 0 END AS is_candidate, ${counted.map(sum).join(', ')}
       FROM model_days m JOIN items i ON i.device = m.device
       WHERE i.rollout = $1 AND i.mode IS NOT NULL AND m.model = $2 AND m.day >= $4
       GROUP BY CASE WHEN m.version = $3 THEN 1 ELSE 0 END`,
      [rollout, group, version, since],
    );
    const of = (isCandidate: number) =>
      modelCountsOf(rows.find((row) => row['is_candidate'] === isCandidate) ?? {});
    return { candidate: of(1), before: of(0) };
  }

  /** What each model did at each site on each day since one. */
  async sites(since: string): Promise<SiteDay[]> {
    const rows = await this.#sql.rows(
      `SELECT d.site, m.model, m.day, ${totals.map(sum).join(', ')}
       FROM model_days m JOIN devices d ON d.id = m.device WHERE m.day >= $1
       GROUP BY d.site, m.model, m.day ORDER BY d.site, m.model, m.day`,
      [since],
    );
    return rows as unknown as SiteDay[];
  }
}

function modelCountsOf(row: Row): ModelCounts {
  const of = (column: string) => Number(row[column] ?? 0);
  return {
    flagged: of('flagged'),
    unflagged: of('unflagged'),
    abstained: of('abstained'),
    failed: of('failed'),
    latency: latencyColumns.map(of),
  };
}
