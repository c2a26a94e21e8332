import type { Cancel, Clock } from '../device/clock.ts';
import { deviceLine, notices } from './device-line.ts';
import { EventRing, eventText } from './events.ts';
import { deviceJson, examJson } from './json.ts';
import { examRow } from './row.ts';
import type { PanelSource } from './source.ts';
import { Viewers } from './viewers.ts';
import { tabCounts } from './words.ts';
import type { Writable } from 'node:stream';

/** Milliseconds between pings; a page that has heard nothing for 12 s says that it is not live. */
const pingEvery = 5_000;

/** Milliseconds in which changes gather: a CT series changes its exam hundreds of times a second. */
const gather = 100;

/** Characters of events kept for viewers that come back. */
const ringLimit = 512 * 1024;

/** Bytes that may wait for one viewer. More than the ring, so that a replay fits. */
const viewerLimit = 2 * 1024 * 1024;

/** Turns the source's changes into events and sends them to every viewer. */
export class Feed {
  readonly #clock: Clock;
  readonly #source: PanelSource;
  readonly #ring: EventRing;
  readonly #viewers = new Viewers(viewerLimit);
  readonly #changed = new Set<string>();
  readonly #unsubscribe: () => void;
  #cancelFlush: Cancel | undefined;
  #cancelPing: Cancel;

  /** `bootId` names this run of the process; no two runs share it. */
  constructor(clock: Clock, source: PanelSource, bootId: string) {
    this.#clock = clock;
    this.#source = source;
    this.#ring = new EventRing(bootId, ringLimit);
    this.#unsubscribe = source.subscribe((examId) => this.#note(examId));
    this.#cancelPing = clock.after(pingEvery, () => this.#ping());
  }

  /** Id of the newest event; whoever reads the source now has seen everything up to it. */
  get lastId(): string {
    return this.#ring.lastId;
  }

  get viewers(): number {
    return this.#viewers.count;
  }

  /** Adds a viewer: what it missed since `lastSeen`, or `resync` where that is gone, then every event to come. */
  join(stream: Writable, lastSeen: string): void {
    this.#viewers.add(stream);
    const missed = lastSeen ? this.#ring.after(lastSeen) : [];
    const first = missed ?? [eventText('resync', this.#ring.lastId, {})];
    this.#viewers.send(stream, [...first, this.#pingText()].join(''));
  }

  close(): void {
    this.#unsubscribe();
    this.#cancelFlush?.();
    this.#cancelPing();
    this.#viewers.close();
  }

  #note(examId: string | undefined): void {
    if (examId !== undefined) this.#changed.add(examId);
    this.#cancelFlush ??= this.#clock.after(gather, () => this.#flush());
  }

  #flush(): void {
    this.#cancelFlush = undefined;
    const exams = new Map(this.#source.exams().map((exam) => [exam.id, exam]));
    const device = this.#source.device();
    for (const id of this.#changed) {
      const exam = exams.get(id);
      const data = exam
        ? { exam: examJson(exam), row: examRow(exam, device.now) }
        : { removed: id };
      this.#viewers.sendAll(this.#ring.append('exam', data));
    }
    this.#changed.clear();
    const regions = { notices: notices(device), device: deviceLine(device) };
    const counts = tabCounts([...exams.values()]);
    const data = { device: deviceJson(device), regions, counts };
    this.#viewers.sendAll(this.#ring.append('device', data));
  }

  #ping(): void {
    this.#cancelPing = this.#clock.after(pingEvery, () => this.#ping());
    this.#viewers.sendAll(this.#pingText());
  }

  #pingText(): string {
    return eventText('ping', this.#ring.lastId, { now: this.#clock.now() });
  }
}
