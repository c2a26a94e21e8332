import { randomUUID } from 'node:crypto';
import type { Cancel } from '../../device/clock.ts';
import type { CommitmentResult, Reference } from '../dicom/commitment.ts';
import { deriveUid } from '../dicom/uid.ts';
import { type BreakerState, closedBreaker, nextBreaker } from './circuit-breaker.ts';
import { type DestinationRule, type RuledObject, wants } from './destination-rule.ts';
import type { Delivery, DueTime } from './delivery-ledger.ts';
import { chooseNext, isTimeToAsk, rankOf, requestSize } from './delivery-order.ts';
import { codeOf, DeliverySteps, longestPauseMs, type StepSurroundings } from './delivery-steps.ts';
import type { DeliveryState } from './delivery-table.ts';

export interface DestinationOptions extends DestinationRule {
  /** Whether it offers Storage Commitment; without it `stored` is the end. */
  commitment: boolean;
  /** How long to wait for a report before asking again; twice as long after every request. */
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
  /** N-ACTION for storage commitment of what was sent. Throws COMMITMENT_REFUSED, or that the link itself has ended. */
  requestCommitment(transactionUid: string, sent: Reference[]): Promise<void>;
  release(): Promise<void>;
  abort(): void;
}

/**
 * Opens links to destinations by name. Throws PEER_UNREACHABLE, PEER_BUSY and their like, or ASSOCIATION_REJECTED or
 * PEER_DENIED where only a person can change that.
 */
export interface Courier {
  open(destination: string): Promise<Link>;
}

/** What an outbox has to know of an object; its bytes are the courier's. */
export type QueuedObject = RuledObject & {
  sopInstanceUid: string;
  /** The exam is STAT. */
  urgent: boolean;
};

/** How a destination stands. Times are wall times since the start of the program. */
export interface DestinationStanding {
  name: string;
  circuit: BreakerState;
  /** When it last answered for an object; undefined where it has not since the start. */
  answeredAt: number | undefined;
  /** Since when attempts fail; undefined where the last one did not. */
  failingSince: number | undefined;
  /** Objects on their way there. */
  waiting: number;
}

type Surroundings = StepSurroundings & { courier: Courier };

/** How long a link stays open for the next object or for a report on the same association. */
const lingerMs = 2000;
/** The destination wants no links of ours, which only a person can change. */
const rejections: ReadonlySet<string> = new Set(['ASSOCIATION_REJECTED', 'PEER_DENIED']);
/** The link itself has ended. Anything else is the object's own trouble and must not hold up the others. */
const linkFailures: ReadonlySet<string> = new Set([
  ...rejections,
  'ASSOCIATION_ABORTED',
  'PEER_BUSY',
  'PEER_TIMEOUT',
  'PEER_UNREACHABLE',
  'TLS_FAILED',
]);
/** Wall time may jump: never trust it for longer than this. */
const longestSleepMs = 5 * 60_000;
/** So many requests without a report, and the object itself is in doubt. */
const requestsToDoubt = 6;

/** One destination: a single worker that opens a link when something is due and keeps it while there is work. */
export class Destination {
  readonly name: string;
  readonly #options: DestinationOptions;
  readonly #around: Surroundings;
  readonly #steps: DeliverySteps;
  #breaker = closedBreaker;
  #answeredAt: number | undefined;
  #failingSince: number | undefined;
  /** Objects sent since the start; decides whose turn is next. */
  #turn = 0;
  #running: Promise<void> | undefined;
  #timer: Cancel = () => {};
  #linger: (() => void) | undefined;
  #closed = false;

  constructor(options: DestinationOptions, around: Surroundings) {
    this.name = options.name;
    this.#options = options;
    this.#around = around;
    this.#steps = new DeliverySteps(options.name, around);
  }

  get failing(): boolean {
    return this.#breaker.failures > 0;
  }

  waiting(): number {
    return this.#around.ledger.waiting(this.name, this.#unfinished());
  }

