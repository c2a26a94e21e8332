import type Database from 'better-sqlite3-multiple-ciphers';
import type { Reference } from '../dicom/commitment.ts';
import {
  deliveryTable,
  nextDelivery,
  type DeliveryEvent,
  type DeliveryState,
} from './delivery-table.ts';

export interface Delivery {
  sopInstanceUid: string;
  destination: string;
  state: DeliveryState;
  /** Its place among those that wait, lowest first. */
  rank: number;
  /** Refusals and losses so far. */
  attempts: number;
  /** When the next step is due, milliseconds since 1970. */
  dueAt: number;
  /** Why the last attempt failed; empty when it did not. */
  detail: string;
  /** What it was sent as last: the object itself or a lower form of it. UIDs are empty before that. */
  sent: Reference;
  /** Requests for commitment since it was stored. */
  requests: number;
  /** Wall time at which it was first accepted and at which it was proved, or undefined. */
  storedAt: number | undefined;
  committedAt: number | undefined;
  /** Ids of transactions, 0 for none: the newest that asks for it, and the newest that has denied it. */
  askedIn: number;
  deniedIn: number;
}

/** A request for commitment that was made. */
export interface Transaction {
  /** Grows with every request. */
  id: number;
  destination: string;
}

/** When a step is due. */
export interface DueTime {
  now: number;
  /** How far ahead a step is ever put, milliseconds: what lies beyond was put there before the clock was set back. */
  furthestMs: number;
}

/** What a step changes beside the state. */
export interface DeliveryChange {
  /** Wall time of the step. */
  at?: number;
  dueAt?: number;
  /** Why it failed; counts as an attempt. */
  failed?: string;
  sent?: Reference;
  askedIn?: number;
  deniedIn?: number;
}

type DeliveryRow = Omit<Delivery, 'sent' | 'storedAt' | 'committedAt'> & {
  sentClassUid: string;
  sentInstanceUid: string;
  storedAt: number | null;
  committedAt: number | null;
};

const columns = `sop_instance_uid AS sopInstanceUid, destination, state, delivery.rank, attempts, detail,
  sent_class_uid AS sentClassUid, sent_instance_uid AS sentInstanceUid, requests, asked_in AS askedIn,
  denied_in AS deniedIn, stored_at AS storedAt, committed_at AS committedAt`;

const isDue = '(due_at <= ? OR due_at > ?)';

const step = `UPDATE delivery SET state = @next, due_at = coalesce(@dueAt, due_at),
  attempts = attempts + @failures, detail = @detail,
  sent_class_uid = coalesce(@sentClassUid, sent_class_uid),
  sent_instance_uid = coalesce(@sentInstanceUid, sent_instance_uid),
  requests = requests * @kept + @requested, asked_in = coalesce(@askedIn, asked_in),
  denied_in = coalesce(@deniedIn, denied_in), stored_at = coalesce(stored_at, @storedAt),
  committed_at = coalesce(@committedAt, committed_at)
  WHERE sop_instance_uid = @sopInstanceUid AND destination = @destination`;

const queued = `FROM delivery WHERE destination = @destination AND state = 'queued'`;
const longestWaiting = 'ORDER BY due_at LIMIT 1';

/** Goes from rank to rank along the index, so that a day's backlog is not read for each object. */
const headsOfRanks = `WITH RECURSIVE present (rank) AS (
    SELECT min(rank) ${queued}
    UNION ALL
    SELECT (SELECT min(rank) ${queued} AND rank > present.rank) FROM present WHERE present.rank IS NOT NULL
  )
  SELECT ${columns}, due_at AS dueAt FROM present JOIN delivery ON delivery.rowid = coalesce(
    (SELECT rowid ${queued} AND rank = present.rank AND due_at <= @now ${longestWaiting}),
    (SELECT rowid ${queued} AND rank = present.rank AND due_at > @beyond ${longestWaiting})
  )`;

/** A report comes within days; after this nobody remembers the question. */
const rememberMs = 30 * 24 * 3600_000;

