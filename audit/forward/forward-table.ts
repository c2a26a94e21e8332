/** `connected`: what is recorded goes out. `waiting`: for the next attempt. */
export type ForwardState = 'connecting' | 'connected' | 'waiting' | 'stopped';
export type ForwardEvent = 'proved' | 'failed' | 'due' | 'stop';

/**
 * A connection is taken for one only when it has `proved` itself: with TLS 1.3 whoever connects learns that its
 * certificate is refused only after it has begun to send.
 */
const table: Record<ForwardState, Partial<Record<ForwardEvent, ForwardState>>> = {
  connecting: { proved: 'connected', failed: 'waiting', stop: 'stopped' },
  connected: { failed: 'waiting', stop: 'stopped' },
  waiting: { due: 'connecting', stop: 'stopped' },
  stopped: {},
};

/** The state after an event; the same where the event means nothing in it. */
export function nextState(state: ForwardState, event: ForwardEvent): ForwardState {
  return table[state][event] ?? state;
}

const firstWaitMs = 1000;
const longestWaitMs = 5 * 60_000;

/** Milliseconds before attempt `failures + 1`: doubling to five minutes, spread by `random` in [0, 1). */
export function waitMs(failures: number, random: number): number {
  const full = Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(failures - 1, 20));
  return Math.round(full * (0.5 + random / 2));
}
