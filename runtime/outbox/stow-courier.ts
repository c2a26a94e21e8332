import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import type { CommitmentResult, FailedReference, Reference } from '../dicom/commitment.ts';
import { writePart10 } from '../dicom/part10.ts';
import type { LoadedObject } from './courier.ts';
import type { Attempt, Courier, Link } from './destination.ts';
import {
  createHttpPeer,
  type HttpAnswer,
  type HttpPeer,
  type HttpRequest,
  type HttpTls,
} from './http-peer.ts';
import { judgeSearchAnswer, type Proof } from './stow/search-answer.ts';
import { judgeStoreAnswer, type StoreVerdict } from './stow/store-answer.ts';
import { writeStoreRequest } from './stow/store-request.ts';

/** An archive that takes objects by DICOMweb. */
export interface StowDestination {
  name: string;
  /** Its DICOMweb service, such as `https://pacs.hospital.example/dicom-web`. */
  url: string;
  tls?: HttpTls | undefined;
  /** Asked for at every request, so that a renewed one counts. */
  token?: (() => string) | undefined;
  timeoutMs: number;
  /** Whether a search proves later what the archive has. */
  proved: boolean;
  /** What it is sent. */
  sopClasses: string[];
}

export interface StowCourierOptions {
  clock: Clock;
  destinations: readonly StowDestination[];
  /** What an object may be sent as, best first: itself, and what `convert` makes of it. */
  forms(object: Reference): Reference[];
  /** The data set of an object in another form of it. Throws CONTEXT_NOT_ACCEPTED where that form cannot say all of it. */
  convert(dataSet: Uint8Array, sopClassUid: string): Uint8Array;
  /** The object with its bytes. Throws where they cannot be read. */
  load(sopInstanceUid: string): LoadedObject;
  /** What the object is, without its bytes. */
  refer(sopInstanceUid: string): Reference;
  /** The study of what a destination was sent under this UID. */
  studyOf(sentInstanceUid: string, destination: string): string;
  /** What searches have found, as the report of the commitment that was asked for. */
  reported(result: CommitmentResult): void;
}

const json = 'application/dicom+json';
const largestAnswer = 1 << 20;

/** Opens links to archives that take objects by STOW-RS and prove them by QIDO-RS (PS3.18 10.5, 10.6). */
export function createStowCourier(options: StowCourierOptions): Courier {
  return {
    async open(name) {
      const to = options.destinations.find((destination) => destination.name === name);
      if (!to) throw new ScansideError('INTERNAL', `no destination ${name}`);
      const peer = createHttpPeer({ ...to, largestAnswer, clock: options.clock });
      return new StowLink(peer, to, options);
    },
  };
}

/** An archive while there is something for it. Nothing is asked of it before the first object. */
class StowLink implements Link {
  readonly #peer: HttpPeer;
  readonly #to: StowDestination;
  readonly #options: StowCourierOptions;
  /** SOP classes that it has refused: what else an object may be comes first. */
  readonly #refused = new Set<string>();
  /** Stored over this link and not yet looked for. */
  readonly #fresh = new Set<string>();
  /** The pause that it has asked for, which holds for every object. */
  #pause = { until: -Infinity, detail: '' };

  constructor(peer: HttpPeer, to: StowDestination, options: StowCourierOptions) {
    this.#peer = peer;
    this.#to = to;
    this.#options = options;
  }

  forms(sopInstanceUid: string): Reference[] {
    const { forms, refer } = this.#options;
    const wanted = forms(refer(sopInstanceUid)).filter(({ sopClassUid }) =>
      this.#to.sopClasses.includes(sopClassUid),
    );
    if (wanted.length === 0)
      throw new ScansideError('CONTEXT_NOT_ACCEPTED', `nothing of it is for ${this.#to.name}`);
    const isRefused = ({ sopClassUid }: Reference) => this.#refused.has(sopClassUid);
    return [...wanted.filter((each) => !isRefused(each)), ...wanted.filter(isRefused)];
  }

