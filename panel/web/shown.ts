import type { Live } from '../view/live.ts';
import { post } from './acting.ts';

/** Milliseconds for which something is on the screen before it counts as shown, and in which such things gather. */
const counts = 1_000;
const gather = 2_000;

/** Of the lists that one request may tell. */
const most = 50;

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
    if (outcomeId && !told.has(outcomeId)) waiting.set(outcomeId, { examId, outcomeId });
  }

  /** Elements come and go, and change what they show: they are looked for anew. */
  function look(): void {
    eyes.disconnect();
    for (const card of document.querySelectorAll('[data-id][data-outcome]')) eyes.observe(card);
  }

  async function tell(): Promise<void> {
    const shown = [...waiting.values()].slice(0, most);
    if (shown.length === 0) return;
    const answer = await post('/api/shown', { shown }, shell.csrf).catch(() => undefined);
    if (!answer?.ok) return;
    for (const { outcomeId } of shown) {
      told.add(outcomeId);
      waiting.delete(outcomeId);
    }
  }

  look();
  window.setInterval(() => {
    look();
    void tell();
  }, gather);
}
