import { isoInstant } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { indentedJson } from '../models/canonical-json.ts';
import type { FleetStore } from '../ota/fleet/store/fleet-store.ts';
import type { Command } from './command.ts';
import { databaseOptions, databaseUsage, withStore } from './fleet-database.ts';
import { readOptions, required, runCommand } from './options.ts';

const usage = `Writes down what a rollout did, for an auditor: its plan, who steered it, every device with what became of it, every
assignment as it was signed and every report of a device about it.

Usage: scanside fleet evidence --rollout NAME [--output FILE] [OPTIONS]

  --rollout NAME    which one
  --output FILE     where to; otherwise it is printed. It is JSON in any case
${databaseUsage}`;

const options = {
  ...databaseOptions,
  rollout: { type: 'string' },
  output: { type: 'string' },
} as const;

/** `scanside fleet evidence`. */
export const fleetEvidence: Command = {
  summary: 'writes down what a rollout did, for an auditor',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, async () => {
      const values = readOptions(args, options);
      const name = required('rollout', values.rollout);
      const evidence = indentedJson(await withStore(values, (store) => gather(store, name)));
      if (values.output) disk.replace(values.output, evidence);
      else io.out(evidence.trimEnd());
      return 0;
    }),
};

async function gather(store: FleetStore, name: string) {
  const rollout = await store.rollout(name);
  const { issued, reports } = await store.evidence(rollout);
  const { plan, state, because } = rollout;
  const history = await store.history(rollout);
  const items = await store.items(rollout);
  return {
    schema: 1,
    rollout: { name, state, because, plan },
    history: history.map(({ at, ...more }) => ({ at: isoInstant(at), ...more })),
    devices: items.map(({ device, site, wave, state, before, step, code }) => ({
      device,
      site,
      wave: wave + 1,
      state,
      before,
      step,
      code,
    })),
    assignments: issued.map(({ envelope, ...more }) => ({
      ...more,
      envelope: JSON.parse(String(envelope)) as object,
    })),
    reports: reports.map(({ body, ...more }) => ({
      ...more,
      report: JSON.parse(String(body)) as object,
    })),
  };
}
