import { systemClock } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import { disk } from '../device/files.ts';
import { readFleet } from '../ota/fleet/fleet-folder.ts';
import { publishedReleases } from '../ota/fleet/published-releases.ts';
import type { RolloutPlan } from '../ota/fleet/rollout/rollout.ts';
import { type Selection, selectDevices } from '../ota/fleet/rollout/selection.ts';
import { readWaves, usualWaves } from '../ota/fleet/rollout/wave-list.ts';
import type { Command, Io } from './command.ts';
import { actorName, databaseOptions, databaseUsage, withStore } from './fleet-database.ts';
import { readOptions, required, runCommand, wholeNumber } from './options.ts';

const usage = `Brings a published model to the fleet, wave by wave. \`scanside fleet serve\` carries it out.

Usage: scanside fleet rollout --name NAME --folder FOLDER --family FAMILY --version VERSION [OPTIONS]

  --name NAME       what the rollout is to be called
  --folder FOLDER   that of the fleet manager: its repository/ says what is public
  --family FAMILY   family of the model
  --version VERSION which of its releases
  --wave LIST       how far each wave goes, in devices or percent of them (default ${usualWaves})
  --soak HOURS      for how long a wave is watched before the next one (default 24)
  --gate PERCENT    of a wave must run the model before the next one (default 90)
  --max-failed PERCENT  of the devices so far may fail; one more stops the rollout (default 5)
  --exams N         of the release, and of the versions before on the same devices, must have been told of before the next
                    wave; errors, abstained, flags and latency may then not be worse by more than chance. 0 judges
                    nothing (default 100)
  --device ID       only this one; may be given more than once
  --site NAME       only the devices of this site; may be given more than once
  --stale DAYS      leaves out devices that were not heard for longer (default 14)
  --dry-run         prints the devices of every wave, and for every other device why not; begins nothing
${databaseUsage}

One device of a site is updated at a time. Exit status 1 where no device is left.`;

const options = {
  ...databaseOptions,
  name: { type: 'string' },
  folder: { type: 'string' },
  family: { type: 'string' },
  version: { type: 'string' },
  wave: { type: 'string', default: usualWaves },
  soak: { type: 'string', default: '24' },
  gate: { type: 'string', default: '90' },
  'max-failed': { type: 'string', default: '5' },
  exams: { type: 'string', default: '100' },
  device: { type: 'string', multiple: true, default: [] as string[] },
  site: { type: 'string', multiple: true, default: [] as string[] },
  stale: { type: 'string', default: '14' },
  'dry-run': { type: 'boolean' },
} as const;

type Values = ReturnType<typeof readOptions<typeof options>>;

const hour = 3600_000;

/** `scanside fleet rollout`. */
export const fleetRollout: Command = {
  summary: 'brings a published model to the fleet, wave by wave',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, async () => {
      const values = readOptions(args, options);
      const name = required('name', values.name);
      const plan = readPlan(values);
      return withStore(values, async (store) => {
        const now = systemClock.now();
        const selection = selectDevices(await store.devices(), {
          ...plan,
          waves: readWaves(values.wave),
          devices: values.device,
          sites: values.site,
          staleMs: wholeNumber('stale', values.stale, 1, 3650) * 24 * hour,
          now,
        });
        const isRehearsal = values['dry-run'] ?? false;
        if (selection.chosen.length && !isRehearsal)
          await store.createRollout(name, plan, selection.chosen, { actor: actorName(), now });
        say(name, selection, { isRehearsal, json: values.json ?? false }, io);
        if (selection.chosen.length) return 0;
        throw new ScansideError('ROLLOUT_REFUSED', 'no device is left');
      });
    }),
};

function readPlan(values: Values): RolloutPlan {
  const family = required('family', values.family);
  const version = required('version', values.version);
  const releases = publishedReleases(readFleet(disk, required('folder', values.folder)), family);
  const release = releases.find((each) => each.version === version);
  if (!release) throw new ScansideError('FLEET_REFUSED', `${family} ${version} is not public`);
  return {
    release,
    releases,
    soakMs: wholeNumber('soak', values.soak, 0, 10_000) * hour,
    gatePercent: wholeNumber('gate', values.gate, 1, 100),
    failPercent: wholeNumber('max-failed', values['max-failed'], 0, 100),
    exams: wholeNumber('exams', values.exams, 0, 1_000_000),
  };
}

function say(
  name: string,
  { chosen, leftOut }: Selection,
  { isRehearsal, json }: { isRehearsal: boolean; json: boolean },
  io: Io,
): void {
  if (json) return io.out(JSON.stringify({ name, dryRun: isRehearsal, chosen, leftOut }));
  const waves = Math.max(0, ...chosen.map(({ wave }) => wave + 1));
  const head = isRehearsal ? `${name} would take` : `${name} takes`;
  io.out(`${head} ${chosen.length} devices in ${waves} waves and leaves out ${leftOut.length}.`);
  if (!isRehearsal) return;
  for (const { device, site, wave } of chosen)
    io.out(`  wave ${wave + 1}  ${device}${site && `  (${site})`}`);
  for (const { device, because } of leftOut) io.out(`  not      ${device}: ${because}`);
}
