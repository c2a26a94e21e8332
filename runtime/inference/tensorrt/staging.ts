import type { Bundle } from '../../../models/bundle.ts';
import type { Placement } from '../session/placement.ts';

/** What staging tells the log and the panel. */
export type StagingEvent =
  /** A compiled graph is not offered: poisoned, cut off, another network's or another device's. It is built anew. */
  | { event: 'engine-refused'; bundle: string; failure: string }
  | { event: 'build-started'; bundle: string; member: number; members: number; pid: number }
  | { event: 'build-progress'; bundle: string; member: number; seconds: number }
  | { event: 'build-paused'; bundle: string; because: string }
  | { event: 'build-resumed'; bundle: string }
  | { event: 'build-failed'; bundle: string; failure: string }
  /** Every member is built and the golden cases came out right on what was built. */
  | { event: 'engine-ready'; bundle: string; seconds: number };

/** Compiles bundles for the accelerator, one at a time, in a process of its own; never on the way of an image. */
export interface Staging {
  /** Where the bundle runs now: on TensorRT where every member's compiled graph is there and genuine, else on the CPU. */
  placementOf(bundle: Bundle): Placement;
  /** Builds what is missing, after the bundles asked for before. Resolves with what serves then; never rejects. */
  stage(bundle: Bundle): Promise<Placement>;
  /** Heat or waiting images: what is being built stands still until `resume`. */
  pause(because: string): void;
  resume(): void;
  /** Removes what was compiled for none of these bundles on this machine as it is now. */
  sweep(bundles: readonly Bundle[]): void;
  /** Ends what is being built. */
  close(): Promise<void>;
}
