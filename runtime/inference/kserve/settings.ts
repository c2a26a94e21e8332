/** How to reach an inference server over TLS; certificates and keys are PEM. */
export interface KserveTls {
  /** Whoever signs the server's certificate; without it the authorities that Node brings. */
  authority?: string | undefined;
  /** Our own, for a server that asks for one. */
  certificate?: string | undefined;
  key?: string | undefined;
  /** Name that the server's certificate must bear, where that is not the address's. */
  serverName?: string | undefined;
}

/**
 * An inference server that speaks the Open Inference Protocol, version 2, over HTTP: Triton, KServe, MLServer and
 * others. Plain data, so that it can be handed to the engine process.
 */
export interface KserveSettings {
  /** Its address without `/v2`, such as `https://triton.hospital.example:8000`. */
  url: string;
  tls?: KserveTls | undefined;
  /** Sent as `Authorization: Bearer …`. Over plain HTTP only to this machine. */
  token?: string | undefined;
  /** The server's name for a network: `{bundle}`, `{version}`, `{member}` and `{name}`, which is all three, are filled in. */
  modelName: string;
  /** The server's version of every model, such as `1`; without it the highest that the server lists. */
  modelVersion?: string | undefined;
  /** Milliseconds that a run, or another question, may take: every attempt and the pauses between them. */
  timeoutMs: number;
  /** Requests in all: the first, and those after a connection that was refused or lost and after a status 429 or 503. */
  attempts: number;
  /** Longest pause between two of them, milliseconds; a server that asks for a longer one is given up. */
  longestRetryPauseMs: number;
  /** Bytes of the largest answer that is read. */
  largestAnswer: number;
  /** Milliseconds that a server which has failed is left alone; they double with every further failure. */
  pauseMs: number;
  /** Most that `pauseMs` grows to. */
  longestPauseMs: number;
  /**
   * How far an answer of a server that is taken back may lie from the local one, as a share of the output's largest
   * value. On the golden images of chest-child its graphs for TensorRT and for the processor differ by up to 0.084, and
   * its two members by at least 0.37 in one of their outputs.
   */
  agreement: number;
}

/** Whatever a hospital need not choose. */
export const kserveDefaults = {
  modelName: '{name}',
  timeoutMs: 5_000,
  attempts: 3,
  longestRetryPauseMs: 1_000,
  largestAnswer: 64 << 20,
  pauseMs: 5_000,
  longestPauseMs: 300_000,
  agreement: 0.15,
} as const satisfies Omit<KserveSettings, 'url' | 'tls' | 'token' | 'modelVersion'>;