  get standing(): DestinationStanding {
    const { name } = this;
    const [answeredAt, failingSince] = [this.#answeredAt, this.#failingSince];
    return {
      name,
      circuit: this.#breaker.state,
      answeredAt,
      failingSince,
      waiting: this.waiting(),
    };
  }

  /** Queues an object if it is for this destination; again is harmless. */
  add(object: QueuedObject): void {
    const { ledger, clock } = this.#around;
    if (wants(this.#options, object))
      ledger.add(object.sopInstanceUid, this.name, clock.now(), rankOf(object));
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

  /**
   * Takes the report on a request of ours for commitment. What it does not name stays in question. A denial counts only
   * for the newest request for an object, a confirmation unless a later one was denied: reports come late and twice.
   */
  report({ stored, failed }: CommitmentResult, request: number): void {
    for (const { sopInstanceUid, reason } of failed) {
      const delivery = this.#sentAs(sopInstanceUid);
      if (delivery?.askedIn === request) this.#steps.deny(delivery, reason);
    }
    for (const { sopInstanceUid } of stored) {
      const delivery = this.#sentAs(sopInstanceUid);
      if (delivery && delivery.deniedIn < request) this.#steps.take(delivery, 'confirmed');
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
    const { clock, random } = this.#around;
    this.#timer();
    this.#around.ledger.resume(this.name);
    this.#expireRequests();
    if (clock.monotonic() < this.#breaker.notBefore || !this.#hasWork()) return this.#sleep();
    this.#breaker = nextBreaker(this.#breaker, 'elapsed', clock.monotonic(), random());
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
    const pause = this.#breaker.notBefore - clock.monotonic();
    const wait = Math.max(0, due - clock.now(), pause);
    this.#timer = clock.after(Math.min(wait, longestSleepMs), () => this.#start());
  }

  #hasWork(): boolean {
    return this.#next() !== undefined || this.#stored(1).length > 0;
  }

  #next(): Delivery | undefined {
    const heads = this.#around.ledger.heads(this.name, this.#time());
    return chooseNext(heads, this.#around.clock.now(), this.#turn);
  }

  /** What waits to be asked for, longest waiting first. */
  #stored(limit: number): Delivery[] {
    if (!this.#options.commitment) return [];
    return this.#around.ledger.due(this.name, 'stored', this.#time(), limit);
  }

  #time(furthestMs = longestPauseMs): DueTime {
    return { now: this.#around.clock.now(), furthestMs };
  }

  /** A request without an answer is made again, for the report may have been lost; at last the object is sent again. */
  #expireRequests(): void {
    const { ledger, clock } = this.#around;
    const time = this.#time(this.#patience(requestsToDoubt));
    for (const delivery of ledger.due(this.name, 'commit-requested', time, requestSize))
      if (delivery.requests < requestsToDoubt)
        this.#steps.take(delivery, 'unanswered', { dueAt: clock.now() });
      else this.#steps.doubt(delivery);
  }

  /** How long to wait for the report after so many requests: doubling, for some commit only when their night comes. */
  #patience(requests: number): number {
    return this.#options.commitmentWaitMs * 2 ** Math.min(requests, requestsToDoubt);
  }

  async #pass(): Promise<void> {
    try {
      const link = await this.#around.courier.open(this.name);
      try {
        await this.#work(link);
        await link.release();
      } catch (error) {
        link.abort();
        throw error;
      }
    } catch (error) {
      this.#trip(rejections.has(codeOf(error)) ? 'rejected' : 'failed');
      this.#around.failed(this.name, error);
    }
  }

  #trip(event: 'answered' | 'failed' | 'rejected'): void {
    const { clock, random } = this.#around;
    this.#breaker = nextBreaker(this.#breaker, event, clock.monotonic(), random());
    const isAnswer = event === 'answered';
    if (isAnswer) this.#answeredAt = clock.now();
    this.#failingSince = isAnswer ? undefined : (this.#failingSince ?? clock.now());
  }

  async #work(link: Link): Promise<void> {
    do {
      while (!this.#closed && (await this.#step(link))) this.#trip('answered');
    } while (!this.#closed && (await this.#moreComes()));
  }

  /** Sends an object or asks for those that are stored. False where there is nothing to do. */
  async #step(link: Link): Promise<boolean> {
    this.#expireRequests();
    const next = this.#next();
    const stored = this.#stored(requestSize);
    const isTime = isTimeToAsk(stored, next !== undefined, this.#around.clock.now());
    if (isTime) await this.#request(link, stored);
    else if (next) await this.#send(link, next);
    return isTime || next !== undefined;
  }

  async #send(link: Link, delivery: Delivery): Promise<void> {
    this.#turn++;
    this.#steps.take(delivery, 'send');
    try {
      const attempt = await this.#store(link, delivery);
      if (attempt.verdict === 'accepted')
        this.#steps.take(delivery, 'accepted', { dueAt: this.#around.clock.now() });
      else this.#steps.refuse(delivery, attempt);
    } catch (error) {
      if (linkFailures.has(codeOf(error))) {
        this.#steps.lose(delivery, error as Error);
        throw error;
      }
      this.#steps.fail(delivery, error);
    }
  }

  /** Tries one form after the other while they are refused as such. Resolves with what became of the last. */
  async #store(link: Link, delivery: Delivery): Promise<Attempt> {
    const forms = startWith(delivery.sent, link.forms(delivery.sopInstanceUid));
    let attempt: Attempt = { verdict: 'refused', detail: 'no form' };
    for (const form of forms) {
      this.#steps.take(delivery, 'send', { sent: form });
      attempt = await link.store(delivery.sopInstanceUid, form);
      if (attempt.verdict !== 'form-refused') break;
    }
    return attempt;
  }

  async #request(link: Link, stored: Delivery[]): Promise<void> {
    const { ledger, clock } = this.#around;
    const transactionUid = deriveUid('commitment', randomUUID());
    const askedIn = ledger.openTransaction(transactionUid, this.name, clock.now());
    for (const delivery of stored) {
      const dueAt = clock.now() + this.#patience(delivery.requests);
      this.#steps.take(delivery, 'request', { dueAt, askedIn });
    }
    const sent = stored.map((delivery) => delivery.sent);
    try {
      await link.requestCommitment(transactionUid, sent);
    } catch (error) {
      const isLost = linkFailures.has(codeOf(error));
      const wait = isLost ? 0 : longestSleepMs;
      for (const delivery of stored)
        this.#steps.take(delivery, 'unanswered', { dueAt: clock.now() + wait });
      if (isLost) throw error;
      this.#steps.tell(error);
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

  #sentAs(sopInstanceUid: string): Delivery | undefined {
    return this.#around.ledger.findSent(sopInstanceUid, this.name);
  }
}

/** What may have arrived already is sent again as the same, so that the destination never has two of it. */
function startWith({ sopInstanceUid }: Reference, forms: Reference[]): Reference[] {
  const isSame = (form: Reference) => form.sopInstanceUid === sopInstanceUid;
  return [...forms.filter(isSame), ...forms.filter((form) => !isSame(form))];
}
