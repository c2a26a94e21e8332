import { join } from 'node:path';
import { isoInstant, systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { onlineKeyPath } from '../ota/fleet/ceremony.ts';
import { type ConsoleOptions, startConsole } from '../ota/fleet/console/console.ts';
import { readKeyFile } from '../ota/fleet/key-file.ts';
import type { BrokerOptions } from '../ota/fleet/service/broker-connection.ts';
import { FileDesk } from '../ota/fleet/service/file-desk.ts';
import { FleetService } from '../ota/fleet/service/fleet-service.ts';
import { originSource } from '../ota/fleet/service/origin-source.ts';
import { folderSource } from '../ota/mqtt/file-service.ts';
import type { Command } from './command.ts';
import { databaseOptions, databaseUsage, withStore } from './fleet-database.ts';
import { readOptions, required, runCommand, UsageError, wholeNumber } from './options.ts';
import { stopped } from './stop-signal.ts';

const usage = `Keeps what the devices say and carries out rollouts, until it is stopped (SIGTERM or SIGINT). Several may run on one
PostgreSQL database and one broker, each with a name of its own; each may be killed at any moment.

Usage: scanside fleet serve --name NAME --broker URL --folder FOLDER [OPTIONS]

  --name NAME       of this service, the same at every start: under it the broker keeps what came meanwhile. With a
                    broker that takes names from certificates it is the name in the certificate, such as fleet-1
  --broker URL      mqtts://HOST:PORT, or mqtt://HOST:PORT for a broker on this machine
  --folder FOLDER   that of the fleet manager; only online/director.key of it is read
  --files PLACE     the repository, for devices that reach the broker alone: its folder, or its address (http or https).
                    None of its files go over the broker without
  --file-rate N     KiB a second of it for one device (default 2048)
  --ca FILE         PEM, for mqtts: who has signed the broker's certificate
  --cert FILE       PEM, for mqtts: the certificate of this service
  --key FILE        PEM, for mqtts: its key
  --server-name N   name in the broker's certificate, where --broker has another one
  --retire          for a service that is taken away for good: keeps what still waits for its name, has the broker
                    forget the name, and ends
  --console HOST:PORT  serves the console there as well; \`scanside fleet user add\` says who may sign in
  --console-cert FILE  PEM: the console's certificate with its chain. Without it HOST must be of this machine: 127.0.0.1,
                    ::1 or localhost
  --console-key FILE   PEM: its key
${databaseUsage}`;

const options = {
  ...databaseOptions,
  name: { type: 'string' },
  broker: { type: 'string' },
  folder: { type: 'string' },
  files: { type: 'string' },
  'file-rate': { type: 'string', default: '2048' },
  ca: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
  'server-name': { type: 'string' },
  retire: { type: 'boolean' },
  console: { type: 'string' },
  'console-cert': { type: 'string' },
  'console-key': { type: 'string' },
} as const;

type Values = ReturnType<typeof readOptions<typeof options>>;

/** `scanside fleet serve`. */
export const fleetServe: Command = {
  summary: 'keeps what devices say and carries out rollouts',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, () => {
      const values = readOptions(args, options);
      const broker = readBroker(values);
      const files = readFiles(values);
      const place = values.console === undefined ? undefined : readConsole(values);
      const path = join(required('folder', values.folder), onlineKeyPath('director'));
      const director = readKeyFile(disk, path);
      const log: Log = (level, event, fields) =>
        io.out(JSON.stringify({ time: isoInstant(systemClock.now()), level, event, ...fields }));
      return withStore(values, async (store) => {
        const parts = { clock: systemClock, store, log };
        const service = new FleetService({ ...parts, broker, director, files });
        if (values.retire) {
          log('info', 'retired', { name: broker.clientId, kept: await service.retire() });
          return 0;
        }
        service.start();
        const shown = place && (await startConsole({ ...parts, ...place }));
        if (shown) log('info', 'the console listens', { url: shown.url });
        await stopped();
        await shown?.close();
        await service.stop();
        return 0;
      });
    }),
};

function readFiles({ files: place, 'file-rate': rate }: Values): FileDesk | undefined {
  const kibibytes = wholeNumber('file-rate', rate, 128, 1_048_576);
  if (place === undefined) return undefined;
  const source = /^https?:\/\//.test(place) ? originSource(place) : folderSource(disk, place);
  return new FileDesk(source, kibibytes * 1024);
}

type Log = (level: 'info' | 'warn', event: string, fields?: Record<string, unknown>) => void;

const ownHosts = ['127.0.0.1', 'localhost', '::1'];

function readConsole(values: Values): Pick<ConsoleOptions, 'host' | 'port' | 'tls'> {
  const [, bracketed, plain, text = ''] =
    /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(values.console ?? '') ?? [];
  const host = bracketed ?? plain ?? '';
  if (!host) throw new UsageError('--console is HOST:PORT');
  const port = wholeNumber('console', text, 0, 65_535);
  if (values['console-cert'] === undefined && values['console-key'] === undefined) {
    if (ownHosts.includes(host)) return { host, port };
    throw new UsageError(`--console on ${host} needs --console-cert and --console-key`);
  }
  const read = (name: 'console-cert' | 'console-key') =>
    disk.readText(required(name, values[name]));
  return { host, port, tls: { certificate: read('console-cert'), key: read('console-key') } };
}

function readBroker(values: Values): BrokerOptions {
  const url = required('broker', values.broker);
  const clientId = required('name', values.name);
  if (!/^mqtts?:\/\/[^/]+$/.test(url)) throw new UsageError('--broker is mqtts://HOST:PORT');
  if (url.startsWith('mqtt:')) return { url, clientId };
  const read = (name: 'ca' | 'cert' | 'key') => disk.readText(required(name, values[name]));
  const servername = values['server-name'];
  const files = { ca: read('ca'), cert: read('cert'), key: read('key') };
  return { url, clientId, tls: { ...files, ...(servername && { servername }) } };
}
