import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import type { Random } from '../../models/phantom/random.ts';
import type { CommitmentResult, Reference } from '../../runtime/dicom/commitment.ts';
import { judgeStoreStatus } from '../../runtime/outbox/delivery-table.ts';
import type { Attempt, Link } from '../../runtime/outbox/destination.ts';
import type { Forecast } from './weather.ts';

export interface SimulatedPacsOptions {
  name: string;
  clock: Clock;
  random: Random;
  forecast: Forecast;
  commitment: boolean;
  /** SOP classes that it never takes. */
  refusedClasses: readonly string[];
  /** What an object may be sent as. */
  forms(sopInstanceUid: string): Reference[];
  /** The bytes of an object in a form. */
  bytes(sopInstanceUid: string, as: Reference): Buffer;
  /** Where its reports go: whoever runs now. */
  report(result: CommitmentResult): void;
  /** Told of every object that arrives, whatever becomes of it. */
  offered(sopInstanceUid: string): void;
}

const noSuchObject = 0x0112;
const start = 1_800_000_000_000;

/** A PACS of whose storage a test sees everything, and which behaves as its forecast says. */
export class SimulatedPacs {
  readonly name: string;
  /** What it holds, by SOP Instance UID. */
  readonly held = new Map<string, Buffer>();
  /** SOP Instance UIDs that came with other bytes than before. */
  readonly contradicted: string[] = [];
  links = 0;
  requests = 0;
  received = 0;
  readonly #options: SimulatedPacsOptions;
  readonly #known = new Map<string, Buffer>();

  constructor(options: SimulatedPacsOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** `isOver`: whether the appliance that asks has been killed; then it hears nothing more. */
  async open(isOver: () => boolean): Promise<Link> {
    const { closed } = this.#weather;
    if (closed === 'PEER_TIMEOUT') await this.#wait(10_000);
    if (isOver()) return new Promise(() => {});
    if (closed) throw new ScansideError(closed, this.name);
    this.links++;
    const answer = <T>(value: T): Promise<T> =>
      isOver() ? new Promise(() => {}) : Promise.resolve(value);
    return {
      forms: (uid) => this.#options.forms(uid),
      store: async (uid, as) => answer(await this.#store(uid, as)),
      requestCommitment: async (transactionUid, sent) =>
        answer(await this.#ask(transactionUid, sent)),
      release: () => Promise.resolve(),
      abort: () => {},
    };
  }

  get #weather() {
    return this.#options.forecast.at(this.#options.clock.now() - start);
  }

  async #store(uid: string, as: Reference): Promise<Attempt> {
    const { random, bytes, refusedClasses, offered } = this.#options;
    offered(uid);
    this.received++;
    const { closed, slowMs, dying, status = 0, retryAfterMs } = this.#weather;
    if (slowMs) await this.#wait(random.uniform(1000, slowMs));
    const isKilled = closed !== undefined || (dying !== undefined && random.chance(1 / dying));
    if (isKilled && random.chance(0.5)) throw new ScansideError('ASSOCIATION_ABORTED', this.name);
    const answered = refusedClasses.includes(as.sopClassUid) ? 0x0122 : status;
    const verdict = judgeStoreStatus(answered);
    if (verdict === 'accepted') this.#keep(as.sopInstanceUid, bytes(uid, as));
    if (isKilled) throw new ScansideError('ASSOCIATION_ABORTED', this.name);
    if (verdict === 'accepted') return { verdict };
    return { verdict, detail: `status 0x${answered.toString(16)}`, retryAfterMs };
  }

  #keep(uid: string, bytes: Buffer): void {
    const { random, commitment } = this.#options;
    if (this.#known.get(uid)?.equals(bytes) === false) this.contradicted.push(uid);
    this.#known.set(uid, bytes);
    // Where there is no commitment nobody could know.
    const { forgets } = this.#weather;
    if (!(commitment && forgets !== undefined && random.chance(1 / forgets)))
      this.held.set(uid, bytes);
  }

  #ask(transactionUid: string, sent: Reference[]): Promise<void> {
    const { random, clock, report } = this.#options;
    const { reports, closed } = this.#weather;
    this.requests++;
    if (closed) return Promise.reject(new ScansideError('ASSOCIATION_ABORTED', this.name));
    if (reports === 'refused')
      return Promise.reject(new ScansideError('COMMITMENT_REFUSED', this.name));
    if (reports === 'lost') return Promise.resolve();
    const named = reports === 'some' ? sent.filter(() => random.chance(0.5)) : sent;
    const delay = reports === 'late' ? Math.round(random.uniform(1000, 600_000)) : 200;
    const tell = () => report(this.#judge(transactionUid, named));
    clock.after(delay, tell);
    if (reports === 'twice') {
      clock.after(delay + Math.round(random.uniform(0, 300_000)), tell);
      clock.after(delay, () => report(this.#judge('2.25.404', named)));
    }
    return Promise.resolve();
  }

  #judge(transactionUid: string, named: Reference[]): CommitmentResult {
    const isHeld = ({ sopInstanceUid }: Reference) => this.held.has(sopInstanceUid);
    return {
      transactionUid,
      stored: named.filter(isHeld),
      failed: named
        .filter((reference) => !isHeld(reference))
        .map((reference) => ({ ...reference, reason: noSuchObject })),
    };
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#options.clock.after(Math.round(ms), resolve);
    });
  }
}
