import { describe, expect, it } from 'vitest';
import {
  type CircuitEvent,
  closedCircuit,
  isPauseOver,
  type Route,
  routes,
  step,
} from './circuit.ts';

const pauses = { pauseMs: 100, longestPauseMs: 350 };

describe('the route of a network', () => {
  it.each<[Route, CircuitEvent, Route]>([
    ['server', 'failed', 'local'],
    ['server', 'pauseOver', 'server'],
    ['server', 'agreed', 'server'],
    ['local', 'failed', 'local'],
    ['local', 'pauseOver', 'trial'],
    ['local', 'agreed', 'local'],
    ['trial', 'failed', 'local'],
    ['trial', 'pauseOver', 'trial'],
    ['trial', 'agreed', 'server'],
  ])('from %s, when %s, is %s', (from, event, to) => {
    const after = step({ route: from, failures: 1, triedAgainAt: 0 }, event, 0, pauses);
    expect(after.route).toBe(to);
    expect(routes[from][event] ?? from).toBe(to);
  });

  it('stays local longer with every failure in a row, up to a limit', () => {
    let circuit = closedCircuit;
    const waits = [1, 2, 3, 4].map(() => {
      circuit = step(circuit, 'failed', 1_000, pauses);
      const wait = circuit.triedAgainAt - 1_000;
      circuit = step(circuit, 'pauseOver', 1_000, pauses);
      return wait;
    });
    expect(waits).toEqual([100, 200, 350, 350]);
  });

  it('is forgotten to have failed once the server has agreed', () => {
    const failed = step(closedCircuit, 'failed', 0, pauses);
    const agreed = step(step(failed, 'pauseOver', 100, pauses), 'agreed', 100, pauses);
    expect(agreed).toEqual(closedCircuit);
  });

  it('is not put off by a failure while it is local', () => {
    const failed = step(closedCircuit, 'failed', 0, pauses);
    expect(step(failed, 'failed', 50, pauses)).toEqual(failed);
  });

  it('is local until the very end of its pause', () => {
    const failed = step(closedCircuit, 'failed', 0, pauses);
    expect([99, 100].map((now) => isPauseOver(failed, now))).toEqual([false, true]);
    expect(isPauseOver(closedCircuit, 100)).toBe(false);
  });
});
