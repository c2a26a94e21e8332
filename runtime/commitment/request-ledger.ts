import type Database from 'better-sqlite3-multiple-ciphers';
import type { CommitmentRequest, CommitmentResult } from '../dicom/commitment.ts';

/** A storage commitment request that has been accepted and whose report has not yet arrived. */
export interface PendingRequest extends CommitmentRequest {
  id: number;
  callingAeTitle: string;
  /** Another request with this Transaction UID was still pending when it came. */
  inUse: boolean;
  /** Milliseconds since 1970. */
  receivedAt: number;
  /** The report, once every instance has been verified. */
  result: CommitmentResult | undefined;
}

interface Row {
  id: number;
  callingAeTitle: string;
  transactionUid: string;
  instances: string;
  inUse: number;
  receivedAt: number;
  result: string | null;
}

const columns = `id, calling_ae_title AS callingAeTitle, transaction_uid AS transactionUid, instances, in_use AS inUse,
  received_at AS receivedAt, result`;

/**
 * Requests of scanners until their reports have arrived. They live in the state database alone: should it be lost,
 * the scanner gets no report, keeps its images and asks again.
 */
export class RequestLedger {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
  }

  add(callingAeTitle: string, request: CommitmentRequest, inUse: boolean, now: number): void {
    this.#database
      .prepare(
        `INSERT INTO commitment_request (calling_ae_title, transaction_uid, instances, in_use, received_at)
         VALUES (?, ?, ?, ?, ?)`,
      )
      .run(
        callingAeTitle,
        request.transactionUid,
        JSON.stringify(request.references),
        inUse ? 1 : 0,
        now,
      );
  }

  /** Requests of one peer with one Transaction UID, oldest first. */
  find(callingAeTitle: string, transactionUid: string): PendingRequest[] {
    return this.#database
      .prepare(
        `SELECT ${columns} FROM commitment_request WHERE calling_ae_title = ? AND transaction_uid = ? ORDER BY id`,
      )
      .all(callingAeTitle, transactionUid)
      .map((row) => fromRow(row as Row));
  }

  /** The next one of a peer to report: those that have failed come after those that have not. */
  next(callingAeTitle: string): PendingRequest | undefined {
    const row = this.#database
      .prepare(
        `SELECT ${columns} FROM commitment_request WHERE calling_ae_title = ? ORDER BY attempts, id LIMIT 1`,
      )
      .get(callingAeTitle);
    return row === undefined ? undefined : fromRow(row as Row);
  }

  count(callingAeTitle: string): number {
    return this.#database
      .prepare('SELECT count(*) FROM commitment_request WHERE calling_ae_title = ?')
      .pluck()
      .get(callingAeTitle) as number;
  }

  saveResult(id: number, result: CommitmentResult): void {
    this.#database
      .prepare('UPDATE commitment_request SET result = ? WHERE id = ?')
      .run(JSON.stringify(result), id);
  }

  noteAttempt(id: number): void {
    this.#database
      .prepare('UPDATE commitment_request SET attempts = attempts + 1 WHERE id = ?')
      .run(id);
  }

  remove(id: number): void {
    this.#database.prepare('DELETE FROM commitment_request WHERE id = ?').run(id);
  }

  /** Drops requests that are older; returns how many. */
  expire(before: number): number {
    return this.#database
      .prepare('DELETE FROM commitment_request WHERE received_at < ?')
      .run(before).changes;
  }
}

function fromRow({ instances, inUse, result, ...row }: Row): PendingRequest {
  return {
    ...row,
    references: JSON.parse(instances) as PendingRequest['references'],
    inUse: inUse === 1,
    result: result === null ? undefined : (JSON.parse(result) as CommitmentResult),
  };
}
