import type { Clock } from '../../../device/clock.ts';
import { ScansideError } from '../../../device/errors.ts';
import type { Runtime, Session, SessionSettings, Tensor } from '../session/session-port.ts';
import { disagreement } from './agreement.ts';
import { closedCircuit, type CircuitEvent, isPauseOver, type Route, step } from './circuit.ts';
import type { KserveSettings } from './settings.ts';

/** Where the runs of one network go at the moment, and why. */
export interface NetworkPlace {
  network: string;
  route: Route;
  /** In words, for the log and the panel. */
  because: string;
}

export interface FallbackParts {
  remote: Runtime;
  local: Runtime;
  clock: Clock;
  settings: Pick<KserveSettings, 'pauseMs' | 'longestPauseMs' | 'agreement'>;
  /** Is told of every change of a network's route. */
  onChange?: (place: NetworkPlace) => void;
}

type Inputs = Readonly<Record<string, Tensor>>;
type Outputs = Record<string, Tensor>;

/** One network, on the server or here. Its runs come one after the other. */
export interface FallbackNetwork {
  place(): NetworkPlace;
  /** Opens the network on the server, or here where that fails. Throws what the local runtime throws. */
  open(): Promise<Session>;
  run(inputs: Inputs, outputs: readonly string[], signal?: AbortSignal): Promise<Outputs>;
  /** Takes the server for failed, because it has failed another network. */
  trip(error: ScansideError): void;
  close(): Promise<void>;
}

/** A session that is opened when it is needed, and again after an opening that failed. */
function lazily(open: () => Promise<Session>) {
  let opened: Promise<Session> | undefined;
  return {
    get(): Promise<Session> {
      opened ??= open().catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      return opened;
    },
    async close(): Promise<void> {
      const session = await opened?.catch(() => undefined);
      opened = undefined;
      await session?.close();
    },
  };
}

/** `onFailure` hears of every failure of the server, with its error. What is no ScansideError is thrown on. */
export function createFallbackNetwork(
  parts: FallbackParts,
  graph: Uint8Array,
  settings: SessionSettings,
  onFailure: (error: ScansideError) => void,
): FallbackNetwork {
  const { clock } = parts;
  const remote = lazily(() => parts.remote.open(graph, settings));
  const local = lazily(() => parts.local.open(graph, settings));
  let circuit = closedCircuit;
  let reason = '';
  let trial: Promise<void> | undefined;

  function place(): NetworkPlace {
    const { route, triedAgainAt } = circuit;
    const seconds = Math.max(0, Math.ceil((triedAgainAt - clock.monotonic()) / 1000));
    const words = {
      server: `the server answers: ${parts.remote.version}`,
      local: `the server has failed and is tried again in ${seconds} s: ${reason}`,
      trial: `the server is held against this device, after: ${reason}`,
    };
    return { network: settings.name, route, because: words[route] };
  }

  function move(event: CircuitEvent): void {
    const before = circuit.route;
    circuit = step(circuit, event, clock.monotonic(), parts.settings);
    if (circuit.route !== before) parts.onChange?.(place());
  }

  function trip(error: ScansideError): void {
    reason = error.message;
    move('failed');
  }

  function fail(error: unknown): void {
    if (!(error instanceof ScansideError)) throw error;
    trip(error);
    onFailure(error);
  }

  async function runOnServer(inputs: Inputs, outputs: readonly string[], signal?: AbortSignal) {
    const session = await remote.get();
    return session.run(inputs, outputs, signal);
  }

  /** The server's answer to the same input must be the local one, before it is trusted again. */
  async function tryServer(inputs: Inputs, ours: Outputs): Promise<void> {
    try {
      await remote.close();
      const theirs = await runOnServer(inputs, Object.keys(ours));
      const wrong = disagreement(ours, theirs, parts.settings.agreement);
      if (wrong !== undefined)
        throw new ScansideError('MODEL_MISMATCH', `${settings.name}: ${wrong}`);
      move('agreed');
    } catch (error) {
      fail(error);
    }
  }

  async function runHere(inputs: Inputs, outputs: readonly string[], signal?: AbortSignal) {
    const session = await local.get();
    const ours = await session.run(inputs, outputs, signal);
    if (circuit.route === 'trial')
      trial ??= tryServer(inputs, ours).finally(() => (trial = undefined));
    return ours;
  }

  return {
    place,
    trip,
    async open() {
      try {
        return await remote.get();
      } catch (error) {
        fail(error);
        return local.get();
      }
    },
    async run(inputs, outputs, signal) {
      if (isPauseOver(circuit, clock.monotonic())) move('pauseOver');
      if (circuit.route === 'server') {
        try {
          return await runOnServer(inputs, outputs, signal);
        } catch (error) {
          if (signal?.aborted) throw error;
          fail(error);
        }
      }
      return runHere(inputs, outputs, signal);
    },
    async close() {
      await trial;
      await remote.close();
      await local.close();
    },
  };
}
