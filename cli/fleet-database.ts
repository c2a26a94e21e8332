import { userInfo } from 'node:os';
import process from 'node:process';
import type { FleetStore } from '../ota/fleet/store/fleet-store.ts';
import { openStore } from '../ota/fleet/store/open-store.ts';
import { UsageError } from './options.ts';

/** Options of every command that looks into the fleet’s database. */
export const databaseOptions = {
  database: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

export const databaseUsage = `  --database PLACE  file of the embedded database, or postgres://USER:PASSWORD@HOST/NAME; without it what the
                    environment variable DATABASE_URL says
  --json            says it as JSON
  --help            this text`;

/** Runs work on the fleet’s database. Throws UsageError where none is named, FLEET_DATABASE_FAILED. */
export async function withStore<T>(
  { database }: { database?: string | undefined },
  work: (store: FleetStore) => Promise<T>,
): Promise<T> {
  const place = database ?? process.env['DATABASE_URL'];
  if (!place) throw new UsageError('--database is missing, and DATABASE_URL is not set');
  const store = await openStore(place);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** Who steers, for the history: the name of the account on this machine. */
export function actorName(): string {
  return userInfo().username;
}
