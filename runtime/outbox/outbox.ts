import type { Clock } from '../../device/clock.ts';
import type { CommitmentResult } from '../dicom/commitment.ts';
import type { DeliveryLedger } from './delivery-ledger.ts';
import {
  Destination,
  type Courier,
  type DestinationOptions,
  type DestinationStanding,
  type QueuedObject,
} from './destination.ts';

export interface OutboxOptions {
  ledger: DeliveryLedger;
  clock: Clock;
  /** In [0, 1); spreads retries. */
  random(): number;
  courier: Courier;
  destinations: DestinationOptions[];
  /** Told after every step of an object. */
  changed(sopInstanceUid: string): void;
  /** Told why an attempt failed; for the log. */
  failed(destination: string, error: unknown): void;
}

/** Sends every object to every destination until it is committed there. Never gives up on a result. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #destinations: Destination[];
  #started = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#destinations = options.destinations.map(
      (destination) => new Destination(destination, options),
    );
  }

  /**
   * Opens the way out, and resumes what a stop or a crash left behind. Only when the listener is up: a PACS may report
   * on a commitment at once, and many report only once.
   */
  start(): void {
    this.#started = true;
    this.#options.ledger.boot(this.#options.clock.now());
    for (const destination of this.#destinations) destination.wake();
  }

  /** Queues an object for every destination that is to have it; again is harmless. */
  add(object: QueuedObject): void {
    for (const destination of this.#destinations) {
      destination.add(object);
      if (this.#started) destination.wake();
    }
  }

  /**
   * Takes a storage commitment report, on whichever association it came. False for a transaction that this device
   * never opened: nobody but the PACS that was asked can confirm a delivery.
   */
  report(result: CommitmentResult): boolean {
    const request = this.#options.ledger.findTransaction(result.transactionUid);
    const destination = this.#destinations.find(({ name }) => name === request?.destination);
    if (!request || !destination) return false;
    destination.report(result, request.id);
    return true;
  }

  /** Names of the destinations whose last attempt failed. */
  failing(): string[] {
    return this.#destinations.filter(({ failing }) => failing).map(({ name }) => name);
  }

  /** How each destination stands. */
  standings(): DestinationStanding[] {
    return this.#destinations.map(({ standing }) => standing);
  }

  /** Objects on their way, over all destinations. */
  waiting(): number {
    return this.#destinations.reduce((sum, destination) => sum + destination.waiting(), 0);
  }

  /** Whether an object has reached the last proof that every destination offers that is to have it. */
  isFinished(object: QueuedObject): boolean {
    return this.#destinations.every((destination) => destination.isFinished(object));
  }

  async close(): Promise<void> {
    await Promise.all(this.#destinations.map((destination) => destination.close()));
  }
}
