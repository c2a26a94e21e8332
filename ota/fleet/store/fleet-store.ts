import { ScansideError } from '../../../device/errors.ts';
import type { FleetDevice } from '../fleet-device.ts';
import type { Mode, Rollout, RolloutItem, RolloutPlan } from '../rollout/rollout.ts';
import type { RolloutEvent } from '../rollout/rollout-state.ts';
import { AccountStore } from './account-store.ts';
import { deviceOf, deviceQuery } from './device-row.ts';
import { type DeviceMessage, keepMessages } from './message-store.ts';
import { ModelDayStore } from './model-day.ts';
import { itemOf, itemQuery, rolloutOf } from './rollout-row.ts';
import type { Row, Sql, SqlSession } from './sql.ts';

/** An assignment that was signed for a device. */
export interface Issue {
  device: string;
  seq: number;
  mode: Mode;
  at: number;
  expires: number;
  /** The DSSE envelope as it is published. */
  envelope: string;
  /** Number of the assignment before. */
  lastSeq: number;
  /** What the device ran before it was told. */
  before: string;
}

/** A change of a rollout: what happened, who had it happen, and what devices are told. */
export interface RolloutChange {
  before: Rollout;
  after: Rollout;
  event: RolloutEvent | undefined;
  actor: string;
  now: number;
  issues: readonly Issue[];
}

export interface HistoryEntry {
  at: number;
  event: string;
  actor: string;
  because: string;
}

/** Somebody else has changed it meanwhile; nothing was done, and the next look sees what is so now. */
class Outrun extends Error {}

/** All that the fleet's side remembers. Services that share the database may be stopped at any moment. */
export class FleetStore {
  /** Who may use the console, and their sessions. */
  readonly accounts: AccountStore;
  /** What models did on each day. */
  readonly modelDays: ModelDayStore;
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
    this.accounts = new AccountStore(sql);
    this.modelDays = new ModelDayStore(sql);
  }

  /** Keeps messages of devices, each once. Returns how many were new; durable once it has resolved. */
  keepMessages(batch: readonly DeviceMessage[], now: number): Promise<number> {
    return this.#sql.transaction((session) => keepMessages(session, batch, now));
  }

  async devices(): Promise<FleetDevice[]> {
    return (await this.#sql.rows(deviceQuery)).map(deviceOf);
  }

  /** Says at which sites devices stand; those that have not been heard yet are known from then on. */
  async placeDevices(sites: ReadonlyMap<string, string>): Promise<void> {
    await this.#sql.transaction(async (session) => {
      for (const [device, site] of sites)
        await session.change(
          `INSERT INTO devices (id, site) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET site = excluded.site`,
          [device, site],
        );
    });
  }

  /** Leaves a device out of rollouts, or no longer without a reason. Throws FLEET_DEVICE_UNKNOWN. */
  async pin(device: string, because: string | undefined): Promise<void> {
    await this.#changeDevice('UPDATE devices SET pin = $2 WHERE id = $1', device, because ?? null);
  }

  /** Believes a device no more, or again. Throws FLEET_DEVICE_UNKNOWN. */
  async revoke(device: string, revoked: boolean): Promise<void> {
    await this.#changeDevice('UPDATE devices SET revoked = $2 WHERE id = $1', device, +revoked);
  }

  async #changeDevice(text: string, device: string, value: string | number | null) {
    if (!(await this.#sql.change(text, [device, value])))
      throw new ScansideError('FLEET_DEVICE_UNKNOWN', device);
  }

  /** Rollouts, the newest first. */
  async rollouts(): Promise<Rollout[]> {
    return (await this.#sql.rows('SELECT * FROM rollouts ORDER BY created DESC, name')).map(
      rolloutOf,
    );
  }

  /** Throws ROLLOUT_UNKNOWN. */
  async rollout(name: string): Promise<Rollout> {
    const [row] = await this.#sql.rows('SELECT * FROM rollouts WHERE name = $1', [name]);
    if (row) return rolloutOf(row);
    throw new ScansideError('ROLLOUT_UNKNOWN', name);
  }

  async items(rollout: Rollout): Promise<RolloutItem[]> {
    return (await this.#sql.rows(itemQuery, [rollout.name])).map((row) => itemOf(row, rollout));
  }

  /** Begins a rollout with its devices in their order. Throws ROLLOUT_REFUSED where the name is taken. */
  async createRollout(
    name: string,
    plan: RolloutPlan,
    devices: readonly { device: string; wave: number }[],
    { actor, now }: { actor: string; now: number },
  ): Promise<void> {
    const waves = Math.max(0, ...devices.map(({ wave }) => wave)) + 1;
    await this.#sql.transaction(async (session) => {
      const made = await session.change(
        `INSERT INTO rollouts VALUES ($1, $2, 'planned', 0, $3, $4, '', 1, $4) ON CONFLICT DO NOTHING`,
        [name, JSON.stringify(plan), waves, now],
      );
      if (!made) throw new ScansideError('ROLLOUT_REFUSED', `there is a rollout ${name} already`);
      for (const [place, { device, wave }] of devices.entries())
        await session.change(
          `INSERT INTO items (rollout, device, place, wave, state) VALUES ($1, $2, $3, $4, 'waiting')`,
          [name, device, place, wave],
        );
      await remember(session, name, 1, { at: now, event: 'planned', actor, because: '' });
    });
  }

  /**
   * Carries a change of a rollout out: all of it, or nothing where another service or person was faster. Durable once it
   * has resolved to true.
   */
  async advance(change: RolloutChange): Promise<boolean> {
    try {
      await this.#sql.transaction((session) => advance(session, change));
      return true;
    } catch (error) {
      if (error instanceof Outrun) return false;
      throw error;
    }
  }

  /** Devices that failed wait again, and are told once more when their turn comes. */
  async retryFailed({ name }: Rollout): Promise<number> {
    return this.#sql.change(
      `UPDATE items SET state = 'waiting', mode = NULL, step = '', code = '' WHERE rollout = $1 AND state = 'failed'`,
      [name],
    );
  }

  /** Assignments that the broker does not have yet. */
  async unpublished(limit: number): Promise<{ device: string; seq: number; envelope: string }[]> {
    return (await this.#sql.rows(
      `SELECT d.device, d.seq, x.envelope FROM desired d JOIN issued x ON x.device = d.device AND x.seq = d.seq
       WHERE d.published = 0 ORDER BY d.device LIMIT $1`,
      [limit],
    )) as { device: string; seq: number; envelope: string }[];
  }

  /**
   * The broker has an assignment. Where a newer one was issued meanwhile, that one has to be published again, because
   * this one may have come after it.
   */
  async markPublished(device: string, seq: number): Promise<void> {
    await this.#sql.change(
      `UPDATE desired SET published = CASE WHEN seq = $2 THEN 1 ELSE 0 END WHERE device = $1`,
      [device, seq],
    );
  }

  async history({ name }: Pick<Rollout, 'name'>): Promise<HistoryEntry[]> {
    const rows = await this.#sql.rows(
      'SELECT at, event, actor, because FROM history WHERE rollout = $1 ORDER BY revision',
      [name],
    );
    return rows as unknown as HistoryEntry[];
  }

  /** Every assignment of a rollout, and every report of its devices about these. */
  async evidence({ name }: Pick<Rollout, 'name'>): Promise<{ issued: Row[]; reports: Row[] }> {
    const issued = await this.#sql.rows(
      'SELECT device, seq, mode, at, expires, envelope FROM issued WHERE rollout = $1 ORDER BY device, seq',
      [name],
    );
    const reports = await this.#sql.rows(
      `SELECT m.device, m.sent, m.stored, m.body FROM messages m JOIN items i ON i.device = m.device
       WHERE i.rollout = $1 AND m.kind = 'ota' ORDER BY m.device, m.sent, m.seq`,
      [name],
    );
    return { issued, reports };
  }

  /** Messages of one kind since an instant, the oldest first. */
  async messages(kind: string, since: number): Promise<{ device: string; body: string }[]> {
    return (await this.#sql.rows(
      'SELECT device, body FROM messages WHERE kind = $1 AND sent >= $2 ORDER BY sent',
      [kind, since],
    )) as { device: string; body: string }[];
  }

  /** Forgets telemetry from before an instant; what else devices have said stays. */
  async forgetTelemetry(before: number): Promise<number> {
    return this.#sql.change(`DELETE FROM messages WHERE kind = 'telemetry' AND stored < $1`, [
      before,
    ]);
  }

  close(): Promise<void> {
    return this.#sql.close();
  }
}

