import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, onTestFinished } from 'vitest';
import { fleetCommands } from '../cli/fleet.ts';
import { systemClock } from '../device/clock.ts';
import { Trust } from '../ota/trust/trust.ts';
import { MemoryDisk } from './faults/memory-disk.ts';
import { temporaryFolder } from './peers/process.ts';
import { MemoryFloor } from './update-device.ts';

export const bundle = join(import.meta.dirname, '..', 'models', 'bundles', 'chest-demo', '1.0.0');
/** The fleet manager’s folder of this test, and a file that holds the passphrase of its keys. */
export let folder: string;
export let secret: string;

/** Runs a command; what it said and how it ended. */
export async function run(verb: string, ...args: string[]) {
  const lines = { out: '', error: '' };
  const io = {
    out: (text: string) => void (lines.out += `${text}\n`),
    error: (text: string) => void (lines.error += `${text}\n`),
  };
  const code = await fleetCommands[verb]!.run([...args, '--folder', folder], io);
  return { code, ...lines };
}

export const init = (...args: string[]) =>
  run('init', '--family', 'chest-demo', '--passphrase-file', secret, ...args);

let begun: string;

/** A repository that was begun before. */
export const begin = () => cpSync(begun, folder, { recursive: true });

export const signAs = (role: string, name: string, ...args: string[]) =>
  run('sign', '--role', role, '--key', keyFile(name), '--passphrase-file', secret, ...args);
export const keyFile = (name: string) => join(folder, 'keys', `${name}.key`);

/** Everything in a folder, by path. */
export function contents(): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = names
    .filter((name) => name.isFile())
    .map((name) => join(name.parentPath, name.name));
  return Object.fromEntries(paths.map((path) => [path, readFileSync(path, 'latin1')]));
}

/** A device that was set up with the repository's first root. */
export function newDevice(): Trust {
  const metadata = join(folder, 'repository', 'metadata');
  return new Trust({
    clock: systemClock,
    files: new MemoryDisk(),
    folder: '/update',
    factoryRoot: readFileSync(join(metadata, '1.root.json')),
    builtAt: 0,
    floors: new MemoryFloor(),
    provisioned: false,
  });
}

export const source = {
  fetch: (name: string) => {
    const path = join(folder, 'repository', 'metadata', name);
    return Promise.resolve(existsSync(path) ? readFileSync(path) : undefined);
  },
};

/** Gives every test of a file a folder of its own, and the file a repository that was begun once. */
export function useFleetDesk(): void {
  beforeAll(async () => {
    const { path, remove } = temporaryFolder();
    begun = join(path, 'fleet');
    writeFileSync(join(path, 'passphrase'), 'correct horse battery', { mode: 0o600 });
    [folder, secret] = [begun, join(path, 'passphrase')];
    await init();
    return remove;
  });
  beforeEach(() => {
    const { path, remove } = temporaryFolder();
    onTestFinished(() => remove());
    folder = join(path, 'fleet');
    secret = join(path, 'passphrase');
    writeFileSync(secret, 'correct horse battery\n', { mode: 0o600 });
  });
}