/** Where every object stands at every destination. */
export class DeliveryLedger {
  readonly #database: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  constructor(database: Database.Database) {
    this.#database = database;
  }

  /** Adds an object for a destination; a known one stays as it is, but may become more urgent. */
  add(sopInstanceUid: string, destination: string, now: number, rank = 0): void {
    this.#prepare(
      `INSERT INTO delivery (sop_instance_uid, destination, state, rank, due_at)
         VALUES (?, ?, 'queued', ?, ?)
         ON CONFLICT DO UPDATE SET rank = excluded.rank WHERE rank > excluded.rank`,
    ).run(sopInstanceUid, destination, rank, now);
  }

  /** Moves one delivery by the table. False where the event means nothing in its state. */
  apply(
    { sopInstanceUid, destination }: Pick<Delivery, 'sopInstanceUid' | 'destination'>,
    event: DeliveryEvent,
    change: DeliveryChange = {},
  ): boolean {
    const state = this.find(sopInstanceUid, destination)?.state;
    const next = state && nextDelivery(state, event);
    if (!next) return false;
    this.#prepare(step).run({
      next,
      dueAt: change.dueAt ?? null,
      storedAt: next === 'stored' || next === 'committed' ? (change.at ?? null) : null,
      committedAt: next === 'committed' ? (change.at ?? null) : null,
      failures: change.failed === undefined ? 0 : 1,
      detail: change.failed ?? '',
      sentClassUid: change.sent?.sopClassUid ?? null,
      sentInstanceUid: change.sent?.sopInstanceUid ?? null,
      // What is sent again is asked for from the beginning.
      kept: next === 'queued' ? 0 : 1,
      requested: change.askedIn === undefined ? 0 : 1,
      askedIn: change.askedIn ?? null,
      deniedIn: change.deniedIn ?? null,
      sopInstanceUid,
      destination,
    });
    return true;
  }

  find(sopInstanceUid: string, destination: string): Delivery | undefined {
    return this.#select('sop_instance_uid = ? AND destination = ?', sopInstanceUid, destination)[0];
  }

  /** The delivery of what a destination knows under this UID. */
  findSent(sentInstanceUid: string, destination: string): Delivery | undefined {
    return this.#select(
      'sent_instance_uid = ? AND destination = ?',
      sentInstanceUid,
      destination,
    )[0];
  }

  ofObject(sopInstanceUid: string): Delivery[] {
    return this.#select('sop_instance_uid = ? ORDER BY destination', sopInstanceUid);
  }

  /** Deliveries in a state whose step is due, longest waiting first. */
  due(destination: string, state: DeliveryState, time: DueTime, limit: number): Delivery[] {
    const where = `destination = ? AND state = ? AND ${isDue} ORDER BY due_at LIMIT ?`;
    return this.#select(where, destination, state, ...bounds(time), limit);
  }

  /** Of each rank that has something to be sent, what has waited longest. Costs the same however much waits. */
  heads(destination: string, { now, furthestMs }: DueTime): Delivery[] {
    const rows = this.#prepare(headsOfRanks).all({ destination, now, beyond: now + furthestMs });
    return (rows as DeliveryRow[]).map(fromRow);
  }

  /** Has what was being sent wait again; for when nothing is being sent. */
  resume(destination: string): void {
    this.#prepare(
      `UPDATE delivery SET state = 'queued' WHERE destination = ? AND state = 'sending'`,
    ).run(destination);
  }

  /** When the next step of a destination is due; undefined when nothing waits. */
  nextDue(destination: string, states: DeliveryState[]): number | undefined {
    const row = this.#prepare(
      `SELECT min(due_at) FROM delivery WHERE destination = ? AND state IN (SELECT value FROM json_each(?))`,
    )
      .pluck()
      .get(destination, JSON.stringify(states)) as number | null;
    return row ?? undefined;
  }

  /** Notes a commitment request before it is made, so that its report finds its destination. Returns its id. */
  openTransaction(transactionUid: string, destination: string, now: number): number {
    this.#prepare('DELETE FROM commitment WHERE requested_at < ?').run(now - rememberMs);
    const { lastInsertRowid } = this.#prepare(
      'INSERT INTO commitment (transaction_uid, destination, requested_at) VALUES (?, ?, ?)',
    ).run(transactionUid, destination, now);
    return Number(lastInsertRowid);
  }

  /** The request that a commitment report answers; undefined for one that is not ours. */
  findTransaction(transactionUid: string): Transaction | undefined {
    return this.#prepare('SELECT id, destination FROM commitment WHERE transaction_uid = ?').get(
      transactionUid,
    ) as Transaction | undefined;
  }

  /** Puts everything into the state that a restart resumes from, now: whatever was awaited may have come meanwhile. */
  boot(now: number): void {
    const rewrite = this.#prepare(
      'UPDATE delivery SET state = ?, due_at = min(due_at, ?) WHERE state = ?',
    );
    for (const [state, { onBoot }] of Object.entries(deliveryTable))
      if (onBoot !== state) rewrite.run(onBoot, now, state);
  }

  /** How many objects are in one of `states`. */
  waiting(destination: string, states: DeliveryState[]): number {
    return this.#prepare(
      `SELECT count(*) FROM delivery WHERE destination = ? AND state IN (SELECT value FROM json_each(?))`,
    )
      .pluck()
      .get(destination, JSON.stringify(states)) as number;
  }

  /** Preparing costs more than running. */
  #prepare(sql: string): Database.Statement {
    const known = this.#statements.get(sql);
    const statement = known ?? this.#database.prepare(sql);
    if (!known) this.#statements.set(sql, statement);
    return statement;
  }

  #select(where: string, ...values: (string | number)[]): Delivery[] {
    return this.#rows(`SELECT ${columns}, due_at AS dueAt FROM delivery WHERE ${where}`, values);
  }

  #rows(sql: string, values: (string | number)[]): Delivery[] {
    return (this.#prepare(sql).all(...values) as DeliveryRow[]).map(fromRow);
  }
}

function bounds({ now, furthestMs }: DueTime): number[] {
  return [now, now + furthestMs];
}

function fromRow({ sentClassUid, sentInstanceUid, ...delivery }: DeliveryRow): Delivery {
  return {
    ...delivery,
    storedAt: delivery.storedAt ?? undefined,
    committedAt: delivery.committedAt ?? undefined,
    sent: { sopClassUid: sentClassUid, sopInstanceUid: sentInstanceUid },
  };
}
