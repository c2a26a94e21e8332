import type { Live } from '../view/live.ts';
import { post } from './acting.ts';

/** Milliseconds for which something is on the screen before it counts as shown, and in which such things gather. */
const counts = 1_000;
const gather = 2_000;

/** How many one request tells; the body of one is limited. */
const most = 16;

/**
 * Tells the server which outcomes were really on this screen: who was shown what has to be known. An element that bears
 * `data-id` and `data-outcome` is one; what is not told is told with the next.
 */
export function tellShown({ shell, link }: Live): void {
  const told = new Set<string>();
  const waiting = new Map<string, { examId: string; outcomeId: string }>();
  const timers = new Map<Element, number>();

  const eyes = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) {
        window.clearTimeout(timers.get(target));
        timers.delete(target);
        if (isIntersecting)
          timers.set(
            target,
            window.setTimeout(() => note(target), counts),
          );
      }
    },
    { threshold: 0.5 },
  );

  function note(target: Element): void {
    timers.delete(target);
    const { id: examId = '', outcome: outcomeId = '' } = (target as HTMLElement).dataset;
    if (document.visibilityState !== 'visible' || link.value === 'stale') return;
    const name = `${examId} ${outcomeId}`;
    if (!told.has(name)) waiting.set(name, { examId, outcomeId });
  }

  /** Elements come and go, and change what they show: they are looked for anew. */
  function look(): void {
    eyes.disconnect();
    for (const card of document.querySelectorAll('[data-id][data-outcome]')) eyes.observe(card);
  }

  async function tell(): Promise<void> {
    const now = [...waiting].slice(0, most);
    if (now.length === 0) return;
    const shown = now.map(([, what]) => what);
    const answer = await post('/api/shown', { shown }, shell.csrf).catch(() => undefined);
    if (!answer?.ok) return;
    for (const [name] of now) {
      told.add(name);
      waiting.delete(name);
    }
  }

  look();
  window.setInterval(() => {
    look();
    void tell();
  }, gather);
}
