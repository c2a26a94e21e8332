/** Named events of the stream. `resync`: what was missed is gone, load the page again. */
export type EventName = 'exam' | 'device' | 'ping' | 'resync';

/** One event as text/event-stream (HTML Living Standard, 9.2). JSON holds no line break, so one data line does. */
export function eventText(name: EventName, id: string, data: unknown): string {
  return `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}

interface KeptEvent {
  number: number;
  text: string;
}

/**
 * The last events, kept so that a viewer that lost its connection gets what it missed. Ids are `bootId-n`, n from 1:
 * an id of another run is never mistaken for one of this. Holds at most `limit` characters.
 */
export class EventRing {
  readonly #bootId: string;
  readonly #limit: number;
  readonly #kept: KeptEvent[] = [];
  #size = 0;
  #last = 0;

  constructor(bootId: string, limit: number) {
    this.#bootId = bootId;
    this.#limit = limit;
  }

  /** Id of the newest event; `bootId-0` before the first. */
  get lastId(): string {
    return `${this.#bootId}-${this.#last}`;
  }

  /** Numbers and keeps an event, forgetting the oldest beyond the limit. Returns its text. */
  append(name: EventName, data: unknown): string {
    this.#last += 1;
    const text = eventText(name, this.lastId, data);
    this.#kept.push({ number: this.#last, text });
    this.#size += text.length;
    while (this.#size > this.#limit) this.#size -= this.#kept.shift()?.text.length ?? 0;
    return text;
  }

  /** The events after `id` in order, or undefined where some are forgotten or the id is not of this run. */
  after(id: string): string[] | undefined {
    const number = this.#numberOf(id);
    const oldest = this.#last - this.#kept.length;
    if (number === undefined || number < oldest || number > this.#last) return undefined;
    return this.#kept.slice(number - oldest).map(({ text }) => text);
  }

  #numberOf(id: string): number | undefined {
    const prefix = `${this.#bootId}-`;
    const digits = id.startsWith(prefix) ? id.slice(prefix.length) : '';
    return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
  }
}
