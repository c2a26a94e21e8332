import { isoInstant, sleep, systemClock } from '../device/clock.ts';
import { describeHealth } from '../ota/fleet/rollout/health.ts';
import { gateOf } from '../ota/fleet/rollout/progress.ts';
import { itemStates } from '../ota/fleet/rollout/rollout.ts';
import { healthOf } from '../ota/fleet/service/rollout-steps.ts';
import type { FleetStore } from '../ota/fleet/store/fleet-store.ts';
import type { Command } from './command.ts';
import { databaseOptions, databaseUsage, withStore } from './fleet-database.ts';
import { readOptions, runCommand } from './options.ts';

const usage = `Says how far the rollouts are.

Usage: scanside fleet status [--watch] [OPTIONS]

  --watch           says it again whenever it has changed, until every rollout stands or has ended
${databaseUsage}

Exit status 1 where a rollout has stopped by itself.`;

const options = { ...databaseOptions, watch: { type: 'boolean' } } as const;

/** Milliseconds between looks. */
const pace = 2000;

/** `scanside fleet status`. */
export const fleetStatus: Command = {
  summary: 'says how far the rollouts are',
  usage,
  run: (args, io) =>
    runCommand(args, usage, io, () => {
      const values = readOptions(args, options);
      return withStore(values, async (store) => {
        for (let said: string | undefined; ;) {
          const all = await readStatus(store);
          const text = values.json ? JSON.stringify(all) : all.flatMap(linesOf).join('\n');
          if (text !== said) io.out(text || 'There is no rollout.');
          said = text;
          if (!values.watch || !all.some(({ state }) => isMoving(state)))
            return all.some(({ state }) => state === 'stopped') ? 1 : 0;
          await sleep(systemClock, pace);
        }
      });
    }),
};

function isMoving(state: string): boolean {
  return ['planned', 'running', 'soaking', 'rolling-back'].includes(state);
}

type Status = Awaited<ReturnType<typeof readStatus>>[number];

async function readStatus(store: FleetStore) {
  const rollouts = await store.rollouts();
  const now = systemClock.now();
  return Promise.all(
    rollouts.map(async (rollout) => {
      const items = await store.items(rollout);
      const { name, state, wave, waves, since, because, plan } = rollout;
      const counted = itemStates.map((each) => [
        each,
        items.filter((item) => item.state === each).length,
      ]);
      const failed = items.filter((item) => item.state === 'failed');
      const health = await healthOf(store, rollout, now);
      return {
        name,
        release: `${plan.release.group} ${plan.release.version}`,
        state,
        wave: wave + 1,
        waves,
        since: isoInstant(since),
        because,
        ...gateOf(rollout, items),
        health,
        devices: Object.fromEntries(counted) as Record<string, number>,
        failed: failed.map(({ device, code }) => ({ device, code })),
      };
    }),
  );
}

function linesOf(status: Status): string[] {
  const { name, release, state, wave, waves, since, because, committed, needed, health } = status;
  const devices = Object.entries(status.devices).filter(([, count]) => count > 0);
  return [
    `${name}  ${release}  ${state} since ${since}${because && `: ${because}`}`,
    `  wave ${wave} of ${waves}, ${committed} of ${needed} that its gate wants`,
    ...(health ? [`  ${describeHealth(health)}`] : []),
    `  ${devices.map(([each, count]) => `${count} ${each}`).join(', ')}`,
    ...status.failed.map(({ device, code }) => `  failed: ${device} ${code}`),
  ];
}
