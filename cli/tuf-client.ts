// A client of The Update Framework that speaks the protocol of its conformance suite, over the trust that devices use:
//   tuf-client --metadata-dir DIR init ROOT
//   tuf-client --metadata-dir DIR --metadata-url URL refresh
//   tuf-client --metadata-dir DIR --metadata-url URL --target-name NAME --target-base-url URL --target-dir DIR download
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { systemClock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import { disk } from '../device/files.ts';
import { openKeyFile } from '../device/keys.ts';
import { FloorDatabase } from '../ota/trust/floor-database.ts';
import { fileOf } from '../ota/trust/generations.ts';
import { HttpSource } from '../ota/trust/http-source.ts';
import { storedName, verifyTarget } from '../ota/trust/target.ts';
import { checkRoot, Trust, type Trusted } from '../ota/trust/trust.ts';

const usage = `Verifies a repository of The Update Framework as a Scanside device does; for the suite tuf-conformance.

Usage: tuf-client --metadata-dir DIR init ROOT
       tuf-client --metadata-dir DIR --metadata-url URL refresh
       tuf-client --metadata-dir DIR --metadata-url URL --target-name NAME --target-base-url URL --target-dir DIR download

Exit status: 0 done, 1 refused or failed, 2 wrong arguments.`;

const text = { type: 'string' } as const;
const options = {
  'metadata-dir': text,
  'metadata-url': text,
  'target-name': text,
  'target-base-url': text,
  'target-dir': text,
  help: { type: 'boolean' },
} as const;

class Misuse extends Error {}

type Values = ReturnType<typeof readArguments>['values'];

function readArguments(args: string[]) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: true });
  } catch (cause) {
    throw new Misuse(cause instanceof Error ? cause.message : '', { cause });
  }
}

function required(values: Values, name: keyof Values): string {
  const value = values[name];
  if (typeof value === 'string') return value;
  throw new Misuse(`--${name} is missing`);
}

function init(values: Values, root: string | undefined): void {
  if (!root) throw new Misuse('the file of the root metadata is missing');
  const bytes = disk.readBytes(root);
  checkRoot(bytes);
  const folder = required(values, 'metadata-dir');
  disk.makeFolder(folder);
  disk.makeFolder(join(folder, 'factory'));
  disk.replace(join(folder, 'factory', 'root'), bytes);
  disk.replace(join(folder, fileOf('root')), bytes);
}

/** Refreshes, does more where it is to, and shows in the folder what is believed, however it ended. */
async function refresh(values: Values, more?: (trusted: Trusted) => Promise<void>): Promise<void> {
  const folder = required(values, 'metadata-dir');
  const address = required(values, 'metadata-url');
  const floors = new FloorDatabase(
    join(folder, 'update.db'),
    openKeyFile(disk, join(folder, 'keys')),
  );
  const trust = new Trust({
    clock: systemClock,
    files: disk,
    folder: join(folder, 'generations'),
    factoryRoot: disk.readBytes(join(folder, 'factory', 'root')),
    builtAt: 0,
    floors,
    provisioned: false,
  });
  try {
    const trusted = await trust.refresh(new HttpSource({ address, clock: systemClock }));
    await more?.(trusted);
  } finally {
    for (const [role, bytes] of trust.believed) disk.replace(join(folder, fileOf(role)), bytes);
    floors.close();
  }
}

async function download(values: Values, { find }: Trusted): Promise<void> {
  const target = await find(required(values, 'target-name'));
  if (!target) throw new ScansideError('TARGET_UNKNOWN', required(values, 'target-name'));
  const folder = required(values, 'target-dir');
  const path = join(folder, `artifact-${encodeURIComponent(target.path)}`);
  if (disk.exists(path) && isTarget(target, disk.readBytes(path))) return;
  const address = required(values, 'target-base-url');
  const name = storedName(target).split('/').map(encodeURIComponent).join('/');
  const bytes = await new HttpSource({ address, clock: systemClock }).fetch(name, target.length);
  if (!bytes) throw new ScansideError('UPDATE_UNREACHABLE', `there is no ${name}`);
  verifyTarget(target, bytes);
  disk.makeFolder(folder);
  disk.replace(path, bytes);
}

function isTarget(target: Parameters<typeof verifyTarget>[0], bytes: Buffer): boolean {
  try {
    verifyTarget(target, bytes);
    return true;
  } catch {
    return false;
  }
}

async function run(args: string[]): Promise<void> {
  const { values, positionals } = readArguments(args);
  const [command, ...rest] = positionals;
  if (values.help) process.stdout.write(`${usage}\n`);
  else if (command === 'init') init(values, rest[0]);
  else if (command === 'refresh') await refresh(values);
  else if (command === 'download') await refresh(values, (trusted) => download(values, trusted));
  else throw new Misuse('the command must be init, refresh or download');
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(error instanceof Misuse ? `${message}\n\n${usage}\n` : `${message}\n`);
  process.exitCode = error instanceof Misuse ? 2 : 1;
}
