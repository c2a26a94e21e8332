import type { Act } from '../act.ts';
import type { ActAnswer } from '../view/live.ts';

/** Sends acts to the server. Never throws: what went wrong is in the answer. */
export function createActing(csrf: string): (act: Act) => Promise<ActAnswer> {
  return async (act) => {
    const headers = { 'content-type': 'application/json', 'x-scanside-csrf': csrf };
    try {
      const answer = await fetch(addressOf(act), {
        method: 'POST',
        headers,
        body: JSON.stringify(act),
      });
      return (await answer.json()) as ActAnswer;
    } catch {
      return { code: 'UNREACHABLE', error: '', remedy: '' };
    }
  };
}

function addressOf(act: Act): string {
  return 'examId' in act
    ? `/api/exams/${encodeURIComponent(act.examId)}/${act.kind}`
    : `/api/ai/${act.kind}`;
}
