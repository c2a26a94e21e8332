import { describe, expect, it } from 'vitest';

import { AssociationMachine } from './association.ts';
import {
  type ActionName,
  actions,
  type AssociationEvent,
  type AssociationState,
  events,
  findAction,
  states,
} from './association-table.ts';

const allEvents = keysOf(events);
const allStates = keysOf(states);

/** PS3.8 table 9-10 by ranges of states, written a second time in another form: a slip in one shows in the other. */
const standard: [AssociationEvent, string, ActionName][] = [
  ['Evt1', '1', 'AE-1'],
  ['Evt2', '4', 'AE-2'],
  ...(['Evt3', 'Evt4', 'Evt6', 'Evt10', 'Evt12', 'Evt13', 'Evt19'] as const).flatMap(
    (event): [AssociationEvent, string, ActionName][] => [
      [event, '2', event === 'Evt6' ? 'AE-6' : 'AA-1'],
      [event, '13', event === 'Evt6' || event === 'Evt19' ? 'AA-7' : 'AA-6'],
    ],
  ),
  ['Evt3', '5', 'AE-3'],
  ['Evt4', '5', 'AE-4'],
  ['Evt5', '1', 'AE-5'],
  ['Evt7', '3', 'AE-7'],
  ['Evt8', '3', 'AE-8'],
  ['Evt9', '6', 'DT-1'],
  ['Evt9', '8', 'AR-7'],
  ['Evt10', '6', 'DT-2'],
  ['Evt10', '7', 'AR-6'],
  ['Evt11', '6', 'AR-1'],
  ['Evt12', '6', 'AR-2'],
  ['Evt12', '7', 'AR-8'],
  ['Evt13', '7', 'AR-3'],
  ['Evt13', '10', 'AR-10'],
  ['Evt13', '11', 'AR-3'],
  ['Evt14', '8', 'AR-4'],
  ['Evt14', '9', 'AR-9'],
  ['Evt14', '12', 'AR-4'],
  ['Evt15', '4', 'AA-2'],
  ['Evt15', '3 5 6 7 8 9 10 11 12', 'AA-1'],
  ['Evt16', '2 13', 'AA-2'],
  ['Evt16', '3 5 6 7 8 9 10 11 12', 'AA-3'],
  ['Evt17', '2', 'AA-5'],
  ['Evt17', '3 4 5 6 7 8 9 10 11 12', 'AA-4'],
  ['Evt17', '13', 'AR-5'],
  ['Evt18', '2 13', 'AA-2'],
];

/** A PDU that no other row allows in a state that has a transport connection is answered by AA-8. */
const pduEvents = new Set(['Evt3', 'Evt4', 'Evt6', 'Evt10', 'Evt12', 'Evt13', 'Evt19']);

function standardAction(event: AssociationEvent, state: AssociationState): ActionName | undefined {
  const row = standard.find(
    ([name, list]) => name === event && list.split(' ').includes(state.slice(3)),
  );
  if (row) return row[2];
  return pduEvents.has(event) && !['Sta1', 'Sta4'].includes(state) ? 'AA-8' : undefined;
}

const cells = allEvents.flatMap((event) => allStates.map((state) => [event, state] as const));

/** Events that lead from idle to each state, for both roles. */
const ways: Record<AssociationState, ['requestor' | 'acceptor', AssociationEvent[]]> = {
  Sta1: ['acceptor', []],
  Sta2: ['acceptor', ['Evt5']],
  Sta3: ['acceptor', ['Evt5', 'Evt6']],
  Sta4: ['requestor', ['Evt1']],
  Sta5: ['requestor', ['Evt1', 'Evt2']],
  Sta6: ['requestor', ['Evt1', 'Evt2', 'Evt3']],
  Sta7: ['requestor', ['Evt1', 'Evt2', 'Evt3', 'Evt11']],
  Sta8: ['acceptor', ['Evt5', 'Evt6', 'Evt7', 'Evt12']],
  Sta9: ['requestor', ['Evt1', 'Evt2', 'Evt3', 'Evt11', 'Evt12']],
  Sta10: ['acceptor', ['Evt5', 'Evt6', 'Evt7', 'Evt11', 'Evt12']],
  Sta11: ['requestor', ['Evt1', 'Evt2', 'Evt3', 'Evt11', 'Evt12', 'Evt14']],
  Sta12: ['acceptor', ['Evt5', 'Evt6', 'Evt7', 'Evt11', 'Evt12', 'Evt13']],
  Sta13: ['acceptor', ['Evt5', 'Evt6', 'Evt8']],
};

function machineIn(state: AssociationState): AssociationMachine {
  const [role, way] = ways[state];
  const machine = new AssociationMachine(role);
  for (const event of way) machine.feed(event);
  return machine;
}

describe('association state table', () => {
  it('has 19 events and 13 states', () => {
    expect(allEvents).toHaveLength(19);
    expect(allStates).toHaveLength(13);
  });

  it.each(cells)('%s in %s has the action of PS3.8 table 9-10', (event, state) => {
    expect(findAction(event, state)).toBe(standardAction(event, state));
  });

  it.each(allStates)('%s is reached', (state) => {
    expect(machineIn(state).state).toBe(state);
  });

  it.each(cells)('%s in %s is carried out, or excluded as an internal error', (event, state) => {
    const machine = machineIn(state);
    const action = findAction(event, state);
    expect(machine.allows(event)).toBe(action !== undefined);
    if (!action) {
      expect(() => machine.feed(event)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
      expect(machine.state).toBe(state);
      return;
    }
    expect(machine.feed(event)).toBe(actions[action]);
    const { next } = actions[action];
    expect(machine.state).toBe(typeof next === 'string' ? next : next[machine.role]);
  });

  it('answers every forbidden PDU of an association with an A-ABORT', () => {
    for (const [event, state] of cells) {
      const action = findAction(event, state);
      if (action === 'AA-1' || action === 'AA-8')
        expect(actions[action]).toMatchObject({ timer: 'start', next: 'Sta13' });
    }
    expect(actions['AA-1'].send).toBe('A-ABORT');
    expect(actions['AA-8'].send).toBe('A-P-ABORT');
  });
});

function keysOf<K extends string>(record: Record<K, unknown>): K[] {
  const keys: K[] = [];
  for (const key in record) keys.push(key);
  return keys;
}
