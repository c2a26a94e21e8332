import type { Assignment } from '../../trust/assignment.ts';
import type { RolloutState } from './rollout-state.ts';

/** A published model: the manifest that stands for its bundle. */
export interface Release {
  /** Family of models, which is the group of slots on a device. */
  group: string;
  version: string;
  target: string;
  sha256: string;
  /** Bytes of the manifest. */
  length: number;
  /** Place in the order of the family's releases. */
  counter: number;
}

/** What a fleet manager has decided about a rollout; it never changes afterwards. */
export interface RolloutPlan {
  release: Release;
  /** All releases of the family: among them is what a device goes back to. */
  releases: Release[];
  /** Milliseconds for which a wave is watched before the next one. */
  soakMs: number;
  /** Percent of a wave's devices that must have committed before the next wave. */
  gatePercent: number;
  /** More than this percent of the devices so far may not fail: it stops the rollout. */
  failPercent: number;
  /**
   * Exams of the release, and of the versions before on the same devices, that a wave must have told of before it passes;
   * health is not judged where there is no such number.
   */
  exams?: number | undefined;
}

export interface Rollout {
  name: string;
  plan: RolloutPlan;
  state: RolloutState;
  /** The wave that is running or soaking, from 0. */
  wave: number;
  waves: number;
  /** When it came into its state: milliseconds since 1970 UTC. */
  since: number;
  /** Why it was stopped, in words. */
  because: string;
  /** Grows with every change: of two services that advance it at once only one succeeds. */
  revision: number;
}

export type Mode = Assignment['mode'];

/**
 * A device in a rollout. `waiting`: nothing was sent yet. `assigned`: it was told. `committed`: it runs the release.
 * `failed`: it did not come to. `returned`: it runs again what it ran before. `superseded`: a later rollout has taken it.
 */
export const itemStates = [
  'waiting',
  'assigned',
  'committed',
  'failed',
  'returned',
  'superseded',
] as const;

export type ItemState = (typeof itemStates)[number];

export interface RolloutItem {
  device: string;
  /** Devices of one site take turns; empty where the site is not known. */
  site: string;
  wave: number;
  state: ItemState;
  /** What the device was told last in this rollout. */
  mode: Mode | undefined;
  /** Until when what it was told is valid. */
  expires: number;
  /** Number of the device's last assignment of any rollout; 0 where there was none. */
  lastSeq: number;
  /** Whether that one is of this rollout. */
  isLatest: boolean;
  /** SHA-256 of the release that it ran before it was told. */
  before: string;
  /** Of the update agent's last report: step, and why it failed or waits. */
  step: string;
  code: string;
  revoked: boolean;
}
