import type { Probe } from './accelerator.ts';

/** Where a bundle stands on its way to the accelerator. */
export type EngineState =
  /** Every member's compiled graph is in the cache, genuine, and of this machine as it is now. */
  | 'ready'
  /** At least one is not: never built, swept, refused, or of another TensorRT. */
  | 'missing'
  | 'building'
  /** It could not be built, or its golden cases came out wrong. */
  | 'failed';

export interface Serving {
  provider: Probe['provider'];
  /** Whether a build is wanted. */
  build: boolean;
  because: string;
}

type Decision = Omit<Serving, 'because'> & { because: (why: string) => string };

/** What serves a bundle where the accelerator works. Images never wait for a build: the processor serves meanwhile. */
const decisions: Record<EngineState, Decision> = {
  ready: {
    provider: 'tensorrt',
    build: false,
    because: (why) => `compiled for this machine and tested with its golden cases: ${why}`,
  },
  missing: {
    provider: 'cpu',
    build: true,
    because: (why) => `not compiled for TensorRT yet: ${why}`,
  },
  building: {
    provider: 'cpu',
    build: false,
    because: (why) => `being compiled for TensorRT: ${why}`,
  },
  failed: {
    provider: 'cpu',
    build: false,
    because: (why) => `it cannot be compiled for TensorRT: ${why}`,
  },
};

/** What serves a bundle now. `why` is what is known of its state, in words. */
export function decideServing(probe: Probe, state: EngineState, why: string): Serving {
  if (probe.provider === 'cpu') return { provider: 'cpu', build: false, because: probe.because };
  const { because, ...decision } = decisions[state];
  return { ...decision, because: because(why) };
}
