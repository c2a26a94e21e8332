import type { Writable } from 'node:stream';
import type { Cancel, Clock } from '../device/clock.ts';
import { EventRing, eventText } from './events.ts';
import { deviceJson, examJson } from './json.ts';
import type { Audience } from './presentation.ts';
import { audiences, presentExam, toldAt } from './presentation.ts';
import type { ExamView, PanelSource } from './source.ts';
import { Viewers } from './viewers.ts';

/** Milliseconds between pings; a page that has heard nothing for 12 s says that it is not live. */
const pingEvery = 5_000;

/** Milliseconds in which changes gather: a CT series changes its exam hundreds of times a second. */
const gather = 100;

/** Events kept for viewers that come back. */
const ringLimit = 2_000;

/** Bytes that may wait for one viewer. More than the ring, so that a replay fits. */
const viewerLimit = 4 * 1024 * 1024;

/** Who follows the events: what they may see depends on it. */
export interface Viewer {
  session: string;
  user: string;
  audience: Audience;
}

export interface FeedOptions {
  clock: Clock;
  source: PanelSource;
  /** Names this run of the process; no two runs share it. */
  bootId: string;
  noticeDelayMs: number;
}

/** Turns the source's changes into events and sends them to every viewer, to each what they may see. */
export class Feed {
  readonly #options: FeedOptions;
  readonly #ring: EventRing<Viewer>;
  readonly #viewers = new Viewers<Viewer>(viewerLimit);
  readonly #changed = new Set<string>();
  /** Exams whose outcome somebody may know only later, each with what ends the wait. */
  readonly #withheld = new Map<string, Cancel>();
  readonly #unsubscribe: () => void;
  #cancelFlush: Cancel | undefined;
  #cancelPing: Cancel;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#ring = new EventRing(options.bootId, ringLimit);
    this.#unsubscribe = options.source.subscribe((examId) => this.#note(examId));
    this.#cancelPing = options.clock.after(pingEvery, () => this.#ping());
  }

  /** Id of the newest event; whoever reads the source now has seen everything up to it. */
  get lastId(): string {
    return this.#ring.lastId;
  }

  get viewers(): number {
    return this.#viewers.count;
  }

  /** An exam as this audience may see it now. */
  present(exam: ExamView, audience: Audience): ExamView {
    return presentExam(examJson(exam), this.viewing(audience));
  }

  viewing(audience: Audience) {
    const { clock, noticeDelayMs } = this.#options;
    return { audience, now: clock.now(), noticeDelayMs };
  }

  /** Adds a viewer: what it missed since `lastSeen`, or `resync` where that is gone, then every event to come. */
  join(stream: Writable, viewer: Viewer, lastSeen: string): void {
    this.#viewers.add(stream, viewer);
    const missed = lastSeen ? this.#ring.after(lastSeen, viewer) : [];
    const first = missed ?? [eventText('resync', this.#ring.lastId, {})];
    this.#viewers.send(stream, [...first, this.#pingText()].join(''));
  }

  /** Tells the other screens of a user what they have seen. */
  tellSeen(user: string, examId: string, outcomeId: string | null): void {
    const text = this.#ring.append('seen', (viewer) =>
      viewer.user === user ? { examId, outcomeId } : undefined,
    );
    this.#viewers.sendAll(text);
  }

  /** Ends the streams of a session. */
  end(session: string): void {
    this.#viewers.drop((viewer) => viewer.session === session);
  }

  close(): void {
    this.#unsubscribe();
    this.#cancelFlush?.();
    this.#cancelPing();
    for (const cancel of this.#withheld.values()) cancel();
    this.#viewers.drop(() => true);
  }

  #note(examId: string | undefined): void {
    if (examId !== undefined) this.#changed.add(examId);
    this.#cancelFlush ??= this.#options.clock.after(gather, () => this.#flush());
  }

  #flush(): void {
    this.#cancelFlush = undefined;
    const exams = new Map(this.#options.source.exams().map((exam) => [exam.id, exam]));
    for (const id of this.#changed) this.#tellExam(id, exams.get(id));
    this.#changed.clear();
    const device = deviceJson(this.#options.source.device());
    this.#viewers.sendAll(this.#ring.append('device', () => ({ device })));
  }

  #tellExam(id: string, exam: ExamView | undefined): void {
    this.#withheld.get(id)?.();
    this.#withheld.delete(id);
    if (exam) this.#remind(exam);
    const dataFor = ({ audience }: Viewer) =>
      exam ? { exam: this.present(exam, audience) } : { removed: id };
    this.#viewers.sendAll(this.#ring.append('exam', dataFor));
  }

  /** Tells again when the next audience may know. */
  #remind(exam: ExamView): void {
    const now = this.#options.clock.now();
    const times = audiences.map((audience) => toldAt(exam, this.viewing(audience)));
    const next = Math.min(...times.filter((at) => at > now));
    if (!Number.isFinite(next)) return;
    this.#withheld.set(
      exam.id,
      this.#options.clock.after(next - now, () => this.#note(exam.id)),
    );
  }

  #ping(): void {
    this.#cancelPing = this.#options.clock.after(pingEvery, () => this.#ping());
    this.#viewers.sendAll(() => this.#pingText());
  }

  #pingText(): string {
    return eventText('ping', this.#ring.lastId, { now: this.#options.clock.now() });
  }
}
