import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import type { Reference } from '../dicom/commitment.ts';
import { readOutcome, readTransaction, shortfallOf, withoutTexts } from './fhir-answer.ts';
import type { Attempt, Courier, Link } from './destination.ts';
import { createHttpPeer, type HttpPeer, type HttpTls } from './http-peer.ts';
import { judgeStatus, plainText } from './http-verdict.ts';

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

export interface FhirCourierOptions {
  clock: Clock;
  destinations: readonly FhirDestination[];
  /** A result for a destination: a Bundle of type transaction, JSON in UTF-8. Throws where it cannot be read. */
  load(sopInstanceUid: string, destination: string): Uint8Array;
  /** What a result is called, without its bytes. */
  refer(sopInstanceUid: string): Reference;
}

const json = 'application/fhir+json';
const largestAnswer = 1 << 20;

/** Opens links to FHIR R4 servers, which take each result in one transaction: all of it or nothing. */
export function createFhirCourier(options: FhirCourierOptions): Courier {
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
class FhirLink implements Link {
  readonly #peer: HttpPeer;
  readonly #name: string;
  readonly #options: FhirCourierOptions;

  constructor(peer: HttpPeer, name: string, options: FhirCourierOptions) {
    this.#peer = peer;
    this.#name = name;
    this.#options = options;
  }

  /** A result has one form here, under its own name. */
  forms(sopInstanceUid: string): Reference[] {
    return [this.#options.refer(sopInstanceUid)];
  }

  /**
   * Sends the transaction of a result. Sent again it makes nothing twice. Accepted where the server says of every
   * resource that it is there. Throws as `HttpPeer.exchange` does.
   */
  async store(sopInstanceUid: string): Promise<Attempt> {
    const body = this.#options.load(sopInstanceUid, this.#name);
    const { entries, identifying } = readTransaction(body);
    const answer = await this.#peer.exchange({
      method: 'POST',
      path: '',
      headers: { 'content-type': `${json}; charset=utf-8`, accept: json, prefer: 'return=minimal' },
      body,
    });
    const verdict = judgeStatus(
      answer,
      this.#options.clock.now(),
      withoutTexts(readOutcome(answer.body), identifying),
    );
    if (verdict.verdict !== 'accepted') return verdict;
    const shortfall = withoutTexts(shortfallOf(answer.body, entries), identifying);
    return shortfall ? { verdict: 'refused', detail: plainText(shortfall) } : verdict;
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
