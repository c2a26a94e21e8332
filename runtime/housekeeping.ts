import type { Cancel, Clock } from '../device/clock.ts';
import type { Files } from '../device/files.ts';
import { type Configuration, isProved, ruleOf } from './config.ts';
import { wants } from './outbox/destination-rule.ts';
import { eraseQuarantine, eraseStudy } from './spool/erasure.ts';
import {
  chooseStudies,
  judgeSettlement,
  wantedBytes,
  type KeptStudy,
  type Settlement,
} from './spool/retention.ts';
import type { FinishedStudy } from './spool/study-ledger.ts';
import type { Storage } from './storage.ts';

export interface HousekeepingOptions {
  configuration: Pick<Configuration, 'spool' | 'destinations'>;
  clock: Clock;
  files: Files;
  storage: Storage;
  /** Whether an association that has sent to this study is still open. */
  isOpen(studyUid: string): boolean;
  /** Called before a study is erased, and when it is gone. */
  erasing(studyUid: string): Promise<void>;
  erased(studyUid: string, because: string): Promise<void>;
  log(level: 'info' | 'warn', event: string, fields: Record<string, unknown>): void;
}

const everyMs = 60_000;
const dayMs = 24 * 3600_000;

/** Erases what is old, and what has been delivered when the disk fills. Never what is still to be delivered. */
export class Housekeeping {
  readonly #options: HousekeepingOptions;
  #cancel: Cancel = () => undefined;
  #running: Promise<unknown> = Promise.resolve();
  #tidying = false;
  #closed = false;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
  }

  /** Looks now and every minute. */
  start(): void {
    this.#running = Promise.all([this.#running, this.tidy()]);
    this.#cancel = this.#options.clock.after(everyMs, () => this.start());
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel();
    await this.#running;
  }

  /** Looks once. Resolves when what was chosen is erased; what fails is tried again the next time. */
  async tidy(): Promise<void> {
    const { log } = this.#options;
    if (this.#tidying) return;
    this.#tidying = true;
    try {
      for (const { studyUid, because } of this.#choose())
        if (!this.#closed && this.#isErasable(studyUid)) {
          await this.#options.erasing(studyUid);
          await eraseStudy(studyUid, { ...this.#options.storage, files: this.#options.files });
          await this.#options.erased(studyUid, because);
          log('info', 'study erased', { because });
        }
      await this.#tidyQuarantine();
    } catch (error) {
      log('warn', 'erasing postponed', { error: String(error) });
    } finally {
      this.#tidying = false;
    }
  }

  /** Nobody waits for what was kept aside: the sender was told, and the panel has shown it. */
  async #tidyQuarantine(): Promise<void> {
    const { clock, files, storage, configuration, log } = this.#options;
    const before = clock.now() - configuration.spool.keepDays * dayMs;
    const segments = await eraseQuarantine(before, { ...storage, files });
    if (segments > 0) log('info', 'quarantine erased', { segments });
  }

  #choose() {
    const { clock, files, storage, configuration } = this.#options;
    const { keepDays, cleanBelowPercentFree } = configuration.spool;
    return chooseStudies(
      storage.studies.finished().map((study) => this.#describe(study)),
      {
        now: clock.now(),
        keepMs: keepDays * dayMs,
        bytesWanted: wantedBytes(files.space(storage.spool), cleanBelowPercentFree),
      },
    );
  }

  /** Erasing takes its time: what has arrived since the choice counts. */
  #isErasable(studyUid: string): boolean {
    const { storage, isOpen } = this.#options;
    return storage.studies.study(studyUid)?.state === 'finished' && !isOpen(studyUid);
  }

  #describe({ studyUid, lastReceivedAt, bytes }: FinishedStudy): KeptStudy {
    const { isOpen } = this.#options;
    const settlement = settlementOf(studyUid, isOpen(studyUid), this.#options);
    return { studyUid, lastReceivedAt, bytes, settlement };
  }
}

type Deliveries = Pick<HousekeepingOptions, 'configuration' | 'storage'>;

/** How far the results of a finished study have got. */
function settlementOf(
  studyUid: string,
  open: boolean,
  { configuration: { destinations }, storage }: Deliveries,
): Settlement {
  return judgeSettlement({
    reported: true,
    open,
    anywhere: destinations.length > 0,
    objects: storage.objects.ofStudy(studyUid).map((object) => ({
      wantedBy: destinations
        .filter((to) => wants(ruleOf(to), object))
        .map((to) => ({ name: to.name, commitment: isProved(to) })),
      states: new Map(
        storage.deliveries
          .ofObject(object.sopInstanceUid)
          .map(({ destination, state }) => [destination, state]),
      ),
    })),
  });
}

/** How many studies of an appliance that does not run have no result yet, or results that somebody does not have for good. */
export function countUndelivered(parts: Deliveries): number {
  const { studies } = parts.storage;
  const pending = studies
    .finished()
    .filter(({ studyUid }) => settlementOf(studyUid, false, parts) === 'pending');
  return studies.unfinished().length + pending.length;
}
