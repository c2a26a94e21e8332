import type { ShadowCounts } from '../messages/shadow-counts.ts';
import type { ShadowGate } from './plan.ts';
import type { TrialFacts } from './trial-watch.ts';

/** Gives something back; harmless when repeated. */
type LetGo = () => void;

/** How a comparison stands. */
export interface ShadowStanding {
  counts: ShadowCounts;
  /** What the verdict rests on, in words; no exam and nothing that the candidate has said of one. */
  because: string;
}

/**
 * The appliance, as far as updates reach into it. Whatever says why not, says it in words; undefined means that all is
 * well. A `folder` is that of a bundle whose every byte was verified.
 */
export interface ModelHost {
  /** Why a model cannot be replaced on this device. */
  whyNot(group: string): string | undefined;
  /** The bundle of that name that answers: its folder and the SHA-256 of its manifest. */
  running(group: string): { folder: string; hash: string } | undefined;
  /** Why nothing heavy is to be done now, such as heat or images that wait. */
  whyQuiet(): string | undefined;
  /** Why no model is to be exchanged now: a scanner is connected, or an exam is on its way. */
  whyBusy(): string | undefined;
  /** Reads, checks and self-tests a bundle in a process that may be lost. */
  check(folder: string): Promise<string | undefined>;
  /** Compiles it for the accelerator, where there is one. */
  build(folder: string): Promise<string | undefined>;
  /** Repeats the golden cases where it will run. */
  test(folder: string): Promise<string | undefined>;
  /** Begins, or goes on with, the comparison beside the model that answers. What the gate leaves out is as usual. */
  shadow(group: string, folder: string, gate: ShadowGate): ShadowStanding;
  /** Nothing is to be compared any more for an update; harmless when nothing is. */
  endShadow(): void;
  /** Has a bundle answer, or the one that the device was made with; until it can, and where it cannot, nothing changes. */
  activate(group: string, folder: string | undefined): Promise<string | undefined>;
  /** What the model has done since it answers. */
  trial(group: string): TrialFacts;
  /** Keeps others from replacing or rebooting the appliance. */
  hold(reason: string): LetGo;
}
