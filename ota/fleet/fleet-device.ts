import type { ItemState } from './rollout/rollout.ts';

/** A device as the fleet's side knows it, from its messages and from what a fleet manager has said of it. */
export interface FleetDevice {
  id: string;
  /** Where it stands; empty where nobody has said. Devices of one site are updated one at a time. */
  site: string;
  /** When it was heard last: milliseconds since 1970 UTC; 0 for never. */
  seen: number;
  connected: boolean;
  software: string;
  board: string;
  models: { name: string; version: string; sha256: string }[];
  /** What is wrong with it, by its last telemetry. */
  conditions: { id: string; priority: 'high' | 'medium' | 'low' }[];
  /** Percent free of its disk; undefined where it has not said. */
  diskFree: number | undefined;
  /** When the first of its certificates ends: milliseconds since 1970 UTC; undefined where it has not said. */
  certificateEnds: number | undefined;
  /** Hottest zone in degrees Celsius; undefined where it has not said. */
  hottest: number | undefined;
  revoked: boolean;
  /** Why it is left out of rollouts; undefined where it is not. */
  pin: string | undefined;
  /** The rollout that holds it and has not ended. */
  rollout: string | undefined;
  /** What became of the last assignment that it was told; undefined where it was told none. */
  update: { rollout: string; state: ItemState; step: string; code: string } | undefined;
}
