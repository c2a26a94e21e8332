import { effect } from '@preact/signals';
import type { ExamAnswer, ExamPort } from '../view/exam/exam-port.ts';
import { putDetail } from '../view/exam/exam-port.ts';
import type { Live } from '../view/live.ts';

/** Milliseconds between two questions at least: a series that comes in changes its exam ten times a second. */
const shortestWait = 1_000;
const longestWait = 10_000;

/** Keeps an exam's page up to date: asks again when the stream tells of a change, and while pictures are being made. */
export function followExam(live: Live, port: ExamPort): void {
  let told = live.exams.peek().get(port.id);
  let asked = -shortestWait;
  let wait = shortestWait;
  let timer: number | undefined;

  function askIn(ms: number): void {
    window.clearTimeout(timer);
    const rest = asked + shortestWait - performance.now();
    timer = window.setTimeout(() => void ask(), Math.max(ms, rest));
  }

  async function ask(): Promise<void> {
    asked = performance.now();
    await askOnce(port);
    // Less and less often: pictures of many images wait until AI has nothing to do.
    if (port.detail.peek()?.previews !== 'making') return;
    wait = Math.min(wait * 1.5, longestWait);
    askIn(wait);
  }

  effect(() => {
    const now = live.exams.value.get(port.id);
    if (!now) port.detail.value = undefined;
    else if (now !== told) askIn(0);
    told = now;
  });
  if (port.detail.peek()?.previews === 'making') askIn(wait);
}

async function askOnce(port: ExamPort): Promise<void> {
  const answer = await fetch(`/api/exams/${encodeURIComponent(port.id)}`).catch(() => undefined);
  if (answer?.status === 404) port.detail.value = undefined;
  if (answer?.ok) putDetail(port, (await answer.json()) as ExamAnswer);
}
