import type { Position } from './record-reader.ts';

interface Group {
  start: Position;
  end: Position;
  isSettled: boolean;
}

/**
 * What was sent and may have to be sent again. A receiver that acknowledges nothing may lose what it, or the kernel of
 * either side, still held when a connection broke: so the last `records` are kept beyond what has settled.
 */
export class ResendWindow {
  readonly #records: number;
  readonly #groups: Group[] = [];
  #start: Position;
  #unsettled = 0;
  #settledTo: number;

  constructor(records: number, start: Position, settledTo: number) {
    this.#records = records;
    this.#start = start;
    this.#settledTo = settledTo;
  }

  /** The last record that counts as received. */
  get settledTo(): number {
    return this.#settledTo;
  }

  /** From here on everything is sent again when the connection breaks. */
  get start(): Position {
    return this.#start;
  }

  /** Records that were sent and have not settled. */
  get unsettled(): number {
    return this.#unsettled;
  }

  /** Notes a group that was sent; returns what is to be called when it has settled. */
  sent(start: Position, end: Position): () => void {
    const group = { start, end, isSettled: false };
    this.#groups.push(group);
    this.#unsettled += sizeOf(group);
    return () => this.#settle(group);
  }

  #settle(group: Group): void {
    if (group.isSettled) return;
    group.isSettled = true;
    this.#unsettled -= sizeOf(group);
    this.#settledTo = Math.max(this.#settledTo, group.end.sequence);
    while (this.#canDrop()) this.#start = this.#groups.shift()!.end;
  }

  /** Whether the first group has settled, and so many records behind it that it is beyond the window. */
  #canDrop(): boolean {
    const [first] = this.#groups;
    const last = this.#groups.findLast(({ isSettled }) => isSettled);
    if (!first?.isSettled || !last) return false;
    return last.end.sequence - first.end.sequence >= this.#records;
  }
}

function sizeOf({ start, end }: Group): number {
  return end.sequence - start.sequence;
}
