/** One value that a model answers with; the first dimension is the batch. */
export interface Answer {
  values: Float32Array;
  dims: readonly number[];
}

/** A model that is loaded and can be run. */
export interface RunningModel {
  /** Takes `count` images one after the other. Answers with every output, by name. */
  run(values: Float32Array, count: number): Promise<Readonly<Record<string, Answer>>>;
  release(): Promise<void>;
}

/** What runs models. */
export interface ModelRunner {
  /** Loads a model; without `optimise` every value is computed exactly as the graph says. */
  load(model: Uint8Array, options: { optimise: boolean }): Promise<RunningModel>;
  /** The graph as it would run: with the runner's own operators where it has fused some. */
  optimise(model: Uint8Array): Promise<Uint8Array>;
}
