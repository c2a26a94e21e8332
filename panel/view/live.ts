import type { Signal } from '@preact/signals-core';
import { signal } from '@preact/signals-core';
import type { Act } from '../act.ts';
import type { DeviceView, ExamView } from '../source.ts';
import type { Acting } from './acts/acting.ts';
import { createActing } from './acts/acting.ts';
import { createExamPort } from './exam/exam-port.ts';
import type { ExamPort } from './exam/exam-port.ts';
import type { PageState, Shell } from './state.ts';

/** `off`: no scripts run; `stale`: nothing was heard for longer than the pings allow. */
export type Link = 'off' | 'live' | 'stale';

/** What became of an act: its name, or the error that the server gave. */
export type ActAnswer = { actId: string } | { code: string; error: string; remedy: string };

/** What moves on a page. The server fills it once; the browser keeps it up to date. */
export interface Live {
  readonly shell: Shell;
  readonly link: Signal<Link>;
  /** Wall time of the server, and when it was last heard; milliseconds since 1970 UTC. */
  readonly now: Signal<number>;
  readonly heardAt: Signal<number>;
  readonly device: Signal<DeviceView>;
  readonly exams: Signal<ReadonlyMap<string, ExamView>>;
  /** `outcomeId` of each exam that this user has seen. */
  readonly seen: Signal<ReadonlyMap<string, string>>;
  /** Nobody has touched the screen for a while: names are not shown. */
  readonly masked: Signal<boolean>;
  /** Grows when a person asks to connect again at once. */
  readonly retries: Signal<number>;
  /** What a person is doing at this screen. */
  readonly acting: Acting;
  /** On an exam's own page: what it shows beside the exam itself. */
  readonly exam: ExamPort | undefined;
  act(act: Act): Promise<ActAnswer>;
}

export function createLive(
  { shell, page, now, device, exams, seen }: PageState,
  act: (act: Act) => Promise<ActAnswer>,
): Live {
  return {
    shell,
    link: signal<Link>('off'),
    now: signal(now),
    heardAt: signal(now),
    device: signal(device),
    exams: signal(new Map(exams.map((exam) => [exam.id, exam]))),
    seen: signal(new Map(Object.entries(seen))),
    masked: signal(shell.masked ?? false),
    retries: signal(0),
    acting: createActing(),
    exam: page.name === 'exam' ? createExamPort(page) : undefined,
    act,
  };
}

/** Takes over a change of an exam. An older version never replaces a newer one. */
export function putExam({ exams }: Live, exam: ExamView): void {
  const known = exams.value.get(exam.id);
  if (known && known.version > exam.version) return;
  exams.value = new Map(exams.value).set(exam.id, exam);
}

export function removeExam({ exams }: Live, id: string): void {
  const rest = new Map(exams.value);
  rest.delete(id);
  exams.value = rest;
}

/** `outcomeId` undefined: no longer seen. */
export function putSeen({ seen }: Live, examId: string, outcomeId: string | undefined): void {
  const next = new Map(seen.value);
  if (outcomeId === undefined) next.delete(examId);
  else next.set(examId, outcomeId);
  seen.value = next;
}

let drawn: Live | undefined;

/**
 * Sets what is drawn from now on. A browser has one page, and a server draws a page in one go, so one variable does. A
 * context would keep a list of all that is drawn, with which the garbage collector took longer than the drawing.
 */
export function setDrawn(live: Live): void {
  drawn = live;
}

export function useLive(): Live {
  if (!drawn) throw new Error('useLive outside of the page');
  return drawn;
}