async function advance(session: SqlSession, change: RolloutChange): Promise<void> {
  const { before, after, event, actor, now, issues } = change;
  const changed = await session.change(
    `UPDATE rollouts SET state = $3, wave = $4, since = $5, because = $6, revision = $7
     WHERE name = $1 AND revision = $2`,
    [
      after.name,
      before.revision,
      after.state,
      after.wave,
      after.since,
      after.because,
      after.revision,
    ],
  );
  if (!changed) throw new Outrun();
  const { name, revision, because } = after;
  if (event) await remember(session, name, revision, { at: now, event, actor, because });
  for (const issue of issues) await keepIssue(session, after.name, issue);
}

async function remember(session: SqlSession, name: string, revision: number, entry: HistoryEntry) {
  const { at, event, actor, because } = entry;
  await session.change('INSERT INTO history VALUES ($1, $2, $3, $4, $5, $6)', [
    name,
    revision,
    at,
    event,
    actor,
    because,
  ]);
}

async function keepIssue(session: SqlSession, rollout: string, issue: Issue): Promise<void> {
  const { device, seq, mode, at, expires, envelope, lastSeq, before } = issue;
  const isNext = await session.change(
    `INSERT INTO desired VALUES ($1, $2, 0) ON CONFLICT (device)
     DO UPDATE SET seq = excluded.seq, published = 0 WHERE desired.seq = $3`,
    [device, seq, lastSeq],
  );
  if (!isNext) throw new Outrun();
  await session.change('INSERT INTO issued VALUES ($1, $2, $3, $4, $5, $6, $7)', [
    device,
    seq,
    rollout,
    mode,
    at,
    expires,
    envelope,
  ]);
  await session.change(
    `UPDATE items SET mode = $3, before = $4, state = CASE WHEN state = 'waiting' THEN 'assigned' ELSE state END
     WHERE rollout = $1 AND device = $2`,
    [rollout, device, mode, before],
  );
  await session.change(
    `UPDATE items SET state = 'superseded' WHERE device = $2 AND rollout <> $1 AND state = 'assigned'`,
    [rollout, device],
  );
}
