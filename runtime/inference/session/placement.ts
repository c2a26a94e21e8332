import type { KserveSettings } from '../kserve/settings.ts';
import type { RuntimeName } from './session-port.ts';

/** A compiled graph where it lies in the engine cache. Who opens it holds it against its hash first. */
export interface StoredEngine {
  path: string;
  /** Byte range of the artefact in the file. */
  offset: number;
  length: number;
  /** SHA-256 of those bytes, hexadecimal, proven with the device's key. */
  sha256: string;
}

/** Where and how the networks of a bundle run: decided by a probe before, and handed to the engine process with the bundle. */
export interface Placement {
  runtime: RuntimeName;
  /** The libonnxruntime that `ort-capi` loads; undefined for the one that comes with onnxruntime-node. */
  library?: string | undefined;
  /** Which graph of the manifest's `runs` is opened, and on what. */
  provider: 'cpu' | 'tensorrt';
  /** With `tensorrt`: the compiled graph of each member. */
  engines?: readonly StoredEngine[] | undefined;
  /** With `kserve`: the server. */
  server?: KserveSettings | undefined;
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
