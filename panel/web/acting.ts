import type { Act } from '../act.ts';
import type { ActAnswer } from '../view/live.ts';

/** Sends acts to the server. Never throws: what went wrong is in the answer. `signedOut` is told of a session that is over. */
export function createActing(
  csrf: string,
  signedOut: () => void,
): (act: Act) => Promise<ActAnswer> {
  return async (act) => {
    try {
      const answer = await post(addressOf(act), act, csrf);
      if (answer.status === 401) signedOut();
      return readAnswer(answer.status, await answer.json());
    } catch {
      return { code: 'UNREACHABLE', error: '', remedy: '' };
    }
  };
}

/** Sends JSON with the proof that this page is the panel's own. */
export function post(address: string, body: unknown, csrf: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'x-scanside-csrf': csrf };
  return fetch(address, { method: 'POST', headers, body: JSON.stringify(body) });
}

function readAnswer(status: number, answer: Partial<Record<string, string>>): ActAnswer {
  const { actId, code = `HTTP ${status}`, error = '', remedy = '' } = answer;
  return status === 200 && actId !== undefined ? { actId } : { code, error, remedy };
}

function addressOf(act: Act): string {
  return 'examId' in act
    ? `/api/exams/${encodeURIComponent(act.examId)}/${act.kind}`
    : `/api/ai/${act.kind}`;
}
