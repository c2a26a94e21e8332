import type { Live } from '../view/live.ts';

/** Counts the server's time on by the browser's own steady clock, once a second. */
export function keepClock({ now }: Live): void {
  let last = performance.now();
  window.setInterval(() => {
    const at = performance.now();
    now.value += at - last;
    last = at;
  }, 1_000);
}
