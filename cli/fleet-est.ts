import { createPublicKey } from 'node:crypto';
import { isoInstant, systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import type { EnrolmentStore } from '../ota/fleet/store/enrolment-store.ts';
import { issueServiceCertificate } from '../provisioning/authority/authority.ts';
import { openAuthority, openIssuer } from '../provisioning/authority/authority-folder.ts';
import { EnrolmentDesk } from '../provisioning/authority/enrolment-desk.ts';
import { estPath, serveEst } from '../provisioning/authority/est-server.ts';
import type { Command, Io } from './command.ts';
import { databaseOptions, databaseUsage } from './fleet-database.ts';
import { withEnrolments } from './fleet-preauthorise.ts';
import { readOptions, required, runCommand, UsageError, wholeNumber } from './options.ts';
import { stopped } from './stop-signal.ts';

const usage = `Lets devices into the fleet by EST (RFC 7030), until it is stopped (SIGTERM or SIGINT).

Usage: scanside fleet est --folder FOLDER --name HOST [--name HOST ...] [OPTIONS]

  --folder FOLDER   that of the fleet manager; authority/ of it is read
  --name HOST       name or address under which devices reach it; its certificate bears them all
  --host ADDRESS    listens on this address (default 127.0.0.1)
  --port N          listens on this port (default 8085)
${databaseUsage}

Its own certificate is made at each start and lives for 90 days: start it again before.`;

const options = {
  ...databaseOptions,
  folder: { type: 'string' },
  name: { type: 'string', multiple: true, default: [] as string[] },
  host: { type: 'string', default: '127.0.0.1' },
  port: { type: 'string', default: '8085' },
} as const;

/** `scanside fleet est`. */
export const fleetEst: Command = {
  summary: 'lets devices in over the network',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, () => {
      const values = readOptions(args, options);
      const folder = required('folder', values.folder);
      if (!values.name.length) throw new UsageError('--name is missing');
      const port = wholeNumber('port', values.port, 0, 65_535);
      return withEnrolments(values, async (store) => {
        const desk = openDesk(folder, store, io);
        const server = await serve(desk, folder, { ...values, port }, io);
        await stopped();
        await server.close();
        return 0;
      });
    }),
};

/** Who decides in the name of the fleet of this folder. Throws FLEET_UNREADABLE, KEY_EXPOSED, FLEET_KEY_UNUSABLE. */
export function openDesk(folder: string, store: EnrolmentStore, io: Io): EnrolmentDesk {
  const authority = openAuthority(disk, folder);
  const tokenKey = createPublicKey(openIssuer(disk, folder));
  return new EnrolmentDesk({ authority, tokenKey, store, clock: systemClock, log: logTo(io) });
}

async function serve(
  desk: EnrolmentDesk,
  folder: string,
  { name, host, port }: { name: string[]; host: string; port: number },
  io: Io,
) {
  const tls = await issueServiceCertificate(openAuthority(disk, folder), name, systemClock.now());
  const server = await serveEst({ desk, host, port, tls, log: logTo(io) });
  logTo(io)('listening', { est: `https://${name[0]}:${server.port}${estPath}` });
  return server;
}

function logTo(io: Io) {
  return (event: string, fields: Record<string, string>): void =>
    io.error(JSON.stringify({ time: isoInstant(systemClock.now()), event, ...fields }));
}
