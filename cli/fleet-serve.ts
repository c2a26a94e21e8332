import { join } from 'node:path';
import process from 'node:process';
import { isoInstant, systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { onlineKeyPath } from '../ota/fleet/ceremony.ts';
import { readKeyFile } from '../ota/fleet/key-file.ts';
import type { BrokerOptions } from '../ota/fleet/service/broker-connection.ts';
import { FileDesk } from '../ota/fleet/service/file-desk.ts';
import { FleetService } from '../ota/fleet/service/fleet-service.ts';
import { originSource } from '../ota/fleet/service/origin-source.ts';
import { folderSource } from '../ota/mqtt/file-service.ts';
import type { Command } from './command.ts';
import { databaseOptions, databaseUsage, withStore } from './fleet-database.ts';
import { number } from './number-option.ts';
import { readOptions, required, runCommand, UsageError } from './options.ts';

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
      const path = join(required('folder', values.folder), onlineKeyPath('director'));
      const director = readKeyFile(disk, path);
      return withStore(values, async (store) => {
        const service = new FleetService({
          clock: systemClock,
          store,
          broker,
          director,
          files,
          log: (level, event, fields) =>
            io.out(
              JSON.stringify({ time: isoInstant(systemClock.now()), level, event, ...fields }),
            ),
        });
        service.start();
        await new Promise<void>((resolve) => {
          process.once('SIGTERM', resolve);
          process.once('SIGINT', resolve);
        });
        await service.stop();
        return 0;
      });
    }),
};

function readFiles({ files: place, 'file-rate': rate }: Values): FileDesk | undefined {
  const kibibytes = number('file-rate', rate, 128, 1_048_576);
  if (place === undefined) return undefined;
  const source = /^https?:\/\//.test(place) ? originSource(place) : folderSource(disk, place);
  return new FileDesk(source, kibibytes * 1024);
}

function readBroker(values: Values): BrokerOptions {
  const url = required('broker', values.broker);
  const clientId = required('name', values.name);
  if (!/^mqtts?:\/\/[^/]+$/.test(url)) throw new UsageError('--broker is mqtts://HOST:PORT');
  if (url.startsWith('mqtt:')) return { url, clientId };
  const read = (name: 'ca' | 'cert' | 'key') => disk.readText(required(name, values[name]));
  return { url, clientId, tls: { ca: read('ca'), cert: read('cert'), key: read('key') } };
}
