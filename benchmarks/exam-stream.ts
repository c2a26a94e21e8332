import type { ExamView } from '../panel/source.ts';
import { visit } from '../tests/panel-visitor.ts';

interface Seen {
  exam: ExamView;
  /** Monotonic time. */
  at: number;
}

/** Exams as a radiologist's browser learns of them: the panel's stream of events. */
export class ExamStream {
  readonly #stop = new AbortController();
  readonly #seen: Seen[] = [];
  readonly #waiting = new Set<() => void>();

  static async open(panelUrl: string): Promise<ExamStream> {
    const stream = new ExamStream();
    const reader = await visit({ url: panelUrl }, 'radiologist');
    const reply = await reader.fetch('/api/events', { signal: stream.#stop.signal });
    if (!reply.ok || !reply.body) throw new Error(`the panel answered ${reply.status}`);
    stream.#read(reply.body).catch(() => {});
    return stream;
  }

  /** Resolves with the monotonic time at which an exam was first told to meet a condition. */
  until(id: string, condition: (exam: ExamView) => boolean, limitMs: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const done = (settle: () => void): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        settle();
      };
      const look = (): void => {
        const at = this.firstSeen(id, condition);
        if (at !== undefined) done(() => resolve(at));
      };
      const late = new Error(`exam ${id} was not as expected within ${limitMs} ms`);
      const timer = setTimeout(() => done(() => reject(late)), limitMs);
      this.#waiting.add(look);
      look();
    });
  }

  /** The monotonic time at which an exam was first told to meet a condition; undefined where it never was. */
  firstSeen(id: string, condition: (exam: ExamView) => boolean): number | undefined {
    return this.#seen.find(({ exam }) => exam.id === id && condition(exam))?.at;
  }

  close(): void {
    this.#stop.abort();
  }

  async #read(body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let rest = '';
    for await (const text of body.pipeThrough(new TextDecoderStream())) {
      const events = (rest + text).split('\n\n');
      rest = events.pop() ?? '';
      events.forEach((event) => this.#take(event));
    }
  }

  #take(event: string): void {
    const data = /^event: exam\n(?:.*\n)*data: (.*)$/m.exec(event)?.[1];
    if (!data) return;
    const { exam } = JSON.parse(data) as { exam?: ExamView };
    if (!exam) return;
    this.#seen.push({ exam, at: performance.now() });
    this.#waiting.forEach((look) => look());
  }
}
