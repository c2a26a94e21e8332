import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { disk, type Files } from '../device/files.ts';
import { openKeyFile } from '../device/keys.ts';
import { ManualClock } from '../device/manual-clock.ts';
import { FloorDatabase } from '../ota/trust/floor-database.ts';
import { Trust } from '../ota/trust/trust.ts';
import { chest2, start } from './update-repository.ts';

/** A device in a folder of the real disk, with its floor in the real database and the repository's files in `server`. */
export function openFolderDevice(folder: string, files: Files, beforeWrite = () => {}) {
  const database = new FloorDatabase(
    join(folder, 'update.db'),
    openKeyFile(disk, join(folder, 'keys')),
  );
  const floors = {
    read: () => database.read(),
    write: (floor: Parameters<FloorDatabase['write']>[0]) => {
      beforeWrite();
      database.write(floor);
      beforeWrite();
    },
  };
  const trust = new Trust({
    clock: new ManualClock(start),
    files,
    folder: join(folder, 'metadata'),
    factoryRoot: readFileSync(join(folder, 'server', '1.root.json')),
    builtAt: start,
    floors,
    provisioned: existsSync(join(folder, 'provisioned')),
  });
  const fetch = (name: string) => {
    const path = join(folder, 'server', name);
    return Promise.resolve(existsSync(path) ? readFileSync(path) : undefined);
  };
  return {
    trust,
    database,
    close: () => database.close(),
    refresh: async () => (await trust.refresh({ fetch })).find(chest2),
  };
}
