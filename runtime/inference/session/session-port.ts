/**
 * What the engine asks of whatever runs networks: ONNX Runtime through its Node binding, the same through its C API, a
 * server that speaks the Open Inference Protocol, or a simulated accelerator. All pass one contract suite.
 */

/** An input or output of a network. A dimension is a size, or the name of one that is free, such as the batch. */
export interface TensorFacts {
  name: string;
  /** ONNX element type: `float32`, `int64`, … */
  type: string;
  dims: readonly (number | string)[];
}

/** A float32 tensor, the last dimension contiguous. */
export interface Tensor {
  dims: readonly number[];
  values: Float32Array;
}

/** The execution provider of a session. There is no fallback from one to the other: a partial one is an error. */
export type Provider =
  { name: 'cpu' } | { name: 'tensorrt'; options: Readonly<Record<string, string>> };

export interface SessionSettings {
  /** The network's name for logs and servers, such as `chest-child.1.0.0.1`: bundle, version, member. */
  name: string;
  provider: Provider;
  /** Threads of one operator. */
  threads: number;
  /** Further configuration entries of ONNX Runtime, `session.…` and `ep.…`. */
  entries?: Readonly<Record<string, string>>;
  /** SHA-256, hexadecimal, of graphs of the same network for other accelerators, one of which a server may run instead. */
  relatives?: readonly string[];
}

/** An open network. */
export interface Session {
  readonly inputs: readonly TensorFacts[];
  readonly outputs: readonly TensorFacts[];
  /**
   * Runs the network once. Inputs are copied before the call returns; outputs are the caller's. Runs of one session
   * are done one after the other. `signal` ends a run under way where the runtime is `cancellable`. Throws MODEL_FAULT
   * for a wrong name, shape or length before anything native sees it, for what the runtime refuses, and when ended.
   */
  run(
    inputs: Readonly<Record<string, Tensor>>,
    outputs: readonly string[],
    signal?: AbortSignal,
  ): Promise<Record<string, Tensor>>;
  /** Waits for the run under way, then frees everything. Harmless when called again; a run afterwards is refused. */
  close(): Promise<void>;
}

export type RuntimeName = 'onnxruntime-node' | 'ort-capi' | 'kserve' | 'simulated';

/** Something that opens networks. */
export interface Runtime {
  readonly name: RuntimeName;
  /** Version of ONNX Runtime, or of the server. */
  readonly version: string;
  /** Whether a run leaves its thread free and can be ended by its signal. */
  readonly cancellable: boolean;
  /** Opens a graph from bytes that have been checked against the manifest. Throws MODEL_FAULT. */
  open(model: Uint8Array, settings: SessionSettings): Promise<Session>;
  /** Of a runtime that stands in for a server: where each open network runs at the moment, and why. */
  places?(): NetworkPlace[];
  close(): Promise<void>;
}

/** `server`: there. `local`: here, because the server has failed. `trial`: here, while the server is tried on the side. */
export interface NetworkPlace {
  network: string;
  route: 'server' | 'local' | 'trial';
  /** In words, for the log and the panel. */
  because: string;
}
