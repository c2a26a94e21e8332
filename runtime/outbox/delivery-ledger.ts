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
  /** Refusals and losses so far. */
  attempts: number;
  /** When the next step is due, milliseconds since 1970. */
  dueAt: number;
  /** Why the last attempt failed; empty when it did not. */
  detail: string;
  /** What it was sent as last: the object itself or a lower form of it. UIDs are empty before that. */
  sent: Reference;
}

type DeliveryRow = Omit<Delivery, 'sent'> & { sentClassUid: string; sentInstanceUid: string };

const columns = `sop_instance_uid AS sopInstanceUid, destination, state, attempts, due_at AS dueAt,
  detail, sent_class_uid AS sentClassUid, sent_instance_uid AS sentInstanceUid`;

/** Where every object stands at every destination. */
export class DeliveryLedger {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  /** Adds an object for a destination; known ones stay as they are. */
  add(sopInstanceUid: string, destination: string, now: number): void {
    this.#database
      .prepare(
        `INSERT OR IGNORE INTO delivery (sop_instance_uid, destination, state, due_at) VALUES (?, ?, 'queued', ?)`,
      )
      .run(sopInstanceUid, destination, now);
  }

  /** Moves one delivery by the table. False where the event means nothing in its state. */
  apply(
    { sopInstanceUid, destination }: Pick<Delivery, 'sopInstanceUid' | 'destination'>,
    event: DeliveryEvent,
    change: { dueAt?: number; failed?: string; sent?: Reference } = {},
  ): boolean {
    const state = this.find(sopInstanceUid, destination)?.state;
    const next = state && nextDelivery(state, event);
    if (!next) return false;
    this.#database
      .prepare(
        `UPDATE delivery SET state = @next, due_at = coalesce(@dueAt, due_at),
           attempts = attempts + @failures, detail = @detail,
           sent_class_uid = coalesce(@sentClassUid, sent_class_uid),
           sent_instance_uid = coalesce(@sentInstanceUid, sent_instance_uid)
         WHERE sop_instance_uid = @sopInstanceUid AND destination = @destination`,
      )
      .run({
        next,
        dueAt: change.dueAt ?? null,
        failures: change.failed === undefined ? 0 : 1,
        detail: change.failed ?? '',
        sentClassUid: change.sent?.sopClassUid ?? null,
        sentInstanceUid: change.sent?.sopInstanceUid ?? null,
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

  /** Deliveries in one of `states` whose step is due, longest waiting first. */
  due(destination: string, states: DeliveryState[], now: number, limit: number): Delivery[] {
    return this.#select(
      `destination = ? AND due_at <= ? AND state IN (SELECT value FROM json_each(?))
         ORDER BY due_at LIMIT ?`,
      destination,
      now,
      JSON.stringify(states),
      limit,
    );
  }

  /** When the next step of a destination is due; undefined when nothing waits. */
  nextDue(destination: string, states: DeliveryState[]): number | undefined {
    const row = this.#database
      .prepare(
        `SELECT min(due_at) FROM delivery WHERE destination = ? AND state IN (SELECT value FROM json_each(?))`,
      )
      .pluck()
      .get(destination, JSON.stringify(states)) as number | null;
    return row ?? undefined;
  }

  /** Notes a commitment request before it is made, so that its report finds its destination. */
  openTransaction(transactionUid: string, destination: string, now: number): void {
    this.#database
      .prepare('INSERT INTO commitment VALUES (?, ?, ?)')
      .run(transactionUid, destination, now);
  }

  /** Which destination a commitment report speaks for; undefined for a transaction that is not ours. */
  destinationOf(transactionUid: string): string | undefined {
    return this.#database
      .prepare('SELECT destination FROM commitment WHERE transaction_uid = ?')
      .pluck()
      .get(transactionUid) as string | undefined;
  }

  /** Puts everything into the state that a restart resumes from. */
  boot(): void {
    const rewrite = this.#database.prepare('UPDATE delivery SET state = ? WHERE state = ?');
    for (const [state, { onBoot }] of Object.entries(deliveryTable))
      if (onBoot !== state) rewrite.run(onBoot, state);
  }

  /** How many objects are not yet in one of `states`. */
  waiting(destination: string, states: DeliveryState[]): number {
    return this.#database
      .prepare(
        `SELECT count(*) FROM delivery WHERE destination = ? AND state IN (SELECT value FROM json_each(?))`,
      )
      .pluck()
      .get(destination, JSON.stringify(states)) as number;
  }
  #select(where: string, ...values: (string | number)[]): Delivery[] {
    const rows = this.#database.prepare(`SELECT ${columns} FROM delivery WHERE ${where}`);
    return (rows.all(...values) as DeliveryRow[]).map(fromRow);
  }
}

function fromRow({ sentClassUid, sentInstanceUid, ...delivery }: DeliveryRow): Delivery {
  return { ...delivery, sent: { sopClassUid: sentClassUid, sopInstanceUid: sentInstanceUid } };
}
