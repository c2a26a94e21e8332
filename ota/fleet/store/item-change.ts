import type { SqlSession } from './sql.ts';

/**
 * When something last changed that counts for a device in a rollout, so that a service need not read all of them every
 * second. `at`: by the clock of the service that wrote it, milliseconds since 1970 UTC.
 */
export const itemChangeTables = [
  `CREATE TABLE IF NOT EXISTS item_changes (
    rollout TEXT NOT NULL, device TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (rollout, device))`,
  `CREATE INDEX IF NOT EXISTS item_changes_by_time ON item_changes (rollout, at)`,
];

/** Marks a device in every rollout that it is in; in the transaction of the change itself. */
export async function markDevice(session: SqlSession, device: string, now: number): Promise<void> {
  await mark(session, 'device', device, now);
}

/** Marks every device of a rollout. */
export async function markRollout(
  session: SqlSession,
  rollout: string,
  now: number,
): Promise<void> {
  await mark(session, 'rollout', rollout, now);
}

async function mark(session: SqlSession, by: 'device' | 'rollout', name: string, now: number) {
  await session.change(
    `INSERT INTO item_changes SELECT rollout, device, CAST($2 AS BIGINT) FROM items WHERE ${by} = $1
     ON CONFLICT (rollout, device) DO UPDATE SET at = excluded.at WHERE item_changes.at < excluded.at`,
    [name, now],
  );
}
