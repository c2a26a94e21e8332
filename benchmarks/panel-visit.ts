import type { ExamView } from '../panel/source.ts';
import type { Visitor } from '../tests/panel-visitor.ts';

/** What a browser has to bring to be taken for somebody who has signed in. */
export function cookiesOf({ cookie }: Visitor, url: string) {
  const [name = '', value = ''] = cookie.split('=');
  return [{ name, value, url }];
}

export async function listExams(visitor: Visitor): Promise<ExamView[]> {
  const answer = await visitor.fetch('/api/exams');
  if (!answer.ok) throw new Error(`the panel answered ${answer.status}`);
  return ((await answer.json()) as { exams: ExamView[] }).exams;
}

/** Milliseconds from a request to the last byte of its answer. Throws where it is refused. */
export async function timeAnswer(visitor: Visitor, path: string): Promise<number> {
  const start = performance.now();
  const answer = await visitor.fetch(path);
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`the panel answered ${path} with ${answer.status}`);
  return performance.now() - start;
}

/** So many screens that follow the panel's events, until they are closed. */
export async function connectScreens(visitor: Visitor, count: number): Promise<() => void> {
  const stop = new AbortController();
  for (let at = 0; at < count; at++) {
    const answer = await visitor.fetch('/api/events', { signal: stop.signal });
    if (!answer.ok || !answer.body) throw new Error(`the panel answered ${answer.status}`);
    answer.body.pipeTo(new WritableStream()).catch(() => {});
  }
  return () => stop.abort();
}
