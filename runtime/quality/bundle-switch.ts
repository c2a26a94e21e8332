import type { Bundle } from '../../models/bundle.ts';

/**
 * The bundles of a model that this device has known to be good, and which of them answers. A text says why not; then what
 * has answered goes on answering.
 */
export interface BundleSwitch {
  /** Whether one answers that has not proved itself yet. */
  isOnTrial(model: string): boolean;
  /** Has the next older one answer that passes its self-test here: the other slot's, at last the factory's. */
  goBack(model: string): Promise<Bundle | string>;
  /** Has the newest one answer again. */
  goForward(model: string): Promise<Bundle | string>;
  /** At the start, before anything is loaded: has that one answer that did at the end. Undefined where it is gone. */
  recall(model: string, hash: string): Bundle | undefined;
}
