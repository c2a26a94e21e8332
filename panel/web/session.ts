/** What a page knows of its own session. */
export interface SessionWatch {
  /** Leads to the door where the session is over: the server sends a reload there. Silent where it cannot be asked. */
  readonly check: () => Promise<void>;
  /** Says whether the page is on its way to another session, whose answer nothing may overtake. */
  readonly setLeaving: (leaving: boolean) => void;
}

/** Watches over the session of a page. A page that is on its way elsewhere, as after signing out, is left alone. */
export function watchSession(): SessionWatch {
  let leaving = false;
  const setLeaving = (now: boolean) => {
    leaving = now;
  };
  window.addEventListener('beforeunload', () => setLeaving(true));
  return { setLeaving, check };

  async function check(): Promise<void> {
    if (leaving) return;
    try {
      const { status } = await fetch('/api/session');
      if (status === 401 && !leaving) location.reload();
    } catch {
      // The stream tries again, and asks again.
    }
  }
}
