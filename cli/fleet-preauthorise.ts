import process from 'node:process';
import { systemClock } from '../device/clock.ts';
import { type EnrolmentStore, openEnrolmentStore } from '../ota/fleet/store/enrolment-store.ts';
import { pairingCodeOf } from '../device/identity-key.ts';
import type { Command } from './command.ts';
import { databaseOptions, databaseUsage } from './fleet-database.ts';
import { readOptions, required, runCommand, UsageError } from './options.ts';
import { alignColumns } from './text-table.ts';

const usage = `Lets a device in that has this serial number and this key, or lists those that may come in.

Usage: scanside fleet preauthorise [--serial SERIAL --thumbprint HEX | --serial SERIAL --remove] [OPTIONS]

  --serial SERIAL   of the device; without it the list is printed
  --thumbprint HEX  SHA-256 of its public key: 64 digits, as \`scanside enroll show\` says on the device
  --remove          takes it off the list
${databaseUsage}`;

const options = {
  ...databaseOptions,
  serial: { type: 'string' },
  thumbprint: { type: 'string' },
  remove: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof readOptions<typeof options>>;

/** Runs work on what the fleet remembers of enrolments. Throws UsageError where no database is named. */
export async function withEnrolments<T>(
  { database }: { database?: string | undefined },
  work: (store: EnrolmentStore) => Promise<T>,
): Promise<T> {
  const place = database ?? process.env['DATABASE_URL'];
  if (!place) throw new UsageError('--database is missing, and DATABASE_URL is not set');
  const store = await openEnrolmentStore(place);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** `scanside fleet preauthorise`. */
export const fleetPreauthorise: Command = {
  summary: 'lets a device in by serial number and key',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, async () => {
      const values = readOptions(args, options);
      const lines = await withEnrolments(values, (store) => act(store, values));
      io.out(lines);
      return 0;
    }),
};

async function act(store: EnrolmentStore, values: Values): Promise<string> {
  if (values.serial === undefined) return list(store, values.json);
  if (values.remove) {
    const was = await store.forget(values.serial);
    return `${values.serial} is ${was ? 'off the list' : 'not on the list'}.`;
  }
  const thumbprint = required('thumbprint', values.thumbprint).replaceAll(':', '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(thumbprint))
    throw new UsageError('--thumbprint is a SHA-256: 64 hexadecimal digits');
  await store.preauthorise({ serial: values.serial, thumbprint }, systemClock.now());
  return `${values.serial} may come in with the pairing code ${pairingCodeOf(thumbprint)}.`;
}

async function list(store: EnrolmentStore, json: boolean | undefined): Promise<string> {
  const all = await store.preauthorised();
  if (json) return JSON.stringify(all);
  const rows = all.map(({ serial, thumbprint }) => [serial, pairingCodeOf(thumbprint), thumbprint]);
  return alignColumns([['serial', 'pairing code', 'thumbprint'], ...rows]);
}
