import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '../random-pdu.ts';
import { CrashSpool, type Losses } from './crash-spool.ts';
import { drawObject } from './test-object.ts';
import { storeAll, type Attempts } from './test-sender.ts';
import { Victim } from './victim.ts';

export interface CrashReport {
  trials: number;
  /** Trials in which at least one sender had an instance under way. */
  midTransfer: number;
  /** Instances that were acknowledged and looked for. */
  acknowledged: number;
  losses: Losses;
}

const senders = 4;
const instancesEach = 12;
/** Trials on one spool: recovery has to work on what recovery left. */
const trialsEach = 4;
/** The kill comes when so many instances were stored, at most, and up to so many milliseconds later. */
const latestStored = 36;
const latestMs = 12;

/** Kills the receiver process in `trials` trials; what follows from chance follows from the seed. */
export async function runCrashCampaign(
  seed: number,
  trials: number,
  progress: (report: CrashReport) => void = () => {},
): Promise<CrashReport> {
  const losses: Losses = { lost: [], partial: [], duplicated: [], damage: [] };
  const report: CrashReport = { trials: 0, midTransfer: 0, acknowledged: 0, losses };
  let spare = new Victim();
  let spool = new CrashSpool();
  while (report.trials < trials) {
    const victim = spare;
    spare = new Victim();
    const trial = new Trial(spool, seed + report.trials, report.trials);
    if (await trial.run(victim)) report.midTransfer += 1;
    addLosses(losses, await spool.recover(), `seed ${seed + report.trials}`);
    report.trials += 1;
    if (report.trials % trialsEach === 0 || report.trials === trials) {
      report.acknowledged += countAcknowledged(spool);
      spool.remove();
      spool = new CrashSpool();
    }
    progress(report);
  }
  spare.kill();
  await spare.gone;
  spool.remove();
  return report;
}

function addLosses(all: Losses, some: Losses, where: string): void {
  for (const kind of Object.keys(all) as (keyof Losses)[])
    all[kind].push(...some[kind].map((what) => `${where}: ${what}`));
}

function countAcknowledged({ attempts }: CrashSpool): number {
  return [...attempts.values()].filter(({ acknowledged }) => acknowledged > 0).length;
}

/** One life of a receiver process. */
class Trial {
  readonly #spool: CrashSpool;
  readonly #random: Random;
  readonly #number: number;

  constructor(spool: CrashSpool, seed: number, number: number) {
    this.#spool = spool;
    this.#random = new Random(seed);
    this.#number = number;
  }

  /** True where the kill came while something was under way. */
  async run(victim: Victim): Promise<boolean> {
    const random = this.#random;
    const killAfter = random.below(latestStored);
    const delayMs = random.below(latestMs * (killAfter === 0 ? 3 : 1));
    const indexesLive = random.bool();
    if (random.below(4) === 0) this.#spool.loseIndex();
    const reached = Promise.withResolvers<void>();
    let stored = 0;
    const port = await victim.listen(this.#spool, (record) => {
      if (indexesLive) this.#spool.index(record);
      stored += 1;
      if (stored === killAfter) reached.resolve();
    });
    if (killAfter === 0) reached.resolve();
    const sending = this.#drawWork().map((work, at) => storeAll(port, `CT${at}`, work));
    const sent = Promise.all(sending);
    await Promise.race([reached.promise, sent]);
    if (delayMs > 0) await pause(delayMs);
    victim.kill();
    await victim.gone;
    return (await sent).includes(true);
  }

  /** For every sender what it has had no answer for, as a scanner does, and then what is new. */
  #drawWork(): Attempts[][] {
    const known = [...this.#spool.attempts.values()];
    const again = known.filter(
      ({ acknowledged, unanswered }) => acknowledged < 1 && unanswered > 0,
    );
    return Array.from({ length: senders }, (_, sender) => [
      ...again.filter((_attempts, at) => at % senders === sender),
      ...Array.from({ length: instancesEach }, (__, at) => this.#drawInstance(sender, at)),
    ]);
  }

  #drawInstance(sender: number, at: number): Attempts {
    const study = `1.2.3.${this.#number}.${sender}.${at % 3}`;
    const object = drawObject(this.#random, study, `${study}.${at}`);
    const attempts = { object, acknowledged: 0, unanswered: 0 };
    this.#spool.attempts.set(object.sopInstanceUid, attempts);
    return attempts;
  }
}
