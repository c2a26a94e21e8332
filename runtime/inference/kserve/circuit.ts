/**
 * Where the runs of one network go. `server`: to the server. `local`: here, because the server has failed, until its
 * pause is over. `trial`: here, while the server answers the same input on the side and is held against it.
 */
export type Route = 'server' | 'local' | 'trial';

export type CircuitEvent = 'failed' | 'pauseOver' | 'agreed';

/** The route after an event; an event without an entry changes nothing. */
export const routes: Record<Route, Partial<Record<CircuitEvent, Route>>> = {
  server: { failed: 'local' },
  local: { pauseOver: 'trial' },
  trial: { agreed: 'server', failed: 'local' },
};

export interface Circuit {
  route: Route;
  /** Failures without a success between. */
  failures: number;
  /** When the pause of `local` is over, monotonic milliseconds. */
  triedAgainAt: number;
}

export interface Pauses {
  pauseMs: number;
  longestPauseMs: number;
}

export const closedCircuit: Circuit = { route: 'server', failures: 0, triedAgainAt: 0 };

function pauseAfter(failures: number, { pauseMs, longestPauseMs }: Pauses): number {
  return Math.min(pauseMs * 2 ** (failures - 1), longestPauseMs);
}

/** The circuit after an event at `now`. The pause doubles with every failure in a row. */
export function step(circuit: Circuit, event: CircuitEvent, now: number, pauses: Pauses): Circuit {
  const route = routes[circuit.route][event];
  if (route === undefined) return circuit;
  if (event === 'agreed') return closedCircuit;
  if (event === 'pauseOver') return { ...circuit, route };
  const failures = circuit.failures + 1;
  return { route, failures, triedAgainAt: now + pauseAfter(failures, pauses) };
}

/** Whether a circuit has waited long enough to try its server again. */
export function isPauseOver({ route, triedAgainAt }: Circuit, now: number): boolean {
  return route === 'local' && now >= triedAgainAt;
}
