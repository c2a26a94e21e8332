import { randomUUID } from 'node:crypto';
import type { Cancel, Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import type { CommitmentResult, Reference } from '../dicom/commitment.ts';
import { deriveUid } from '../dicom/uid.ts';
import { type DestinationRule, type RuledObject, wants } from './destination-rule.ts';
import type { Delivery, DeliveryLedger } from './delivery-ledger.ts';
import { backoff, type DeliveryState } from './delivery-table.ts';

export interface DestinationOptions extends DestinationRule {
  /** Whether it offers Storage Commitment; without it `stored` is the end. */
  commitment: boolean;
  /** How long to wait for a report before asking again. */
  commitmentWaitMs: number;
}

/** What became of one attempt to hand an object over. */
export type Attempt =
  | { verdict: 'accepted' }
  /** `refused`: later, not before `retryAfterMs` where it is known. `form-refused`: not as it is; another form may be. */
  | {
      verdict: 'refused' | 'form-refused';
      detail: string;
      retryAfterMs?: number | undefined;
    };

/** A link to a destination that is open now. */
export interface Link {
  /** What an object may be sent as here, best first. Throws CONTEXT_NOT_ACCEPTED where there is nothing. */
  forms(sopInstanceUid: string): Reference[];
  /** Hands an object over in one of these forms. Throws where the link itself has ended. */
  store(sopInstanceUid: string, as: Reference): Promise<Attempt>;
  /** N-ACTION for storage commitment of what was sent. Throws when it is refused. */
  requestCommitment(transactionUid: string, sent: Reference[]): Promise<void>;
  release(): Promise<void>;
  abort(): void;
}

/** Opens links to destinations by name. Throws PEER_UNREACHABLE, ASSOCIATION_REJECTED and their like. */
export interface Courier {
  open(destination: string): Promise<Link>;
}

/** What an outbox has to know of an object; its bytes are the courier's. */
export type QueuedObject = RuledObject & {
  sopInstanceUid: string;
  /** The exam is STAT. */
  urgent: boolean;
};

interface Surroundings {
  ledger: DeliveryLedger;
  clock: Clock;
  random(): number;
  courier: Courier;
  changed(sopInstanceUid: string): void;
  failed(destination: string, error: unknown): void;
}

/** Objects per pass, which is also the most that one commitment request names. */
const batch = 100;
/** How long a link stays open for the next object or for a report on the same association. */
const lingerMs = 2000;
const linkFailures: ReadonlySet<string> = new Set(['ASSOCIATION_ABORTED', 'PEER_TIMEOUT']);
/** Wall time may jump: never trust it for longer than this. */
const longestSleepMs = 5 * 60_000;

/** One destination: a single worker that opens a link when something is due and keeps it while there is work. */
export class Destination {
  readonly name: string;
  readonly #options: DestinationOptions;
  readonly #around: Surroundings;
  #failures = 0;
  /** After a failure: no new link before this time. */
  #notBefore = 0;
  #running: Promise<void> | undefined;
  #timer: Cancel = () => {};
  #linger: (() => void) | undefined;
  #closed = false;

  constructor(options: DestinationOptions, around: Surroundings) {
    this.name = options.name;
    this.#options = options;
    this.#around = around;
  }

  get failing(): boolean {
    return this.#failures > 0;
  }

  waiting(): number {
    return this.#around.ledger.waiting(this.name, this.#unfinished());
  }

  /** Queues an object if it is for this destination; again is harmless. */
  add(object: QueuedObject): void {
    const { ledger, clock } = this.#around;
    if (wants(this.#options, object)) ledger.add(object.sopInstanceUid, this.name, clock.now());
  }

  /** Whether an object has reached the last proof that there is here, or is not for this destination. */
  isFinished(object: QueuedObject): boolean {
    if (!wants(this.#options, object)) return true;
    const { sopInstanceUid } = object;
    const state = this.#around.ledger.find(sopInstanceUid, this.name)?.state;
    return state === 'committed' || (state === 'stored' && !this.#options.commitment);
  }

  /** Looks for due work now; called after every change. */
  wake(): void {
    if (this.#closed) return;
    this.#linger?.();
    if (!this.#running) this.#start();
  }

  /** Takes the report of a commitment request to this destination. */
  report({ stored, failed }: CommitmentResult): void {
    const { ledger } = this.#around;
    for (const { sopInstanceUid } of stored) {
      const delivery = ledger.findSent(sopInstanceUid, this.name);
      if (delivery) this.#apply(delivery, 'confirmed');
    }
    for (const { sopInstanceUid, reason } of failed) {
      const delivery = ledger.findSent(sopInstanceUid, this.name);
      if (delivery)
        this.#postpone(delivery, 'denied', `not committed: reason ${hexadecimal(reason)}`);
    }
    this.wake();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer();
    this.#linger?.();
    await this.#running;
  }

  /** The states from which this destination still has a step to take. */
  #unfinished(): DeliveryState[] {
    return this.#options.commitment
      ? ['queued', 'sending', 'stored', 'commit-requested']
      : ['queued', 'sending'];
  }

  #start(): void {
    this.#timer();
    this.#expireRequests();
    if (this.#around.clock.now() < this.#notBefore || !this.#hasWork()) return this.#sleep();
    this.#running = this.#pass().finally(() => {
      this.#running = undefined;
      if (!this.#closed) this.#sleep();
    });
  }

  /** Waits for the next step that is due by itself. */
  #sleep(): void {
    this.#timer();
    const { ledger, clock } = this.#around;
    const due = ledger.nextDue(this.name, this.#unfinished());
    if (due === undefined) return;
    const wait = Math.max(0, Math.max(due, this.#notBefore) - clock.now());
    this.#timer = clock.after(Math.min(wait, longestSleepMs), () => this.#start());
  }

  #hasWork(): boolean {
    return (
      this.#due('queued').length > 0 || (this.#options.commitment && this.#due('stored').length > 0)
    );
  }

  #due(state: DeliveryState): Delivery[] {
    const { ledger, clock } = this.#around;
    return ledger.due(this.name, [state], clock.now(), batch);
  }

  /** A request without an answer is made again: the report may have been lost on its way. */
  #expireRequests(): void {
    for (const delivery of this.#due('commit-requested')) this.#apply(delivery, 'unanswered');
  }

  async #pass(): Promise<void> {
    try {
      const link = await this.#around.courier.open(this.name);
      try {
        await this.#work(link);
        this.#failures = 0;
        await link.release();
      } catch (error) {
        link.abort();
        throw error;
      }
    } catch (error) {
      const { clock, random } = this.#around;
      this.#notBefore = clock.now() + backoff(this.#failures++, random());
      this.#around.failed(this.name, error);
    }
  }

  async #work(link: Link): Promise<void> {
    do {
      for (const delivery of this.#due('queued')) await this.#send(link, delivery);
      if (this.#options.commitment) await this.#request(link);
      this.#failures = 0;
    } while (!this.#closed && (await this.#moreComes()));
  }

  async #send(link: Link, delivery: Delivery): Promise<void> {
    this.#apply(delivery, 'send');
    try {
      const attempt = await this.#store(link, delivery);
      if (attempt.verdict === 'accepted') this.#apply(delivery, 'accepted');
      else this.#postpone(delivery, 'refused', attempt.detail, attempt.retryAfterMs);
    } catch (error) {
      const lost = isLinkFailure(error);
      this.#postpone(delivery, lost ? 'lost' : 'refused', (error as Error).message);
      if (lost) throw error;
      this.#around.failed(this.name, error);
    }
  }

  /** Tries one form after the other while they are refused as such. Resolves with what became of the last. */
  async #store(link: Link, delivery: Delivery): Promise<Attempt> {
    const forms = startWith(delivery.sent, link.forms(delivery.sopInstanceUid));
    let attempt: Attempt = { verdict: 'refused', detail: 'no form' };
    for (const form of forms) {
      this.#apply(delivery, 'send', { sent: form });
      attempt = await link.store(delivery.sopInstanceUid, form);
      if (attempt.verdict !== 'form-refused') break;
    }
    return attempt;
  }

  async #request(link: Link): Promise<void> {
    const stored = this.#due('stored');
    if (stored.length === 0) return;
    const dueAt = this.#around.clock.now() + this.#options.commitmentWaitMs;
    const transactionUid = deriveUid('commitment', randomUUID());
    this.#around.ledger.openTransaction(transactionUid, this.name, this.#around.clock.now());
    for (const delivery of stored) this.#apply(delivery, 'request', { dueAt });
    try {
      await link.requestCommitment(
        transactionUid,
        stored.map(({ sent }) => sent),
      );
    } catch (error) {
      for (const delivery of stored) this.#apply(delivery, 'unanswered', { dueAt });
      throw error;
    }
  }

  /** True as soon as there is work again; false when the link has lingered for nothing. */
  #moreComes(): Promise<boolean> {
    if (this.#hasWork()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        this.#linger = undefined;
        resolve(this.#hasWork());
      };
      const cancel = this.#around.clock.after(lingerMs, done);
      this.#linger = () => (this.#hasWork() || this.#closed ? done() : undefined);
    });
  }

  #postpone(
    delivery: Delivery,
    event: 'refused' | 'lost' | 'denied',
    failed: string,
    retryAfterMs = 0,
  ): void {
    const { clock, random } = this.#around;
    const wait = event === 'lost' ? 0 : backoff(delivery.attempts, random());
    const dueAt = clock.now() + Math.max(wait, retryAfterMs);
    // Refused in every form: what was tried has not arrived. Lost: it may have.
    const sent = event === 'lost' ? {} : { sent: delivery.sent };
    this.#apply(delivery, event, { dueAt, failed, ...sent });
  }

  #apply(delivery: Delivery, ...[event, change]: ApplyArguments): void {
    if (this.#around.ledger.apply(delivery, event, change))
      this.#around.changed(delivery.sopInstanceUid);
  }
}

/** Whether the link itself has ended. Anything else is the object's own trouble and must not hold up the others. */
function isLinkFailure(error: unknown): boolean {
  return error instanceof ScansideError && linkFailures.has(error.code);
}

/** What may have arrived already is sent again as the same, so that the destination never has two of it. */
function startWith({ sopInstanceUid }: Reference, forms: Reference[]): Reference[] {
  const isSame = (form: Reference) => form.sopInstanceUid === sopInstanceUid;
  return [...forms.filter(isSame), ...forms.filter((form) => !isSame(form))];
}

function hexadecimal(reason: number): string {
  return `0x${reason.toString(16).padStart(4, '0')}`;
}

type ApplyArguments =
  Parameters<DeliveryLedger['apply']> extends [unknown, ...infer Rest] ? Rest : never;
