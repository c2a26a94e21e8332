import type { Command } from './command.ts';
import { fleetDevices, fleetPin, fleetRevoke } from './fleet-devices.ts';
import { fleetEvidence } from './fleet-evidence.ts';
import { fleetInit } from './fleet-init.ts';
import { fleetPublish } from './fleet-publish.ts';
import { fleetRollout } from './fleet-rollout.ts';
import { fleetRoot } from './fleet-root.ts';
import { fleetServe } from './fleet-serve.ts';
import { fleetSign } from './fleet-sign.ts';
import { fleetStatus } from './fleet-status.ts';
import { fleetUser } from './fleet-user.ts';
import { fleetPause, fleetResume, fleetRollback } from './fleet-steer.ts';

/** The commands of the group `fleet`. */
export const fleetCommands: Record<string, Command> = {
  init: fleetInit,
  publish: fleetPublish,
  sign: fleetSign,
  root: fleetRoot,
  serve: fleetServe,
  rollout: fleetRollout,
  status: fleetStatus,
  pause: fleetPause,
  resume: fleetResume,
  rollback: fleetRollback,
  devices: fleetDevices,
  pin: fleetPin,
  revoke: fleetRevoke,
  evidence: fleetEvidence,
  user: fleetUser,
};
