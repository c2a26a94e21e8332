import type { Clock } from '../../device/clock.ts';
import { type ErrorCode, ScansideError } from '../../device/errors.ts';
import {
  type Assignment,
  directorTarget,
  judgeAssignment,
  readDirector,
  rememberAssignment,
} from '../trust/assignment.ts';
import {
  emptyJournal,
  type Journal,
  journalAfter,
  type JournalStore,
  neededReleases,
  nextModel,
  slotsOf,
  type Update,
  type UpdateReport,
} from './journal.ts';
import type { ShadowCounts } from '../messages/shadow-counts.ts';
import type { ShadowStanding } from './model-host.ts';
import type { Plan } from './plan.ts';
import { type StepPorts, steps } from './steps.ts';
import { fetchTarget } from './target-bytes.ts';
import {
  advance,
  assigned,
  type UpdateEvent,
  type UpdateState,
  updateTable,
} from './update-table.ts';

export interface AgentPorts extends StepPorts {
  /** Name of the device in assignments. */
  device: string;
  clock: Clock;
  store: JournalStore;
  /** Carries a report on; resolves when it cannot be lost any more. */
  report(report: UpdateReport): Promise<void>;
  log(level: 'info' | 'warn', event: string, fields: Record<string, unknown>): void;
}

const longestDirector = 64 * 1024;

/** What is nobody's fault and passes by itself, in a word. */
const waits: Partial<Record<ErrorCode, string>> = {
  UPDATE_UNREACHABLE: 'unreachable',
  UPDATE_TOO_SLOW: 'unreachable',
  UPDATE_EXPIRED: 'metadata',
  UPDATE_TIME_UNTRUSTED: 'clock',
};

/**
 * Carries out what the director assigns to this device. Everything is written to the journal before anything is done
 * about it, and everything may be done again: it may be killed at any moment, and goes on where it was. Whatever fails,
 * the model that answers goes on answering.
 */
export class UpdateAgent {
  readonly #ports: AgentPorts;
  #journal: Journal;
  #offered: Buffer | undefined;
  #letGo: (() => void) | undefined;
  /** How the comparison stood when it was last looked at. */
  #compared: ShadowCounts | undefined;
  #working: Promise<void> = Promise.resolve();
  #stopped = false;

  /** After `takeUp`, which has put the journal of the last run in order. */
  constructor(ports: AgentPorts) {
    this.#ports = ports;
    this.#journal = ports.store.read() ?? emptyJournal;
    this.#guard();
  }

  get journal(): Journal {
    return this.#journal;
  }

  /** An assignment has come, signed: the bytes of a DSSE envelope. The same may come again. */
  offer(envelope: Buffer): void {
    this.#offered = envelope;
  }

  /** What is being done is not waited for; how it ends is not written, and it is done again after the next start. */
  stop(): void {
    this.#stopped = true;
  }

  /** Does what can be done now; to be called again and again. Rejects where the disk takes no journal. */
  work(): Promise<void> {
    this.#working = this.#working.catch(() => undefined).then(() => this.#work());
    return this.#working;
  }

  async #work(): Promise<void> {
    this.#settle();
    await this.#takeOffer();
    while (await this.#attempt());
    await this.#sendReports();
  }

