import type { RuntimeName } from './session-port.ts';

/** Where and how the networks of a bundle run: decided by a probe before, and handed to the engine process with the bundle. */
export interface Placement {
  runtime: RuntimeName;
  /** The libonnxruntime that `ort-capi` loads; undefined for the one that comes with onnxruntime-node. */
  library?: string | undefined;
  /** Which graph of the manifest's `runs` is opened, and on what. */
  provider: 'cpu' | 'tensorrt';
  /** Threads of one operator. */
  threads: number;
  /** Why it runs there, in words, for the log and the panel. */
  because: string;
}

/** What needs no probe: the processor, through the binding that comes with the program. */
export const onProcessor: Placement = {
  runtime: 'onnxruntime-node',
  provider: 'cpu',
  threads: 1,
  because: 'no accelerator is configured',
};
