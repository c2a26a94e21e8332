import type { Command } from './command.ts';
import { fleetAuthority } from './fleet-authority.ts';
import { fleetDevices, fleetPin, fleetRevoke } from './fleet-devices.ts';
import { fleetEnroll } from './fleet-enroll.ts';
import { fleetEst } from './fleet-est.ts';
import { fleetEvidence } from './fleet-evidence.ts';
import { fleetInit } from './fleet-init.ts';
import { fleetPreauthorise } from './fleet-preauthorise.ts';
import { fleetPublish } from './fleet-publish.ts';
import { fleetRollout } from './fleet-rollout.ts';
import { fleetServe } from './fleet-serve.ts';
import { fleetSign } from './fleet-sign.ts';
import { fleetStatus } from './fleet-status.ts';
import { fleetUser } from './fleet-user.ts';
import { fleetPause, fleetResume, fleetRollback } from './fleet-steer.ts';
import { fleetToken } from './fleet-token.ts';

/** The commands of the group `fleet`. */
export const fleetCommands: Record<string, Command> = {
  init: fleetInit,
  publish: fleetPublish,
  sign: fleetSign,
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
  authority: fleetAuthority,
  token: fleetToken,
  preauthorise: fleetPreauthorise,
  est: fleetEst,
  enroll: fleetEnroll,
};
