import { ScansideError } from '../../../device/errors.ts';

/**
 * How a rollout goes on: state, event, next state. `running` brings the devices of a wave to the release, `soaking` watches
 * them, and only a wave that has passed its gate is followed by the next one.
 */
export const rolloutTable = {
  planned: { started: 'running', rollback: 'rolling-back' },
  running: {
    'wave-settled': 'soaking',
    'too-many-failed': 'stopped',
    'health-worse': 'stopped',
    pause: 'paused',
    rollback: 'rolling-back',
  },
  soaking: {
    'next-wave': 'running',
    'last-wave-passed': 'done',
    'gate-missed': 'stopped',
    'too-many-failed': 'stopped',
    'health-worse': 'stopped',
    pause: 'paused',
    rollback: 'rolling-back',
  },
  paused: { resume: 'running', rollback: 'rolling-back' },
  stopped: { retry: 'running', rollback: 'rolling-back' },
  done: { rollback: 'rolling-back' },
  'rolling-back': { returned: 'rolled-back' },
  'rolled-back': {},
} as const;

export type RolloutState = keyof typeof rolloutTable;

export type RolloutEvent =
  | 'started'
  | 'wave-settled'
  | 'next-wave'
  | 'last-wave-passed'
  | 'gate-missed'
  | 'too-many-failed'
  | 'health-worse'
  | 'pause'
  | 'resume'
  | 'retry'
  | 'rollback'
  | 'returned';

/** The state after an event. Throws ROLLOUT_REFUSED where the state knows no such event. */
export function nextState(state: RolloutState, event: RolloutEvent): RolloutState {
  const row: Partial<Record<RolloutEvent, RolloutState>> = rolloutTable[state];
  const next = row[event];
  if (next) return next;
  const possible = Object.keys(row).join(', ') || 'nothing more';
  throw new ScansideError('ROLLOUT_REFUSED', `it is ${state}: possible is ${possible}`);
}

/** Whether a rollout still holds its devices, so that no other one may take them. */
export function isActive(state: RolloutState): boolean {
  return state !== 'done' && state !== 'rolled-back';
}
