import { systemClock } from '../device/clock.ts';
import type { RolloutEvent } from '../ota/fleet/rollout/rollout-state.ts';
import { steerRollout } from '../ota/fleet/rollout/steering.ts';
import type { Command } from './command.ts';
import { actorName, databaseOptions, databaseUsage, withStore } from './fleet-database.ts';
import { readOptions, required, runCommand } from './options.ts';

const options = {
  ...databaseOptions,
  rollout: { type: 'string' },
  because: { type: 'string', default: '' },
  'retry-failed': { type: 'boolean' },
} as const;

/** `scanside fleet pause`. */
export const fleetPause = steering('pause', {
  summary: 'lets a rollout stand where it is',
  explains: 'Devices that were told and have not begun wait; those that have the model keep it.',
  more: '',
  eventOf: () => 'pause',
});

/** `scanside fleet resume`. */
export const fleetResume = steering('resume', {
  summary: 'lets a rollout that stands go on',
  explains: 'What was paused goes on in the wave in which it stood, and its soak begins anew.',
  more: `  --retry-failed    for one that has stopped by itself: the devices that failed, and no others, try again\n`,
  eventOf: (isRetry) => (isRetry ? 'retry' : 'resume'),
});

/** `scanside fleet rollback`. */
export const fleetRollback = steering('rollback', {
  summary: 'has the devices of a rollout run again what they ran before',
  explains:
    'All at once: sites and waves are not waited for. Devices that a later rollout has told something keep that.',
  more: '',
  eventOf: () => 'rollback',
});

interface Steering {
  summary: string;
  explains: string;
  /** Lines of the usage for options of its own. */
  more: string;
  eventOf(isRetry: boolean): RolloutEvent;
}

function steering(verb: string, { summary, explains, more, eventOf }: Steering): Command {
  const usage = `${summary[0]!.toUpperCase()}${summary.slice(1)}. ${explains}

Usage: scanside fleet ${verb} --rollout NAME [OPTIONS]

  --rollout NAME    which one
  --because TEXT    why, for the history
${more}${databaseUsage}`;
  return {
    summary,
    usage,
    run: (args, io) =>
      runCommand(args, usage, io, async () => {
        const values = readOptions(args, options);
        const name = required('rollout', values.rollout);
        const event = eventOf(values['retry-failed'] ?? false);
        const steering = { rollout: name, event, because: values.because, actor: actorName() };
        const state = await withStore(values, (store) =>
          steerRollout(store, { ...steering, now: systemClock.now() }),
        );
        io.out(values.json ? JSON.stringify({ rollout: name, state }) : `${name} is ${state}.`);
        return 0;
      }),
  };
}
