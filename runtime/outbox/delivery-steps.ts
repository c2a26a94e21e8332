import type { Clock } from '../../device/clock.ts';
import { type ErrorCode, ScansideError } from '../../device/errors.ts';
import type { Reference } from '../dicom/commitment.ts';
import type { Delivery, DeliveryChange, DeliveryLedger } from './delivery-ledger.ts';
import { backoff, type DeliveryEvent } from './delivery-table.ts';

export interface StepSurroundings {
  ledger: DeliveryLedger;
  clock: Clock;
  random(): number;
  changed(sopInstanceUid: string): void;
  /** Told of every object that the destination has accepted. */
  accepted?(sopInstanceUid: string, destination: string): void;
  failed(destination: string, error: unknown): void;
}

/** Why an object was not taken. */
export interface Refusal {
  verdict: 'refused' | 'form-refused';
  detail: string;
  retryAfterMs?: number | undefined;
}

/** A peer may ask for patience, not for silence: nothing waits longer on its word. */
export const longestPauseMs = 3_600_000;
/** One kind of trouble is told once in this time, however many objects have it. */
const tellAgainMs = 10_000;

/** The steps of the deliveries to one destination: what goes wrong is told, and done again after a pause. */
export class DeliverySteps {
  readonly #destination: string;
  readonly #around: StepSurroundings;
  readonly #told = new Map<string, number>();

  constructor(destination: string, around: StepSurroundings) {
    this.#destination = destination;
    this.#around = around;
  }

  take(delivery: Delivery, event: DeliveryEvent, change?: DeliveryChange): void {
    const at = this.#around.clock.now();
    if (!this.#around.ledger.apply(delivery, event, { at, ...change })) return;
    this.#around.changed(delivery.sopInstanceUid);
    if (event === 'accepted') this.#around.accepted?.(delivery.sopInstanceUid, this.#destination);
  }

  /** Refused in every form: what was tried has not arrived. */
  refuse(delivery: Delivery, { verdict, detail, retryAfterMs = 0 }: Refusal): void {
    this.#postpone(delivery, 'refused', detail, { sent: delivery.sent }, retryAfterMs);
    const code = verdict === 'refused' ? 'STORE_REFUSED' : 'OBJECT_NOT_TAKEN';
    this.tell(new ScansideError(code, detail));
  }

  /** It cannot be sent as things are, although the link is well. */
  fail(delivery: Delivery, error: unknown): void {
    this.#postpone(delivery, 'refused', (error as Error).message, { sent: delivery.sent });
    this.tell(error);
  }

  /** It may have arrived, and may be what ended the link: it waits at least as long as the link, so that others go first. */
  lose(delivery: Delivery, { message }: Error): void {
    const wait = backoff(delivery.attempts + 1, 1);
    const dueAt = this.#around.clock.now() + wait;
    this.take(delivery, 'lost', { dueAt, failed: message });
  }

  /** The destination says that it does not have it. */
  deny(delivery: Delivery, reason: number): void {
    const detail = `not committed: reason 0x${reason.toString(16).padStart(4, '0')}`;
    this.#postpone(delivery, 'denied', detail, { deniedIn: delivery.askedIn });
    this.tell(new ScansideError('COMMITMENT_DENIED', detail));
  }

  /** The destination has not said for a long time whether it has it. */
  doubt(delivery: Delivery): void {
    const detail = `no report after ${delivery.requests} requests`;
    this.#postpone(delivery, 'doubted', detail);
    this.tell(new ScansideError('COMMITMENT_UNANSWERED', detail));
  }

  /** Tells of trouble. */
  tell(error: unknown): void {
    const [code, now] = [codeOf(error), this.#around.clock.monotonic()];
    if (now - (this.#told.get(code) ?? -Infinity) < tellAgainMs) return;
    this.#told.set(code, now);
    this.#around.failed(this.#destination, error);
  }

  #postpone(
    delivery: Delivery,
    event: DeliveryEvent,
    failed: string,
    change: { sent?: Reference; deniedIn?: number } = {},
    atLeastMs = 0,
  ): void {
    const { clock, random } = this.#around;
    const asked = Math.min(atLeastMs, longestPauseMs);
    const wait = Math.max(backoff(delivery.attempts, random()), asked);
    this.take(delivery, event, { ...change, dueAt: clock.now() + Math.ceil(wait), failed });
  }
}

/** The code of an error of ours, or empty. */
export function codeOf(error: unknown): ErrorCode | '' {
  return error instanceof ScansideError ? error.code : '';
}
