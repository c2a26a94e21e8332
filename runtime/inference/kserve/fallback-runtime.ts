import type { ErrorCode, ScansideError } from '../../../device/errors.ts';
import { checkRun } from '../session/run-check.ts';
import { RunQueue } from '../session/run-queue.ts';
import { SessionSet } from '../session/session-set.ts';
import type { Runtime, Session, Tensor } from '../session/session-port.ts';
import {
  createFallbackNetwork,
  type FallbackNetwork,
  type FallbackParts,
  type NetworkPlace,
} from './fallback-network.ts';

/** A runtime on a server that this device stands in for. */
export interface FallbackRuntime extends Runtime {
  /** Where each open network runs, and why. */
  places(): NetworkPlace[];
}

/** Failures that are not of one network: the others need not meet them themselves. */
const ofTheServer: ReadonlySet<ErrorCode> = new Set([
  'PEER_UNREACHABLE',
  'PEER_TIMEOUT',
  'TLS_FAILED',
]);

function copy(inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const entries = Object.entries(inputs).map(([name, { dims, values }]) => {
    return [name, { dims: [...dims], values: values.slice() }] as const;
  });
  return Object.fromEntries(entries);
}

function createSession(
  network: FallbackNetwork,
  { inputs: taken, outputs: given }: Session,
  onClose: (session: Session) => void,
): Session {
  const queue = new RunQueue();
  const facts = { inputs: taken, outputs: given };
  let closing: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    await queue.close();
    await network.close();
    onClose(session);
  };
  const session: Session = {
    ...facts,
    async run(inputs, outputs, signal) {
      queue.checkOpen();
      checkRun(facts, inputs, outputs);
      const copied = copy(inputs);
      return queue.enter(() => network.run(copied, outputs, signal), signal);
    },
    close() {
      closing ??= end();
      return closing;
    },
  };
  return session;
}

/**
 * Runs networks on `remote` while that answers, and on `local` from the moment that it does not: the run that met the
 * failure is repeated here, so that none is lost. After a pause, which grows, the server is tried on the side and used
 * again once it gives the answer that is computed here. The local network is opened when it is first needed. Throws
 * what `local` throws. Closing closes both.
 */
export function createFallbackRuntime(parts: FallbackParts): FallbackRuntime {
  const { remote, local } = parts;
  const sessions = new SessionSet<Session>();
  const networks = new Set<FallbackNetwork>();
  const tripOthers = (failed: FallbackNetwork, error: ScansideError) => {
    if (!ofTheServer.has(error.code)) return;
    for (const network of networks) if (network !== failed) network.trip(error);
  };
  return {
    name: 'kserve',
    get version() {
      return remote.version;
    },
    cancellable: remote.cancellable && local.cancellable,
    places: () => [...networks].map((network) => network.place()),
    open: (graph, settings) =>
      sessions.add(async () => {
        const onFailure = (error: ScansideError) => tripOthers(network, error);
        const network: FallbackNetwork = createFallbackNetwork(parts, graph, settings, onFailure);
        const opened = await network.open();
        networks.add(network);
        return createSession(network, opened, (session) => {
          sessions.forget(session);
          networks.delete(network);
        });
      }),
    async close() {
      await sessions.close();
      await remote.close();
      await local.close();
    },
  };
}
