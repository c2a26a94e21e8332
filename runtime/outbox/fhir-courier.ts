import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import type { Reference } from '../dicom/commitment.ts';
import { readOutcome, shortfallOf, withoutTexts } from './fhir-answer.ts';
import { createHttpPeer, type HttpPeer, type HttpTls } from './http-peer.ts';
import { judgeStatus, type HttpVerdict } from './http-verdict.ts';

/** A FHIR server that results are sent to. */
export interface FhirDestination {
  name: string;
  /** Its base, such as `https://fhir.hospital.example/r4`. */
  url: string;
  tls?: HttpTls | undefined;
  /** Asked for at every request, so that a renewed one counts. */
  token?: (() => string) | undefined;
  timeoutMs: number;
}

/** A result as it is sent: a Bundle of type transaction. */
export interface FhirMessage {
  /** JSON in UTF-8. */
  body: Uint8Array;
  /** Resources in it. */
  entries: number;
  /** Texts in it that name the patient or the order: they stay out of details. */
  identifying: readonly string[];
}

export interface FhirCourierOptions {
  clock: Clock;
  destinations: readonly FhirDestination[];
  /** The transaction for the result that an SR tells, made for one destination. Throws where there is none. */
  transaction(sopInstanceUid: string, destination: string): FhirMessage;
  /** What the SR is, without its bytes. */
  refer(sopInstanceUid: string): Reference;
}

/** Opens links to FHIR R4 servers, which take each result in one transaction: all of it or nothing. */
export interface FhirCourier {
  open(destination: string): Promise<FhirLink>;
}

const json = 'application/fhir+json';
const largestAnswer = 1 << 20;

export function createFhirCourier(options: FhirCourierOptions): FhirCourier {
  return {
    async open(name) {
      const to = options.destinations.find((destination) => destination.name === name);
      if (!to) throw new ScansideError('INTERNAL', `no destination ${name}`);
      return new FhirLink(
        createHttpPeer({ ...to, largestAnswer, clock: options.clock }),
        name,
        options,
      );
    },
  };
}

/** A FHIR server while there is something for it. Nothing is asked of it before the first result. */
export class FhirLink {
  readonly #peer: HttpPeer;
  readonly #name: string;
  readonly #options: FhirCourierOptions;

  constructor(peer: HttpPeer, name: string, options: FhirCourierOptions) {
    this.#peer = peer;
    this.#name = name;
    this.#options = options;
  }

  /** A result has one form here, under the name of its SR. */
  forms(sopInstanceUid: string): Reference[] {
    return [this.#options.refer(sopInstanceUid)];
  }

  /**
   * Sends the transaction of a result. Sent again it makes nothing twice. Accepted where the server says of every
   * resource that it is there. Throws as `HttpPeer.exchange` does.
   */
  async store(sopInstanceUid: string): Promise<HttpVerdict> {
    const { clock, transaction } = this.#options;
    const { body, entries, identifying } = transaction(sopInstanceUid, this.#name);
    const answer = await this.#peer.exchange({
      method: 'POST',
      path: '',
      headers: { 'content-type': `${json}; charset=utf-8`, accept: json, prefer: 'return=minimal' },
      body,
    });
    const reason = withoutTexts(readOutcome(answer.body), identifying);
    const verdict = judgeStatus(answer, clock.now(), reason);
    if (verdict.verdict !== 'accepted') return verdict;
    const shortfall = shortfallOf(answer.body, entries);
    return shortfall
      ? { verdict: 'refused', detail: withoutTexts(shortfall, identifying) }
      : verdict;
  }

  /** The answer to the transaction is all the proof that there is. */
  async requestCommitment(): Promise<void> {
    throw new ScansideError('INTERNAL', `${this.#name} has no storage commitment`);
  }

  async release(): Promise<void> {
    this.#peer.close();
  }

  abort(): void {
    this.#peer.close();
  }
}
