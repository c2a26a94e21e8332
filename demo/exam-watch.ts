import type { Clock } from '../device/clock.ts';
import type { ExamView, PanelSource } from '../panel/source.ts';

type Listener = (exam: ExamView, before: ExamView | undefined) => void;

/** Follows exams as the panel would. */
export class ExamWatch {
  readonly #source: PanelSource;
  readonly #clock: Clock;
  readonly #seen = new Map<string, ExamView>();
  readonly #listeners = new Set<Listener>();
  readonly #unsubscribe: () => void;

  constructor(source: PanelSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
    this.#unsubscribe = source.subscribe((examId) => this.#look(examId));
    for (const { id } of source.exams()) this.#look(id);
  }

  every(listener: Listener): void {
    this.#listeners.add(listener);
  }

  /** Resolves with the monotonic time at which an exam was first seen to meet a condition. */
  until(examId: string, condition: (exam: ExamView) => boolean): Promise<number> {
    return new Promise((resolve) => {
      const check: Listener = (exam) => {
        if (exam.id !== examId || !condition(exam)) return;
        this.#listeners.delete(check);
        resolve(this.#clock.monotonic());
      };
      this.#listeners.add(check);
      const now = this.#seen.get(examId);
      if (now) check(now, undefined);
    });
  }

  stop(): void {
    this.#unsubscribe();
  }

  #look(examId: string | undefined): void {
    const exam = this.#source.exams().find(({ id }) => id === examId);
    if (!exam) return;
    const before = this.#seen.get(exam.id);
    this.#seen.set(exam.id, exam);
    this.#listeners.forEach((listener) => listener(exam, before));
  }
}

/** One line for a change that is worth one; undefined for any other. */
export function describeTransition(
  exam: ExamView,
  before: ExamView | undefined,
): string | undefined {
  const now = describe(exam);
  return before && describe(before) === now
    ? undefined
    : `${exam.patientId}  ${exam.patientName.padEnd(20)}  ${now}`;
}

function describe({ state, outcome, images }: ExamView): string {
  const words = {
    pending: () => '',
    flagged: () => `FLAGGED: ${outcome.state === 'flagged' ? outcome.labels.join(', ') : ''}`,
    'no-flag': () => 'no flag raised by AI (not a negative finding)',
    'not-analysed': () => `NOT ANALYSED: ${outcome.state === 'not-analysed' ? outcome.detail : ''}`,
  }[outcome.state]();
  return `${state} (${images} image${images === 1 ? '' : 's'})  ${words}`.trimEnd();
}
