import { ScansideError } from '../../../device/errors.ts';
import type { Session } from './session-port.ts';

/** The sessions of one runtime, so that its close leaves none behind, nor one that is just being opened. */
export class SessionSet<Kind extends Session> {
  readonly #opening = new Set<Promise<Kind>>();
  readonly #open = new Set<Session>();
  #closed = false;

  /** Opens one more. Throws MODEL_FAULT after the close, and what `open` throws. */
  async add(open: () => Promise<Kind>): Promise<Kind> {
    if (this.#closed) throw new ScansideError('MODEL_FAULT', 'loading: the runtime is closed');
    const opening = open();
    this.#opening.add(opening);
    try {
      const session = await opening;
      this.#open.add(session);
      return session;
    } finally {
      this.#opening.delete(opening);
    }
  }

  /** To be called with a session that is closed by itself. */
  forget(session: Session): void {
    this.#open.delete(session);
  }

  /** Waits until nothing of them is left. Harmless when called again. */
  async close(): Promise<void> {
    this.#closed = true;
    const opened = await Promise.allSettled(this.#opening);
    const late = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    await Promise.all([...this.#open, ...late].map((session) => session.close()));
  }
}
