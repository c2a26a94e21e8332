import { sign } from 'node:crypto';
import { type Assignment, assignmentType } from '../trust/assignment.ts';
import { signedBytes } from '../trust/dsse.ts';
import type { Mode, Release, Rollout, RolloutItem } from './rollout/rollout.ts';
import type { SigningKey } from './signing-key.ts';
import type { Issue } from './store/fleet-store.ts';

/** Milliseconds for which an assignment is valid: the most that a device accepts. */
const validity = 7 * 24 * 3600_000;

/**
 * Signs for a device what it is to run. Numbers of assignments are seconds since 1970, or one more than the last: they go on
 * growing where the database was lost. `now`: milliseconds since 1970 UTC.
 */
export function issueAssignment(
  { name, plan, wave }: Rollout,
  item: RolloutItem,
  mode: Mode,
  director: SigningKey,
  now: number,
): Issue {
  const { device, lastSeq, before } = item;
  const seq = Math.max(lastSeq + 1, Math.floor(now / 1000));
  const expires = now + validity;
  const release = mode === 'rollback' ? formerRelease(plan.releases, before) : plan.release;
  const { group, target, sha256, length } = release;
  const assignments = [{ group, target, sha256, length }];
  const head = { schema: 1, device, seq, issued: now, expires, mode } as const;
  const envelope = seal({ ...head, assignments, wave: `${name}/${wave + 1}` }, director);
  return { device, seq, mode, at: now, expires, envelope, lastSeq, before };
}

function formerRelease(releases: readonly Release[], before: string): Release {
  return releases.find(({ sha256 }) => sha256 === before)!;
}

function seal(assignment: Assignment, { keyId, privateKey }: SigningKey): string {
  const payload = Buffer.from(JSON.stringify(assignment));
  const sig = sign(null, signedBytes(assignmentType, payload), privateKey).toString('base64');
  return JSON.stringify({
    payloadType: assignmentType,
    payload: payload.toString('base64'),
    signatures: [{ keyid: keyId, sig }],
  });
}
