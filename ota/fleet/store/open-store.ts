import { FleetStore } from './fleet-store.ts';
import { openPostgres } from './postgres.ts';
import { makeTables } from './schema.ts';
import { openSqlite } from './sqlite.ts';

/**
 * Opens the fleet's database, and makes its tables where there are none: PostgreSQL for `postgres://…`, otherwise the
 * embedded one in the file of that path. Throws FLEET_DATABASE_FAILED.
 */
export async function openStore(place: string): Promise<FleetStore> {
  const isServer = /^postgres(ql)?:\/\//.test(place);
  const sql = isServer ? await openPostgres(place) : openSqlite(place);
  await makeTables(sql);
  return new FleetStore(sql);
}
