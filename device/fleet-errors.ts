import type { ErrorEntry } from './error-entry.ts';

/** Errors of the fleet's side: rollouts, its database and its broker. */
export const fleetErrors = {
  ROLLOUT_REFUSED: {
    kind: 'caller',
    means: 'a rollout cannot do this, or not now',
    remedy: 'Read the reason in the message, and `scanside fleet status`; nothing was changed.',
  },
  ROLLOUT_UNKNOWN: {
    kind: 'caller',
    means: 'there is no rollout of this name',
    remedy: 'Look with `scanside fleet status`; check which database was meant.',
  },
  FLEET_DEVICE_UNKNOWN: {
    kind: 'caller',
    means: 'the fleet has no device of this name',
    remedy: 'Look with `scanside fleet devices`; a device is known once it has sent something.',
  },
  FLEET_ACCOUNT_REFUSED: {
    kind: 'caller',
    means: 'an account of the fleet’s console cannot be made or removed so',
    remedy: 'Correct what the message names; `scanside fleet user list` has the accounts.',
  },
  FLEET_DATABASE_FAILED: {
    kind: 'world',
    means: 'the fleet’s database does not answer',
    remedy:
      'Check DATABASE_URL or --database, and that the server runs. The service tries again by itself.',
  },
  FLEET_BROKER_FAILED: {
    kind: 'world',
    means: 'the fleet’s broker is not reached, or refuses',
    remedy:
      'Check --broker, the certificate and the broker’s access rules. It is tried again by itself.',
  },
} as const satisfies Record<string, ErrorEntry>;
