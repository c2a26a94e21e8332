import type { Live } from '../view/live.ts';

/** The server reads it, so that a page that loads again by itself comes masked. */
const cookie = 'scanside-masked=';

/**
 * Masks names after a while without a touch. The first touch or key only brings them back: it was made without seeing
 * whom it would be about.
 */
export function keepMask({ masked, shell }: Live): void {
  const after = shell.privacyMaskSeconds * 1000;
  if (after <= 0) return;
  let timer: number | undefined;
  let isFirstTouch = false;

  function wait(): void {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => setMask(true), after);
  }

  function setMask(on: boolean): void {
    masked.value = on;
    document.cookie = `${cookie}${on ? 1 : ''}; Path=/; SameSite=Strict; Max-Age=${on ? 86_400 : 0}`;
  }

  function touch(event: Event): void {
    isFirstTouch = masked.value;
    if (masked.value) setMask(false);
    if (isFirstTouch && event.type === 'keydown') stop(event);
    wait();
  }

  function stopFirst(event: Event): void {
    if (isFirstTouch) stop(event);
    isFirstTouch = false;
  }

  for (const name of ['pointerdown', 'keydown', 'wheel'] as const)
    window.addEventListener(name, touch, { capture: true, passive: false });
  window.addEventListener('click', stopFirst, { capture: true });
  wait();
}

function stop(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}
