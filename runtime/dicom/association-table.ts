/**
 * The state machine of an association exactly as PS3.8 9.2 writes it: events, states and actions have the standard's
 * names, so that this file can be checked against tables 9-5 to 9-10 by eye.
 */

/** PS3.8 table 9-10, left column. */
export const events = {
  Evt1: 'A-ASSOCIATE request primitive',
  Evt2: 'transport connection confirmed',
  Evt3: 'A-ASSOCIATE-AC PDU received',
  Evt4: 'A-ASSOCIATE-RJ PDU received',
  Evt5: 'transport connection indicated',
  Evt6: 'A-ASSOCIATE-RQ PDU received',
  Evt7: 'A-ASSOCIATE response primitive, accept',
  Evt8: 'A-ASSOCIATE response primitive, reject',
  Evt9: 'P-DATA request primitive',
  Evt10: 'P-DATA-TF PDU received',
  Evt11: 'A-RELEASE request primitive',
  Evt12: 'A-RELEASE-RQ PDU received',
  Evt13: 'A-RELEASE-RP PDU received',
  Evt14: 'A-RELEASE response primitive',
  Evt15: 'A-ABORT request primitive',
  Evt16: 'A-ABORT PDU received',
  Evt17: 'transport connection closed',
  Evt18: 'ARTIM timer expired',
  Evt19: 'unrecognized or invalid PDU received',
} as const;

export type AssociationEvent = keyof typeof events;

/** PS3.8 tables 9-1 to 9-5. */
export const states = {
  Sta1: 'idle',
  Sta2: 'transport connection open, awaiting A-ASSOCIATE-RQ',
  Sta3: 'awaiting local A-ASSOCIATE response primitive',
  Sta4: 'awaiting transport connection',
  Sta5: 'awaiting A-ASSOCIATE-AC or -RJ',
  Sta6: 'association established',
  Sta7: 'awaiting A-RELEASE-RP',
  Sta8: 'awaiting local A-RELEASE response primitive',
  Sta9: 'release collision, requestor: awaiting A-RELEASE response primitive',
  Sta10: 'release collision, acceptor: awaiting A-RELEASE-RP',
  Sta11: 'release collision, requestor: awaiting A-RELEASE-RP',
  Sta12: 'release collision, acceptor: awaiting A-RELEASE response primitive',
  Sta13: 'awaiting transport connection close',
} as const;

export type AssociationState = keyof typeof states;

/** What an action asks of whoever owns the transport connection, in this order: timer, send, close, issue. */
export interface Effects {
  /** The ARTIM timer; `start` also restarts it. */
  timer?: 'start' | 'stop';
  send?:
    | 'A-ASSOCIATE-RQ'
    | 'A-ASSOCIATE-AC'
    | 'A-ASSOCIATE-RJ'
    | 'P-DATA-TF'
    | 'A-RELEASE-RQ'
    | 'A-RELEASE-RP'
    /** Source: service user. */
    | 'A-ABORT'
    /** Source: service provider. */
    | 'A-P-ABORT';
  /** Opens or closes the transport connection. */
  transport?: 'open' | 'close';
  /** The primitive to issue to the service user. */
  issue?:
    | 'A-ASSOCIATE indication'
    | 'A-ASSOCIATE confirmation'
    | 'P-DATA indication'
    | 'A-RELEASE indication'
    | 'A-RELEASE confirmation'
    | 'A-ABORT indication'
    | 'A-P-ABORT indication';
  next: AssociationState | { requestor: AssociationState; acceptor: AssociationState };
}

/**
 * PS3.8 tables 9-6 to 9-9. AE-6 has one outcome here: whether a request is acceptable is decided by the service user
 * in Sta3, and its refusal (AE-8) does on the wire what the other half of AE-6 would.
 */
export const actions = {
  'AE-1': { transport: 'open', next: 'Sta4' },
  'AE-2': { send: 'A-ASSOCIATE-RQ', next: 'Sta5' },
  'AE-3': { issue: 'A-ASSOCIATE confirmation', next: 'Sta6' },
  'AE-4': { transport: 'close', issue: 'A-ASSOCIATE confirmation', next: 'Sta1' },
  'AE-5': { timer: 'start', next: 'Sta2' },
  'AE-6': { timer: 'stop', issue: 'A-ASSOCIATE indication', next: 'Sta3' },
  'AE-7': { send: 'A-ASSOCIATE-AC', next: 'Sta6' },
  'AE-8': { timer: 'start', send: 'A-ASSOCIATE-RJ', next: 'Sta13' },
  'DT-1': { send: 'P-DATA-TF', next: 'Sta6' },
  'DT-2': { issue: 'P-DATA indication', next: 'Sta6' },
  'AR-1': { send: 'A-RELEASE-RQ', next: 'Sta7' },
  'AR-2': { issue: 'A-RELEASE indication', next: 'Sta8' },
  'AR-3': { transport: 'close', issue: 'A-RELEASE confirmation', next: 'Sta1' },
  'AR-4': { timer: 'start', send: 'A-RELEASE-RP', next: 'Sta13' },
  'AR-5': { timer: 'stop', next: 'Sta1' },
  'AR-6': { issue: 'P-DATA indication', next: 'Sta7' },
  'AR-7': { send: 'P-DATA-TF', next: 'Sta8' },
  'AR-8': { issue: 'A-RELEASE indication', next: { requestor: 'Sta9', acceptor: 'Sta10' } },
  'AR-9': { send: 'A-RELEASE-RP', next: 'Sta11' },
  'AR-10': { issue: 'A-RELEASE confirmation', next: 'Sta12' },
  'AA-1': { timer: 'start', send: 'A-ABORT', next: 'Sta13' },
  'AA-2': { timer: 'stop', transport: 'close', next: 'Sta1' },
  'AA-3': { transport: 'close', issue: 'A-ABORT indication', next: 'Sta1' },
  'AA-4': { issue: 'A-P-ABORT indication', next: 'Sta1' },
  'AA-5': { timer: 'stop', next: 'Sta1' },
  'AA-6': { next: 'Sta13' },
  'AA-7': { send: 'A-P-ABORT', next: 'Sta13' },
  'AA-8': { timer: 'start', send: 'A-P-ABORT', issue: 'A-P-ABORT indication', next: 'Sta13' },
} as const satisfies Record<string, Effects>;

