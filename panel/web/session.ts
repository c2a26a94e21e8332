/**
 * Returns what leads to the door where the session is over: the server sends a reload there. It is silent where the
 * server cannot be asked, and leaves alone a page that is on its way elsewhere, as after signing out.
 */
export function watchSession(): () => Promise<void> {
  let leaving = false;
  window.addEventListener('beforeunload', () => (leaving = true));
  return async () => {
    if (leaving) return;
    try {
      const { status } = await fetch('/api/session');
      if (status === 401) location.reload();
    } catch {
      // The stream tries again, and asks again.
    }
  };
}
