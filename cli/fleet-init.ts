import { createHash } from 'node:crypto';
import { systemClock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import { disk } from '../device/files.ts';
import { type Ceremony, holdCeremony, keyPath, onlineKeyPath } from '../ota/fleet/ceremony.ts';
import type { FleetChange } from '../ota/fleet/fleet-folder.ts';
import { shortestPassphrase } from '../ota/fleet/key-file.ts';
import { write } from '../ota/fleet/metadata.ts';
import { lackingRoles, releaseChange, verifyAsDevice } from '../ota/fleet/release.ts';
import type { Command } from './command.ts';
import {
  conclude,
  fleetOptions,
  fleetUsage,
  passphraseOptions,
  passphraseUsage,
  readPassphrase,
  readPublicKeys,
} from './fleet-request.ts';
import { readOptions, required, runCommand, UsageError, wholeNumber } from './options.ts';

const usage = `Begins a repository of signed models: the key ceremony. Files only; it needs no network, and should have none.

Usage: scanside fleet init --folder FOLDER --family NAME [--family NAME ...] [OPTIONS]

  --folder FOLDER   is made: keys/ and online/ with the keys, repository/ for the web server, staged/ for what waits
  --family NAME     the name of a model's bundles; its release engineers sign for these and no other
  --root-key FILE   public key (PEM, Ed25519) of somebody who signs root, who has made it; give it once for each.
                    Without it three are made here
  --targets-key FILE  the same for the role targets
  --threshold N     how many of them have to sign, for root and for targets (default 2)
${passphraseUsage}
${fleetUsage}

Keys of people are sealed with the passphrase (${shortestPassphrase} characters or more). Give each to another person and remove keys/
from this machine. The keys in online/ renew what expires daily; they cannot sign for a model.`;

const options = {
  ...fleetOptions,
  ...passphraseOptions,
  family: { type: 'string', multiple: true, default: [] as string[] },
  'root-key': { type: 'string', multiple: true, default: [] as string[] },
  'targets-key': { type: 'string', multiple: true, default: [] as string[] },
  threshold: { type: 'string', default: '2' },
} as const;

function readFamilies(names: readonly string[]): string[] {
  if (!names.length) throw new UsageError('--family is missing');
  const wrong = names.find((name) => !/^[a-z0-9-]{1,40}$/.test(name));
  if (wrong !== undefined) throw new UsageError(`--family ${wrong}: 1 to 40 of a-z, 0-9 and dash`);
  return [...new Set(names)];
}

function checkThreshold(threshold: number, keys: number): void {
  if (threshold > (keys || 3)) throw new UsageError('--threshold is more than there are keys');
}

/** `scanside fleet init`. */
export const fleetInit: Command = {
  summary: 'begins a repository of signed models',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, async () => {
      const values = readOptions(args, options);
      const folder = required('folder', values.folder);
      const families = readFamilies(values.family);
      const threshold = wholeNumber('threshold', values.threshold, 1, 9);
      const rootKeys = readPublicKeys(values['root-key']);
      const targetsKeys = readPublicKeys(values['targets-key']);
      for (const keys of [rootKeys, targetsKeys]) checkThreshold(threshold, keys.length);
      if (disk.list(folder).length) throw new ScansideError('FLEET_EXISTS', folder);
      const passphrase = await readPassphrase(values);
      const now = systemClock.now();
      const ceremony = holdCeremony({
        families,
        rootKeys,
        targetsKeys,
        threshold,
        passphrase,
        now,
      });
      const { change, outcome } = await concluded(ceremony, now);
      conclude({ ...values, folder }, change, outcome, io);
      return 0;
    }),
};

/** Publishes at once where all who have to sign have keys here; else everything waits for signatures. */
async function concluded({ state, online, offline, change }: Ceremony, now: number) {
  const missing = lackingRoles(state);
  const facts = { keys: [...offline.keys()], missing };
  const lines = keyLines({ offline, online });
  if (Object.keys(missing).length) {
    const waits = Object.entries(missing).map(
      ([role, count]) => `${role} waits for ${count} signatures`,
    );
    return { change, outcome: { lines: [...lines, ...waits], facts } };
  }
  const released = withRelease(change, releaseChange(state, online, now));
  await verifyAsDevice(state, released, now);
  const rootHash = createHash('sha256')
    .update(write(state.staged.get('root')!))
    .digest('hex');
  const set = [
    `SHA-256 of repository/metadata/1.root.json: ${rootHash}`,
    'Devices are set up with that file.',
  ];
  return {
    change: released,
    outcome: { lines: [...lines, ...set], facts: { ...facts, rootHash } },
  };
}

function keyLines({ offline, online }: Pick<Ceremony, 'offline' | 'online'>): string[] {
  return [
    ...[...offline].map(([name, { keyId }]) => `${keyPath(name)}  ${keyId}`),
    ...Object.entries(online).map(([name, { keyId }]) => `${onlineKeyPath(name)}  ${keyId}`),
    'Give every file in keys/ to another person, and remove the folder from this machine.',
  ];
}

/** What is public at once need not be staged. */
function withRelease({ writes }: FleetChange, release: FleetChange): FleetChange {
  const kept = writes.filter(([path]) => !release.removals.includes(path));
  return { writes: [...kept, ...release.writes], removals: [] };
}
