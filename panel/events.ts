/** Named events of the stream. `resync`: what was missed is gone, load the page again. */
export type EventName = 'exam' | 'device' | 'seen' | 'ping' | 'resync';

/** One event as text/event-stream (HTML Living Standard, 9.2). JSON holds no line break, so one data line does. */
export function eventText(name: EventName, id: string, data: unknown): string {
  return `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** What an event says to a viewer of one kind; undefined where it is not for them. */
export type DataFor<Viewer> = (viewer: Viewer) => unknown;

interface KeptEvent<Viewer> {
  number: number;
  name: EventName;
  dataFor: DataFor<Viewer>;
}

/**
 * The last events, kept so that a viewer that lost its connection gets what it missed. Ids are `bootId-n`, n from 1:
 * an id of another run is never mistaken for one of this. Holds at most `limit` events.
 */
export class EventRing<Viewer> {
  readonly #bootId: string;
  readonly #limit: number;
  readonly #kept: KeptEvent<Viewer>[] = [];
  #last = 0;

  constructor(bootId: string, limit: number) {
    this.#bootId = bootId;
    this.#limit = limit;
  }

  /** Id of the newest event; `bootId-0` before the first. */
  get lastId(): string {
    return `${this.#bootId}-${this.#last}`;
  }

  /** Numbers and keeps an event, forgetting the oldest beyond the limit. Returns its text for a viewer. */
  append(name: EventName, dataFor: DataFor<Viewer>): (viewer: Viewer) => string {
    this.#last += 1;
    const event = { number: this.#last, name, dataFor };
    this.#kept.push(event);
    if (this.#kept.length > this.#limit) this.#kept.shift();
    return (viewer) => this.#textOf(event, viewer);
  }

  /** The events after `id` in order, or undefined where some are forgotten or the id is not of this run. */
  after(id: string, viewer: Viewer): string[] | undefined {
    const number = this.#numberOf(id);
    const oldest = this.#last - this.#kept.length;
    if (number === undefined || number < oldest || number > this.#last) return undefined;
    return this.#kept.slice(number - oldest).map((event) => this.#textOf(event, viewer));
  }

  #textOf({ number, name, dataFor }: KeptEvent<Viewer>, viewer: Viewer): string {
    const data = dataFor(viewer);
    return data === undefined ? '' : eventText(name, `${this.#bootId}-${number}`, data);
  }

  #numberOf(id: string): number | undefined {
    const prefix = `${this.#bootId}-`;
    const digits = id.startsWith(prefix) ? id.slice(prefix.length) : '';
    return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
  }
}
