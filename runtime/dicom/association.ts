import { ScansideError } from '../../device/errors.ts';
import {
  actions,
  type AssociationEvent,
  type AssociationState,
  type Effects,
  findAction,
} from './association-table.ts';

/** Who asked for the association. */
export type AssociationRole = 'requestor' | 'acceptor';

/**
 * One association's place in the state table: an event in, effects out. It does nothing itself; whoever owns the
 * socket and the timer carries the effects out. Receiver and sender drive the same machine.
 */
export class AssociationMachine {
  readonly role: AssociationRole;
  #state: AssociationState = 'Sta1';

  constructor(role: AssociationRole) {
    this.role = role;
  }

  get state(): AssociationState {
    return this.#state;
  }

  /** Whether the event has an action in the present state: a local primitive may be issued only then. */
  allows(event: AssociationEvent): boolean {
    return findAction(event, this.#state) !== undefined;
  }

  /**
   * Moves to the next state and returns what to do. An event that the standard excludes in this state is INTERNAL:
   * PDUs a peer sends at the wrong time are not excluded there, they have actions that abort.
   */
  feed(event: AssociationEvent): Effects {
    const action = findAction(event, this.#state);
    if (!action) throw new ScansideError('INTERNAL', `${event} cannot happen in ${this.#state}`);
    const effects: Effects = actions[action];
    const { next } = effects;
    this.#state = typeof next === 'string' ? next : next[this.role];
    return effects;
  }
}
