import { agentErrors } from './agent-errors.ts';
import type { ErrorEntry } from './error-entry.ts';
import { fleetErrors } from './fleet-errors.ts';

/** What can go wrong with signed updates, on a device and where they are published. */
export const updateErrors = {
  UPDATE_UNREACHABLE: {
    kind: 'world',
    means: 'the update repository did not answer as it must',
    remedy:
      'Check address, proxy and firewall. It is asked again by itself; the models that run go on.',
  },
  UPDATE_TOO_LONG: {
    kind: 'world',
    means: 'the update repository sends more than was signed or than is ever needed',
    remedy: 'Nothing was kept. Check the mirror; if it is right, somebody tries to fill the disk.',
  },
  UPDATE_TOO_SLOW: {
    kind: 'world',
    means: 'the update repository answers too slowly',
    remedy:
      'It is asked again by itself. If it recurs on a good link, somebody may be holding updates back.',
  },
  UPDATE_MALFORMED: {
    kind: 'world',
    means: 'what the update repository sends is no metadata',
    remedy:
      'Nothing is installed. Check the mirror; a proxy that answers in its place is the usual cause.',
  },
  UPDATE_UNSIGNED: {
    kind: 'world',
    means: 'the update repository’s metadata is not signed by enough of the right keys',
    remedy: 'Nothing is installed. Tell whoever publishes the models: somebody offers other ones.',
  },
  UPDATE_ROLLED_BACK: {
    kind: 'world',
    means: 'the update repository offers what is older than what this device has seen',
    remedy:
      'Nothing is installed. Check whether the mirror is stale; if it is not, somebody replays old metadata.',
  },
  UPDATE_MIXED: {
    kind: 'world',
    means: 'the files of the update repository do not belong together',
    remedy:
      'Nothing is installed. A mirror in the middle of a copy does this and it passes; if it stays, somebody mixes versions.',
  },
  UPDATE_EXPIRED: {
    kind: 'world',
    means: 'the update repository’s metadata has expired',
    remedy:
      'Nothing new is installed until `scanside fleet publish` renews it; the models that run go on.',
  },
  UPDATE_TIME_UNTRUSTED: {
    kind: 'world',
    means: 'the clock stands before a time that has certainly passed',
    remedy: 'Nothing is installed until the clock is right: check NTP. The models that run go on.',
  },
  UPDATE_FLOOR_MISSING: {
    kind: 'caller',
    means: 'the lowest versions that may be installed are gone from the device’s state',
    remedy:
      'Somebody may have removed them to install an old version. The models that run go on; have the device enrolled again.',
  },
  UPDATE_FLOOR_OLD: {
    kind: 'caller',
    means: 'the device’s state is older than the counter in its TPM says',
    remedy:
      'Somebody may have put an old copy of the disk back, or the TPM was cleared. The models that run go on; have the device enrolled again.',
  },
  UPDATE_ROOT_UNUSABLE: {
    kind: 'caller',
    means: 'the root metadata that the device was made with is none',
    remedy: 'Set up the device with the first root metadata of the right repository.',
  },
  TARGET_UNKNOWN: {
    kind: 'world',
    means: 'no role that may name it has signed for this file',
    remedy: 'Nothing is installed. Publish the file, or correct its name in the assignment.',
  },
  TARGET_CHANGED: {
    kind: 'world',
    means: 'a file is not the one that was signed',
    remedy:
      'It was thrown away and is fetched again. If it recurs, check the mirror: somebody has changed it.',
  },
  TARGET_NAME_REFUSED: {
    kind: 'caller',
    means: 'a file has a name that could lead elsewhere',
    remedy: 'Names are parts of a-z, 0-9, dot, dash and underline between slashes. Rename it.',
  },
  DIRECTOR_UNKNOWN: {
    kind: 'world',
    means: 'the list of the director’s keys is not usable',
    remedy: 'Nothing is installed. Publish a valid `director.json` signed by the role targets.',
  },
  ASSIGNMENT_MALFORMED: {
    kind: 'world',
    means: 'an assignment cannot be read',
    remedy: 'It is ignored. Check the version of the fleet service.',
  },
  ASSIGNMENT_UNSIGNED: {
    kind: 'world',
    means: 'an assignment is signed by no key that counts now',
    remedy: 'It is ignored. If the fleet service sent it, publish its key in `director.json`.',
  },
  ASSIGNMENT_FOREIGN: {
    kind: 'world',
    means: 'an assignment is for another device',
    remedy: 'It is ignored. Check the broker’s access rules: somebody passes on what is not his.',
  },
  ASSIGNMENT_REPLAYED: {
    kind: 'world',
    means: 'an assignment is older than one that this device has had',
    remedy: 'It is ignored. It passes with the next assignment; if it stays, somebody replays it.',
  },
  ASSIGNMENT_EXPIRED: {
    kind: 'world',
    means: 'an assignment is no longer valid, or not yet',
    remedy: 'It is ignored. The fleet service renews it; check the clocks of both.',
  },
  ASSIGNMENT_DISAGREES: {
    kind: 'world',
    means: 'the director assigns something else than what was signed for',
    remedy:
      'Nothing is installed. Refresh, then assign again; if it stays, the director may be taken over.',
  },
  ASSIGNMENT_DOWNGRADE: {
    kind: 'world',
    means: 'an assignment would go back behind a release that was committed',
    remedy:
      'Nothing is installed. To go back on purpose, use `rollback` and the release that ran before.',
  },
  FLEET_EXISTS: {
    kind: 'caller',
    means: 'there is a repository in this folder already',
    remedy: 'Choose an empty folder; nothing was changed.',
  },
  FLEET_UNREADABLE: {
    kind: 'caller',
    means: 'a file of the fleet manager’s folder is missing or is none',
    remedy: 'Check --folder, or restore the folder from its backup; nothing was changed.',
  },
  FLEET_KEY_UNUSABLE: {
    kind: 'caller',
    means: 'a signing key cannot be used for this',
    remedy:
      'Check the file, its passphrase and its permissions, and whose key the role names. Nothing was signed.',
  },
  FLEET_REFUSED: {
    kind: 'caller',
    means: 'this cannot be published',
    remedy: 'Correct what the message names; nothing was changed.',
  },
  ...agentErrors,
  ...fleetErrors,
} as const satisfies Record<string, ErrorEntry>;
