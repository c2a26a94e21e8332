import type { Cancel, Clock } from '../../device/clock.ts';
import type { BrokerLink } from './broker-link.ts';
import { messages } from './contract.ts';
import type { MessageQueue, QueuedMessage } from './message-queue.ts';
import type { QueuedName } from './queue-rule.ts';
import { upTopic } from './topics.ts';

export interface PumpOptions {
  device: string;
  queue: MessageQueue;
  clock: Clock;
  /** Told when a kind of message has to wait, and why. */
  held(name: QueuedName, because: string): void;
}

/** Messages that are on their way at once. */
const window = 8;
/** How long a kind of message waits that nobody takes. */
const holdMs = 30_000;
/** For how long the answer to a command may still be of use. */
const replySeconds = 3600;

/**
 * Sends what waits over one connection, a few at a time, and lets go of what the broker has taken. What nobody has
 * subscribed to, or the broker refuses, stays; the other kinds pass it.
 */
export class QueuePump {
  readonly #options: PumpOptions;
  readonly #link: BrokerLink;
  readonly #flying = new Set<number>();
  readonly #held = new Set<QueuedName>();
  readonly #cancels = new Set<Cancel>();
  #closed = false;

  constructor(link: BrokerLink, options: PumpOptions) {
    this.#link = link;
    this.#options = options;
  }

  /** To be called when something new waits. */
  run(): void {
    if (this.#closed || this.#flying.size >= window) return;
    const { queue } = this.#options;
    for (const message of queue.next(0, window, this.#held)) {
      if (this.#flying.size >= window) return;
      if (!this.#flying.has(message.seq)) this.#begin(message);
    }
  }

  close(): void {
    this.#closed = true;
    for (const cancel of this.#cancels) cancel();
  }

  #begin(message: QueuedMessage): void {
    this.#send(message).catch((error: unknown) => this.#hold(message.name, String(error)));
  }

  async #send(message: QueuedMessage): Promise<void> {
    const { queue } = this.#options;
    this.#flying.add(message.seq);
    queue.noteSent(message.seq);
    try {
      const taken = await this.#publish(message);
      if (taken === 'taken' && !this.#closed) queue.acknowledge(message.seq);
      if (taken === 'nobody') this.#hold(message.name, 'nobody takes it');
    } catch (error) {
      this.#hold(message.name, String(error));
    }
    this.#flying.delete(message.seq);
    this.run();
  }

  #publish({ name, payload, correlation, again }: QueuedMessage) {
    const topic = upTopic(this.#options.device, messages[name].topic.name);
    return this.#link.publish(topic, payload, {
      schema: name,
      again,
      correlation,
      ...(name === 'command-reply' && { expirySeconds: replySeconds }),
    });
  }

  #hold(name: QueuedName, because: string): void {
    if (this.#closed || this.#held.has(name)) return;
    this.#options.held(name, because);
    this.#held.add(name);
    const cancel = this.#options.clock.after(holdMs, () => {
      this.#cancels.delete(cancel);
      this.#held.delete(name);
      this.run();
    });
    this.#cancels.add(cancel);
  }
}
