import { FleetStore } from './fleet-store.ts';
import { openPostgres } from './postgres.ts';
import { makeTables } from './schema.ts';
import type { Sql } from './sql.ts';
import { openSqlite } from './sqlite.ts';

/**
 * Opens the fleet's database, and makes its tables where there are none: PostgreSQL for `postgres://…`, otherwise the
 * embedded one in the file of that path. Throws FLEET_DATABASE_FAILED.
 */
export async function openSql(place: string): Promise<Sql> {
  const isServer = /^postgres(ql)?:\/\//.test(place);
  const sql = isServer ? await openPostgres(place) : openSqlite(place);
  await makeTables(sql);
  return sql;
}

/** The same, for rollouts and what devices say. */
export async function openStore(place: string): Promise<FleetStore> {
  return new FleetStore(await openSql(place));
}
