import { join } from 'node:path';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { releaseBundle, renewRole } from '../ota/fleet/bundle-release.ts';
import { onlineKeyPath } from '../ota/fleet/ceremony.ts';
import { readFleet } from '../ota/fleet/fleet-folder.ts';
import { readKeyFile } from '../ota/fleet/key-file.ts';
import { lackingRoles, releaseChange, verifyAsDevice } from '../ota/fleet/release.ts';
import type { Command, Io } from './command.ts';
import { conclude, fleetOptions, fleetUsage } from './fleet-request.ts';
import { readOptions, required, runCommand, UsageError } from './options.ts';
import { readGate } from './shadow-gate.ts';
import { patchMaker } from './zstd-patch.ts';

const usage = `Publishes models. With --bundle or --renew it prepares what is to be signed; without either it makes public what is
signed, and renews what expires daily: run it so from a timer, once a day.

Usage: scanside fleet publish --folder FOLDER [--bundle FOLDER | --renew ROLE] [OPTIONS]

  --folder FOLDER   that of the fleet manager, from \`scanside fleet init\`
  --bundle FOLDER   a model's bundle, as \`scanside model pack\` makes it: becomes the next release of its family
  --renew ROLE      root, targets or models.NAME says what it said for another while
  --no-patches      every device fetches every changed file whole. Without it a patch is made with \`zstd\` from the same
                    file of the release before, and published where it has less than 70 % of the bytes
  --shadow GATE     what the model has to show on each device beside the one that answers, before it may answer itself, such
                    as studies=200,hours=24,disagreement=0.05,p95=900: exams that both have looked at, hours, largest
                    share of exams on which they disagree, milliseconds for 95 of 100 exams. Without it none is compared
${fleetUsage}

What would be public is looked at as a device does before anything is written. Exit status 3: signatures are missing;
the message says of which roles, and \`scanside fleet sign\` adds them.`;

const options = {
  ...fleetOptions,
  bundle: { type: 'string' },
  renew: { type: 'string' },
  'no-patches': { type: 'boolean' },
  shadow: { type: 'string' },
} as const;

type Values = ReturnType<typeof readOptions<typeof options>>;

/** `scanside fleet publish`. */
export const fleetPublish: Command = {
  summary: 'prepares a model for signing, or makes public what is signed',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, () => {
      const values = readOptions(args, options);
      const folder = required('folder', values.folder);
      if (values.bundle && values.renew)
        throw new UsageError('--bundle and --renew exclude each other');
      if (values.bundle) return stageBundle({ ...values, folder }, values.bundle, io);
      if (values.renew) return stageRole({ ...values, folder }, values.renew, io);
      return release({ ...values, folder }, io);
    }),
};

type Request = Values & { folder: string };

function stageBundle(request: Request, bundle: string, io: Io): number {
  const state = readFleet(disk, request.folder);
  const now = systemClock.now();
  const shadow = request.shadow === undefined ? undefined : readGate(request.shadow);
  const makePatch = request['no-patches'] ? () => undefined : patchMaker(request.folder, io);
  const released = releaseBundle(disk, state, bundle, now, { makePatch, shadow });
  const { role, target, counter, patches, change } = released;
  const lines = [
    `${target} is release ${counter} and waits for the signature of ${role}.`,
    ...Object.entries(patches).map(
      ([file, { patch, full }]) =>
        `${file}: a patch of ${patch} bytes in place of ${full} (${((100 * patch) / full).toFixed(1)} %)`,
    ),
  ];
  conclude(request, change, { lines, facts: { role, target, counter, patches } }, io);
  return 0;
}

function stageRole(request: Request, role: string, io: Io): number {
  const change = renewRole(readFleet(disk, request.folder), role, systemClock.now());
  conclude(request, change, { lines: [`${role} waits for its signatures.`], facts: { role } }, io);
  return 0;
}

async function release(request: Request, io: Io): Promise<number> {
  const { folder, json } = request;
  const state = readFleet(disk, folder);
  const missing = lackingRoles(state);
  const roles = Object.keys(missing);
  if (roles.length) {
    const lines = roles.map((role) => `${role} lacks ${missing[role]} signatures`);
    io.error(json ? JSON.stringify({ missing }) : ['Nothing was published.', ...lines].join('\n'));
    return 3;
  }
  const key = (name: string) => readKeyFile(disk, join(folder, onlineKeyPath(name)));
  const now = systemClock.now();
  const keys = { snapshot: key('snapshot'), timestamp: key('timestamp') };
  const change = releaseChange(state, keys, now);
  await verifyAsDevice(state, change, now);
  const published = [...state.staged.keys()];
  const what = published.length ? published.join(', ') : 'nothing new';
  const lines = [`Published: ${what}; renewed: snapshot, timestamp.`];
  conclude(request, change, { lines, facts: { published } }, io);
  return 0;
}