  /** One instance a request. Throws as `HttpPeer.exchange` does, and PEER_DENIED. */
  async store(sopInstanceUid: string, as: Reference): Promise<Attempt> {
    const left = this.#pause.until - this.#options.clock.monotonic();
    if (left > 0)
      return { verdict: 'refused', detail: this.#pause.detail, retryAfterMs: Math.ceil(left) };
    const file = this.#write(sopInstanceUid, as);
    if ('verdict' in file) return file;
    const { classRefused, ...attempt } = await this.#post(file, as);
    if (classRefused) this.#refused.add(as.sopClassUid);
    this.#learn(attempt, as);
    return attempt;
  }

  async #post(file: Uint8Array, as: Reference): Promise<StoreVerdict> {
    const { contentType, body } = writeStoreRequest(file);
    const answer = await this.#exchange({
      method: 'POST',
      path: '/studies',
      headers: { 'content-type': contentType, accept: json },
      body,
    });
    const now = this.#options.clock.now();
    return judgeStoreAnswer(answer, as, { proved: this.#to.proved, now });
  }

  /** What an attempt says of what comes after it. */
  #learn(attempt: Attempt, { sopInstanceUid }: Reference): void {
    if (attempt.verdict === 'accepted') this.#fresh.add(sopInstanceUid);
    else if (attempt.retryAfterMs !== undefined) {
      const until = this.#options.clock.monotonic() + attempt.retryAfterMs;
      this.#pause = { until, detail: attempt.detail };
    }
  }

  /** The Part 10 file of an object in one of its forms. Refused where the form cannot say all of it. */
  #write(sopInstanceUid: string, as: Reference): Uint8Array | Attempt {
    const { load, convert } = this.#options;
    const object = load(sopInstanceUid);
    if (as.sopInstanceUid === sopInstanceUid) return writePart10(object, object.dataSet);
    try {
      return writePart10({ ...object, ...as }, convert(object.dataSet, as.sopClassUid));
    } catch (error) {
      if (!(error instanceof ScansideError) || error.code !== 'CONTEXT_NOT_ACCEPTED') throw error;
      return { verdict: 'form-refused', detail: error.message };
    }
  }

  /**
   * Looks whether the archive has what it was sent, and reports that as storage commitment does. What it took a moment
   * ago and does not find yet is left open, because many an archive answers before it can search: it is asked again
   * later, and then it counts as lost. Throws as `store` does, and COMMITMENT_REFUSED where a search is not answered;
   * what was learned before that has been reported.
   */
  async requestCommitment(transactionUid: string, sent: Reference[]): Promise<void> {
    const stored: Reference[] = [];
    const failed: FailedReference[] = [];
    const unanswered: string[] = [];
    try {
      for (const each of sent) {
        const proof = await this.#lookFor(each);
        const isFresh = this.#fresh.delete(each.sopInstanceUid);
        if (proof.of === 'found') stored.push(each);
        else if (proof.of === 'nothing') unanswered.push(proof.detail);
        else if (!isFresh) failed.push({ ...each, reason: proof.reason });
      }
    } finally {
      this.#options.reported({ transactionUid, stored, failed });
    }
    if (unanswered.length === 0) return;
    const detail = `${this.#to.name} does not answer a search (QIDO-RS): ${unanswered[0]}`;
    throw new ScansideError('COMMITMENT_REFUSED', detail);
  }

  async #lookFor(sought: Reference): Promise<Proof> {
    const { studyOf, clock } = this.#options;
    const study = encodeURIComponent(studyOf(sought.sopInstanceUid, this.#to.name));
    const answer = await this.#exchange({
      method: 'GET',
      path: `/studies/${study}/instances?SOPInstanceUID=${sought.sopInstanceUid}`,
      headers: { accept: json },
    });
    return judgeSearchAnswer(answer, sought, clock.now());
  }

  /** Whoever is not known with one object is not with the next. */
  async #exchange(request: HttpRequest): Promise<HttpAnswer> {
    const answer = await this.#peer.exchange(request);
    if (answer.status !== 401) return answer;
    throw new ScansideError('PEER_DENIED', `${this.#to.name}: status 401`);
  }

  async release(): Promise<void> {
    this.#peer.close();
  }

  abort(): void {
    this.#peer.close();
  }
}
