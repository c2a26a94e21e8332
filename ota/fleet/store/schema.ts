import { modelDayTable } from './model-day.ts';
import type { Sql } from './sql.ts';

/**
 * Tables of the fleet's database, in words that SQLite and PostgreSQL share. Instants are milliseconds since 1970 UTC,
 * flags 0 or 1, absent texts empty.
 */
const tables = [
  `CREATE TABLE IF NOT EXISTS devices (
    id TEXT PRIMARY KEY, site TEXT NOT NULL DEFAULT '', seen BIGINT NOT NULL DEFAULT 0,
    bd_seq BIGINT NOT NULL DEFAULT -1, connected BIGINT NOT NULL DEFAULT 0,
    birth_at BIGINT NOT NULL DEFAULT 0, birth TEXT NOT NULL DEFAULT '', state_at BIGINT NOT NULL DEFAULT 0, models TEXT NOT NULL DEFAULT '[]',
    telemetry_at BIGINT NOT NULL DEFAULT 0, telemetry TEXT NOT NULL DEFAULT '',
    revoked BIGINT NOT NULL DEFAULT 0, pin TEXT)`,
  `CREATE TABLE IF NOT EXISTS messages (
    device TEXT NOT NULL, stream TEXT NOT NULL, seq BIGINT NOT NULL, kind TEXT NOT NULL,
    sent BIGINT NOT NULL, stored BIGINT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (device, stream, seq))`,
  `CREATE INDEX IF NOT EXISTS messages_by_kind ON messages (kind, sent)`,
  `CREATE TABLE IF NOT EXISTS rollouts (
    name TEXT PRIMARY KEY, plan TEXT NOT NULL, state TEXT NOT NULL, wave BIGINT NOT NULL, waves BIGINT NOT NULL,
    since BIGINT NOT NULL, because TEXT NOT NULL, revision BIGINT NOT NULL, created BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS items (
    rollout TEXT NOT NULL, device TEXT NOT NULL, place BIGINT NOT NULL, wave BIGINT NOT NULL, state TEXT NOT NULL,
    mode TEXT, before TEXT NOT NULL DEFAULT '', reported BIGINT NOT NULL DEFAULT 0, step TEXT NOT NULL DEFAULT '',
    code TEXT NOT NULL DEFAULT '', PRIMARY KEY (rollout, device))`,
  `CREATE INDEX IF NOT EXISTS items_by_device ON items (device)`,
  `CREATE TABLE IF NOT EXISTS issued (
    device TEXT NOT NULL, seq BIGINT NOT NULL, rollout TEXT NOT NULL, mode TEXT NOT NULL, at BIGINT NOT NULL,
    expires BIGINT NOT NULL, envelope TEXT NOT NULL, PRIMARY KEY (device, seq))`,
  `CREATE TABLE IF NOT EXISTS desired (
    device TEXT PRIMARY KEY, seq BIGINT NOT NULL, published BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS history (
    rollout TEXT NOT NULL, revision BIGINT NOT NULL, at BIGINT NOT NULL, event TEXT NOT NULL, actor TEXT NOT NULL,
    because TEXT NOT NULL, PRIMARY KEY (rollout, revision))`,
  modelDayTable,
  `CREATE TABLE IF NOT EXISTS accounts (
    name TEXT PRIMARY KEY, role TEXT NOT NULL, secret TEXT NOT NULL, version TEXT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, account TEXT NOT NULL, version TEXT NOT NULL, csrf TEXT NOT NULL,
    started BIGINT NOT NULL, used BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS preauthorised (
    serial TEXT PRIMARY KEY, thumbprint TEXT NOT NULL, at BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS enrolments (
    once TEXT PRIMARY KEY, device TEXT NOT NULL, serial TEXT NOT NULL, thumbprint TEXT NOT NULL,
    certificate TEXT NOT NULL, at BIGINT NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS enrolments_by_device ON enrolments (device, at)`,
];

/** Makes the tables that are not there yet. Several may do so at once. */
export function makeTables(sql: Sql): Promise<void> {
  return sql.exclusive(async (session) => {
    for (const table of tables) await session.change(table);
  });
}