export type ActionName = keyof typeof actions;

type Row = readonly (ActionName | undefined)[];

const ____ = undefined;

/** PS3.8 table 9-10: one row an event, one column a state. An empty cell cannot happen. */
// prettier-ignore
const table: Record<AssociationEvent, Row> = {
  //       Sta1    Sta2    Sta3    Sta4    Sta5    Sta6    Sta7    Sta8    Sta9    Sta10    Sta11   Sta12   Sta13
  Evt1:  ['AE-1',  ____,   ____,   ____,   ____,   ____,   ____,   ____,   ____,   ____,    ____,   ____,   ____ ],
  Evt2:  [____,    ____,   ____,   'AE-2', ____,   ____,   ____,   ____,   ____,   ____,    ____,   ____,   ____ ],
  Evt3:  [____,    'AA-1', 'AA-8', ____,   'AE-3', 'AA-8', 'AA-8', 'AA-8', 'AA-8', 'AA-8',  'AA-8', 'AA-8', 'AA-6'],
  Evt4:  [____,    'AA-1', 'AA-8', ____,   'AE-4', 'AA-8', 'AA-8', 'AA-8', 'AA-8', 'AA-8',  'AA-8', 'AA-8', 'AA-6'],
  Evt5:  ['AE-5',  ____,   ____,   ____,   ____,   ____,   ____,   ____,   ____,   ____,    ____,   ____,   ____ ],
  Evt6:  [____,    'AE-6', 'AA-8', ____,   'AA-8', 'AA-8', 'AA-8', 'AA-8', 'AA-8', 'AA-8',  'AA-8', 'AA-8', 'AA-7'],
  Evt7:  [____,    ____,   'AE-7', ____,   ____,   ____,   ____,   ____,   ____,   ____,    ____,   ____,   ____ ],
  Evt8:  [____,    ____,   'AE-8', ____,   ____,   ____,   ____,   ____,   ____,   ____,    ____,   ____,   ____ ],
  Evt9:  [____,    ____,   ____,   ____,   ____,   'DT-1', ____,   'AR-7', ____,   ____,    ____,   ____,   ____ ],
  Evt10: [____,    'AA-1', 'AA-8', ____,   'AA-8', 'DT-2', 'AR-6', 'AA-8', 'AA-8', 'AA-8',  'AA-8', 'AA-8', 'AA-6'],
  Evt11: [____,    ____,   ____,   ____,   ____,   'AR-1', ____,   ____,   ____,   ____,    ____,   ____,   ____ ],
  Evt12: [____,    'AA-1', 'AA-8', ____,   'AA-8', 'AR-2', 'AR-8', 'AA-8', 'AA-8', 'AA-8',  'AA-8', 'AA-8', 'AA-6'],
  Evt13: [____,    'AA-1', 'AA-8', ____,   'AA-8', 'AA-8', 'AR-3', 'AA-8', 'AA-8', 'AR-10', 'AR-3', 'AA-8', 'AA-6'],
  Evt14: [____,    ____,   ____,   ____,   ____,   ____,   ____,   'AR-4', 'AR-9', ____,    ____,   'AR-4', ____ ],
  Evt15: [____,    ____,   'AA-1', 'AA-2', 'AA-1', 'AA-1', 'AA-1', 'AA-1', 'AA-1', 'AA-1',  'AA-1', 'AA-1', ____ ],
  Evt16: [____,    'AA-2', 'AA-3', ____,   'AA-3', 'AA-3', 'AA-3', 'AA-3', 'AA-3', 'AA-3',  'AA-3', 'AA-3', 'AA-2'],
  Evt17: [____,    'AA-5', 'AA-4', 'AA-4', 'AA-4', 'AA-4', 'AA-4', 'AA-4', 'AA-4', 'AA-4',  'AA-4', 'AA-4', 'AR-5'],
  Evt18: [____,    'AA-2', ____,   ____,   ____,   ____,   ____,   ____,   ____,   ____,    ____,   ____,   'AA-2'],
  Evt19: [____,    'AA-1', 'AA-8', ____,   'AA-8', 'AA-8', 'AA-8', 'AA-8', 'AA-8', 'AA-8',  'AA-8', 'AA-8', 'AA-7'],
};

// prettier-ignore
const columns: readonly AssociationState[] = [
  'Sta1', 'Sta2', 'Sta3', 'Sta4', 'Sta5', 'Sta6', 'Sta7', 'Sta8', 'Sta9', 'Sta10', 'Sta11', 'Sta12', 'Sta13',
];

/** The action for an event in a state; undefined where the standard has an empty cell. */
export function findAction(
  event: AssociationEvent,
  state: AssociationState,
): ActionName | undefined {
  return table[event][columns.indexOf(state)];
}
