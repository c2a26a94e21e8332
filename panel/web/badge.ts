import type { SessionWatch } from './session.ts';

/** Milliseconds between two characters of a badge reader, which types faster than people. */
const fastest = 60;
const shortest = 6;

/**
 * Lets a badge take over on every page: a reader types its number and Enter, wherever nobody is writing. The page stays
 * the same, for somebody else. `csrf` is empty where nobody is signed in.
 */
export function followBadge(csrf: string, session: SessionWatch): void {
  let typed = '';
  let last = 0;
  document.addEventListener(
    'keydown',
    (event) => {
      const now = performance.now();
      if (now - last > fastest) typed = '';
      last = now;
      if (isWriting()) return;
      if (event.key.length === 1) typed += event.key;
      if (event.key !== 'Enter' || typed.length < shortest) return;
      event.preventDefault();
      event.stopPropagation();
      void takeOver(typed, csrf, session);
      typed = '';
    },
    { capture: true },
  );
}

function isWriting(): boolean {
  return document.activeElement?.matches('input, textarea, select') ?? false;
}

/** The server ends the session that was there, and its events, before it answers: that is not the end of this page. */
async function takeOver(badge: string, csrf: string, session: SessionWatch): Promise<void> {
  const headers = { 'content-type': 'application/json', 'x-scanside-csrf': csrf };
  const body = JSON.stringify({ badge });
  session.setLeaving(true);
  try {
    const { ok } = await fetch('/sign-in', { method: 'POST', headers, body });
    const wanted = new URLSearchParams(location.search).get('to');
    if (!ok) location.assign(`${csrf ? '/account' : '/sign-in'}?fault=SIGN_IN_FAILED`);
    else if (location.pathname === '/sign-in') location.assign(ownPath(wanted));
    else location.reload();
  } catch {
    session.setLeaving(false);
    // The page says by itself that it is not live.
  }
}

function ownPath(to: string | null): string {
  return to !== null && /^\/(?![/\\])/.test(to) ? to : '/';
}
