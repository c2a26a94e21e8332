import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../device/clock.ts';
import { disk } from '../../device/files.ts';
import { ManualClock } from '../../device/manual-clock.ts';
import { type Random, seededRandom } from '../../models/phantom/random.ts';
import type { CommitmentResult, Reference } from '../../runtime/dicom/commitment.ts';
import { DeliveryLedger } from '../../runtime/outbox/delivery-ledger.ts';
import { rankOf } from '../../runtime/outbox/delivery-order.ts';
import type { DestinationOptions, QueuedObject } from '../../runtime/outbox/destination.ts';
import { Outbox } from '../../runtime/outbox/outbox.ts';
import { openDatabase } from '../../runtime/spool/database.ts';
import { type ObjectKind, objectKinds } from '../../runtime/spool/outgoing-object.ts';
import { SimulatedPacs } from './simulated-pacs.ts';
import { Forecast } from './weather.ts';

const hourMs = 3_600_000;
const studies = 300;
const restarts = 8;

const rule = { commitment: true, commitmentWaitMs: 60_000, results: 'all', models: [] } as const;
export const destinations: DestinationOptions[] = [
  { ...rule, name: 'archive', objects: objectKinds },
  { ...rule, name: 'workstation', objects: ['report', 'heatmap'], commitment: false },
  { ...rule, name: 'flags', objects: ['report', 'key-objects', 'heatmap'], results: 'flagged' },
];

/** Of a report there is a lower form; the workstation takes only that. */
const classes = { own: '1.1', lower: '1.2', picture: '1.3' };
const refusedClasses: Record<string, string[]> = { workstation: [classes.own] };

interface Arrival {
  at: number;
  object: QueuedObject;
}

/** The results of a day, and what comes beside them a little later. */
function makeArrivals(random: Random): Arrival[] {
  return Array.from({ length: studies }, (_, study) => {
    const flagged = random.chance(0.3);
    const urgent = random.chance(0.2);
    const at = Math.round(random.uniform(0, 21 * hourMs));
    const kinds: ObjectKind[] = flagged ? ['report', 'key-objects', 'heatmap'] : ['report'];
    return kinds.map((kind, place) => ({
      at: at + place * Math.round(random.uniform(100, 5000)),
      object: {
        sopInstanceUid: `2.25.${study}.${place}`,
        kind,
        flagged,
        urgent,
        model: 'chest',
        destination: '',
      },
    }));
  })
    .flat()
    .toSorted((a, b) => a.at - b.at);
}

function formsOf(uid: string): Reference[] {
  if (!uid.endsWith('.0')) return [{ sopClassUid: classes.picture, sopInstanceUid: uid }];
  return [
    { sopClassUid: classes.own, sopInstanceUid: uid },
    { sopClassUid: classes.lower, sopInstanceUid: `${uid}.9` },
  ];
}

export const bytesOf = (uid: string, as: Reference) => Buffer.from(`${uid} as ${as.sopClassUid}`);

/** A day of one appliance, which is restarted and killed, and once loses its database. */
export class Day {
  readonly clock = new ManualClock();
  readonly peers: SimulatedPacs[];
  readonly arrivals: Arrival[];
  /** Codes of the troubles that were told, by destination. */
  readonly told = new Map<string, Set<string>>();
  /** Pictures sent in a row while an answer waited for the same destination, at most. */
  overtaken = 0;
  ledger!: DeliveryLedger;
  readonly #random: Random;
  readonly #inARow = new Map<string, number>();
  #arrived: QueuedObject[] = [];
  #outbox!: Outbox;
  #life = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed, 'day');
    this.arrivals = makeArrivals(seededRandom(seed, 'studies'));
    this.peers = destinations.map(({ name, commitment }) => this.#makePeer(name, commitment, seed));
    this.#forget();
    this.#boot();
  }

  async run(): Promise<void> {
    const end = 24 * hourMs;
    const kills = Array.from({ length: restarts }, () => this.#random.uniform(0, 22 * hourMs)).sort(
      (a, b) => a - b,
    );
    const coming = [...this.arrivals];
    for (let now = 0; now <= end; now += 1000) {
      while (coming[0] && coming[0].at <= now) this.#arrive(coming.shift()!.object);
      if (kills[0] !== undefined && kills[0] <= now) await this.#restart(kills.shift()!);
      await turn();
      this.clock.advance(1000);
    }
  }

  #makePeer(name: string, commitment: boolean, seed: number): SimulatedPacs {
    return new SimulatedPacs({
      name,
      clock: this.clock,
      random: seededRandom(seed, name),
      forecast: new Forecast(seededRandom(seed, `weather of ${name}`), 22 * hourMs),
      commitment,
      refusedClasses: refusedClasses[name] ?? [],
      forms: formsOf,
      bytes: bytesOf,
      report: (result: CommitmentResult) => void this.#outbox.report(result),
      offered: (uid) => this.#watchOrder(name, uid),
    });
  }

  #forget(): void {
    this.ledger = new DeliveryLedger(openDatabase(':memory:', disk));
  }

  #arrive(object: QueuedObject): void {
    this.#arrived.push(object);
    this.#outbox.add(object);
  }

  #boot(): void {
    const life = ++this.#life;
    const isOver = () => this.#life !== life;
    this.#outbox = new Outbox({
      ledger: this.ledger,
      clock: mortal(this.clock, isOver),
      random: () => this.#random.uniform(0, 1),
      courier: { open: (name) => this.peers.find((peer) => peer.name === name)!.open(isOver) },
      destinations,
      changed: () => {},
      failed: (name, error) => this.#note(name, error),
    });
    for (const object of this.#arrived) this.#outbox.add(object);
    this.#outbox.start();
  }

  /** In order, killed, or killed with its database lost. */
  async #restart(at: number): Promise<void> {
    const how = Math.floor(at) % 3;
    const closing = how === 0 ? this.#outbox.close() : Promise.resolve();
    let isClosed = false;
    void closing.then(() => (isClosed = true));
    for (await turn(); !isClosed; await turn()) this.clock.advance(1000);
    if (how === 2) this.#forget();
    this.#boot();
  }

  #note(name: string, error: unknown): void {
    const codes = this.told.get(name) ?? new Set();
    this.told.set(name, codes.add((error as { code?: string }).code ?? String(error)));
  }

  /** Between two sendings to a destination nothing else is on its way to it. */
  #watchOrder(name: string, uid: string): void {
    const time = { now: this.clock.now(), furthestMs: hourMs };
    const isWaiting = this.ledger
      .heads(name, time)
      .some(({ rank, sopInstanceUid }) => rank <= lastAnswer && sopInstanceUid !== uid);
    const inARow = !uid.endsWith('.0') && isWaiting ? (this.#inARow.get(name) ?? 0) + 1 : 0;
    this.#inARow.set(name, inARow);
    this.overtaken = Math.max(this.overtaken, inARow);
  }
}

const lastAnswer = rankOf({ kind: 'message', urgent: false, flagged: false });

/** A clock whose timers die with the appliance that set them. */
function mortal(clock: Clock, isOver: () => boolean): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after: (ms, fire) =>
      clock.after(ms, () => {
        if (!isOver()) fire();
      }),
  };
}