  /** While a model is on trial nothing new is begun. */
  async #takeOffer(): Promise<void> {
    const envelope = this.#offered;
    if (!envelope || isAnswering(this.#journal.update?.standing.state)) return;
    try {
      const assignment = await this.#judge(envelope);
      this.#offered = undefined;
      if (assignment.seq !== this.#journal.memory.seq) this.#begin(envelope, assignment);
    } catch (error) {
      if (!(error instanceof ScansideError)) throw error;
      // What is refused is refused; what could not be judged is looked at again.
      if (waits[error.code] === undefined) this.#offered = undefined;
      this.#ports.log('warn', 'assignment not taken', { detail: error.message });
    }
  }

  async #judge(envelope: Buffer): Promise<Assignment> {
    const { device, clock, source, refresh } = this.#ports;
    const { find } = await refresh();
    const target = await find(directorTarget);
    if (!target) throw new ScansideError('DIRECTOR_UNKNOWN', 'it is not signed for');
    const director = readDirector(await fetchTarget(source, target, longestDirector));
    const { memory } = this.#journal;
    return judgeAssignment(envelope, { device, director, now: clock.now(), memory, find });
  }

  #begin(envelope: Buffer, assignment: Assignment): void {
    const { seq, mode, expires, deadline = expires, assignments } = assignment;
    const items = mode === 'pause' ? [] : assignments;
    const until = Math.min(expires, deadline);
    const memory = rememberAssignment(this.#journal.memory, envelope, assignment);
    const update = nextModel({ seq, mode, until, items, at: -1, standing: assigned }, memory);
    this.#write({ ...this.#journal, memory, update });
    this.#ports.log('info', 'assignment taken', { seq, mode, models: items.length });
  }

  /** Tries the step that is the turn of; whether there is another to try at once. */
  async #attempt(): Promise<boolean> {
    const { update } = this.#journal;
    if (!update || this.#stopped) return false;
    const happened = await this.#perform(update);
    return happened !== undefined && !this.#stopped && this.#move(update, happened);
  }

  async #perform(update: Update): Promise<Happened | undefined> {
    const { state } = update.standing;
    if (this.#ports.clock.now() > update.until && updateTable[state]?.late)
      return { event: 'late' };
    try {
      const item = update.items[update.at]!;
      const outcome = await steps[state]!(this.#ports, { ...update, item });
      if (outcome === 'going-on') return undefined;
      if ('compared' in outcome) return this.#compare(update, outcome.compared);
      if ('deferred' in outcome) return { event: 'deferred', reason: outcome.deferred };
      return { event: 'done', plan: outcome.done };
    } catch (error) {
      return eventOf(error);
    }
  }

  #compare({ mode, plan }: Update, { counts, because }: ShadowStanding): Happened | undefined {
    this.#compared = counts;
    if (counts.verdict === 'continue') return undefined;
    if (counts.verdict === 'fail')
      return { event: 'failed', code: 'UPDATE_SHADOW_FAILED', detail: because, final: true };
    return mode === 'shadow' ? { event: 'compared' } : { event: 'done', plan };
  }

  /** Writes what has happened; whether there is another step now. */
  #move(update: Update, happened: Happened): boolean {
    const { plan = update.plan } = happened.event === 'done' ? happened : {};
    const standing = advance(update.standing, happened);
    if (JSON.stringify(standing) === JSON.stringify(update.standing)) return false;
    const planned = { ...this.#journal, update: { ...update, plan } };
    const compared = update.standing.state === 'shadow' ? this.#compared : undefined;
    const journal = journalAfter(planned, standing, this.#ports.clock.now(), compared);
    const { code, detail, deferred } = standing;
    const fields = { group: update.items[update.at]!.group, code, detail, waitsFor: deferred };
    this.#ports.log(code ? 'warn' : 'info', `update ${standing.state}`, fields);
    this.#write(journal);
    return standing.state !== update.standing.state;
  }

  /** The journal first: what lies in the slots follows from it, also after a restart between the two. */
  #write(journal: Journal): void {
    this.#ports.store.write(journal);
    this.#journal = journal;
    this.#settle();
    this.#guard();
  }

  #settle(): void {
    const { slots } = this.#ports;
    slots.write(slotsOf(this.#journal));
    slots.sweep(neededReleases(this.#journal));
  }

  #guard(): void {
    const state = this.#journal.update?.standing.state;
    const isCritical = state !== undefined && (updateTable[state]?.critical ?? false);
    if (isCritical) this.#letGo ??= this.#ports.host.hold('a model is being exchanged');
    else this.#letGo?.();
    if (!isCritical) this.#letGo = undefined;
    if (state === 'shadow') return;
    this.#compared = undefined;
    this.#ports.host.endShadow();
  }

  async #sendReports(): Promise<void> {
    for (const report of this.#journal.reports) {
      try {
        await this.#ports.report(report);
      } catch (error) {
        this.#ports.log('warn', 'update report waits', { detail: String(error) });
        return;
      }
      const reports = this.#journal.reports.filter(({ number }) => number !== report.number);
      this.#write({ ...this.#journal, reports });
    }
  }
}

type Happened =
  | Exclude<UpdateEvent, { event: 'done' }>
  | (Extract<UpdateEvent, { event: 'done' }> & { plan: Plan | undefined });

/** From here on another model may answer than the one that did before. */
function isAnswering(state: UpdateState | undefined): boolean {
  return state === 'trial' || state === 'returning';
}

/** What passes by itself is waited for; everything else is held against the update. */
function eventOf(error: unknown): Happened {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof ScansideError) {
    const reason = waits[error.code];
    if (reason !== undefined) return { event: 'deferred', reason };
    return { event: 'failed', code: error.code, detail: message };
  }
  if (code === 'ENOSPC') return { event: 'deferred', reason: 'space' };
  if (code === undefined) throw error;
  return { event: 'failed', code: 'UPDATE_DISK_FAILED', detail: message };
}

/**
 * Puts the journal of the last run in order, before any model is loaded: a restart in the midst of a trial counts, and
 * what the slots say follows from what the journal says.
 */
export function takeUp({
  clock,
  store,
  slots,
}: Pick<AgentPorts, 'clock' | 'store' | 'slots'>): void {
  const journal = store.read() ?? emptyJournal;
  const standing = journal.update?.standing;
  const restarted = standing && advance(standing, { event: 'restarted' });
  const isSame = JSON.stringify(restarted) === JSON.stringify(standing);
  const taken = restarted && !isSame ? journalAfter(journal, restarted, clock.now()) : journal;
  if (!isSame) store.write(taken);
  slots.write(slotsOf(taken));
}
