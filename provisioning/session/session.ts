import { randomUUID } from 'node:crypto';
import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import { type Chain, fail, skip, type Verdict, worst } from '../checks/verdict.ts';
import type { CheckRecord, Journal, JournalStore, StepRecord } from './journal.ts';

/** One step of a commissioning. Whatever it does, it may do again. */
export interface Step {
  name: string;
  title: string;
  /** Steps without which it makes no sense: it is skipped while one of them has failed. */
  needs: readonly string[];
  /** It waits for a person: not run at all where it is waived. */
  waits?: true;
  chains(): readonly Chain[];
  /** What must stand around the checks, such as an open port. */
  around?(work: () => Promise<void>): Promise<void>;
}

/** What a session says while it goes on. */
export type SessionEvent =
  | { event: 'step-begun'; step: string; title: string }
  | { event: 'check'; step: string; check: CheckRecord }
  | { event: 'step-ended'; step: string; title: string; state: StepRecord['state'] };

export interface SessionOptions {
  steps: readonly Step[];
  journal: JournalStore;
  /** SHA-256 of the answers: where they have changed, every step is done again. */
  answers: string;
  /** The step to begin with: it and those behind it are done again. */
  from?: string | undefined;
  /** By step: why somebody answers for it. */
  waivers: Readonly<Record<string, string>>;
  clock: Clock;
  tell(event: SessionEvent): void;
}

/**
 * Does what is left to do of a commissioning, and resolves to its journal. Before a step acts, the journal on the disk
 * says so; killed at any moment and called again, it goes on with that step. Throws STEP_UNKNOWN,
 * PROVISION_JOURNAL_UNREADABLE.
 */
export async function runSession(options: SessionOptions): Promise<Journal> {
  const { steps, journal: store, from, waivers, clock } = options;
  checkNames(steps, [...(from === undefined ? [] : [from]), ...Object.keys(waivers)]);
  let journal = takeUp(options);
  for (const step of steps) {
    const kept = journal.steps.find(({ name }) => name === step.name);
    if (kept && isSettled(kept, waivers)) continue;
    store.write({ ...journal, begun: step.name });
    options.tell({ event: 'step-begun', step: step.name, title: step.title });
    const startedAt = clock.now();
    const checks = await runStep(step, journal, options);
    const record = conclude(step, checks, waivers[step.name], startedAt, clock.now());
    journal = { ...journal, steps: [...without(journal.steps, step.name), record] };
    store.write(journal);
    options.tell({ event: 'step-ended', step: step.name, title: step.title, state: record.state });
  }
  return journal;
}

function checkNames(steps: readonly Step[], asked: readonly string[]): void {
  const names = steps.map(({ name }) => name);
  const unknown = asked.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new ScansideError('STEP_UNKNOWN', `${unknown}; there are ${names.join(', ')}`);
}

/** What is on the disk, without what must be done again. */
function takeUp({ steps, journal: store, answers, from, clock }: SessionOptions): Journal {
  const found = store.read();
  const begin = { schema: 1, visit: randomUUID(), startedAt: clock.now() } as const;
  if (found?.answers !== answers) return { ...begin, ...idOf(found), answers, steps: [] };
  const names = steps.map(({ name }) => name);
  const first = from === undefined ? names.length : names.indexOf(from);
  const kept = found.steps.filter(({ name }) => names.slice(0, first).includes(name));
  return { ...begin, ...idOf(found), answers, steps: kept };
}

function idOf(journal: Journal | undefined) {
  return journal && { visit: journal.visit, startedAt: journal.startedAt };
}

function without(steps: readonly StepRecord[], name: string): StepRecord[] {
  return steps.filter((step) => step.name !== name);
}

/** Nothing is to be done about it any more; a waiver that has come since is to be written down. */
function isSettled({ name, state, because }: StepRecord, waivers: SessionOptions['waivers']) {
  if (state === 'waived') return waivers[name] === undefined || waivers[name] === because;
  return state === 'pass' || state === 'warn';
}

async function runStep(
  step: Step,
  journal: Journal,
  options: SessionOptions,
): Promise<CheckRecord[]> {
  const missing = step.needs.filter((name) => isMissing(journal, name));
  const note = (name: string, title: string, verdict: Verdict): CheckRecord => {
    const check = { name, title, ...verdict };
    options.tell({ event: 'check', step: step.name, check });
    return check;
  };
  const whole = (verdict: Verdict) => [note('step', step.title, verdict)];
  if (missing.length > 0) return whole(skip(`it needs ${missing.join(', ')}`));
  if (step.waits && options.waivers[step.name]) return whole(skip('waived before it was tried'));
  const checks: CheckRecord[] = [];
  const work = async () => {
    for (const chain of step.chains())
      await runChain(chain, (...said) => checks.push(note(...said)));
  };
  try {
    await (step.around ? step.around(work) : work());
  } catch (error) {
    if (!(error instanceof ScansideError)) throw error;
    checks.push(note('step', step.title, fail(error.code, error.message)));
  }
  return checks;
}

function isMissing({ steps }: Journal, name: string): boolean {
  const found = steps.find((step) => step.name === name);
  return found === undefined || found.state === 'fail' || found.state === 'skipped';
}

/** One check after the other; behind one that fails, the rest is skipped. */
export async function runChain(
  chain: Chain,
  note: (name: string, title: string, verdict: Verdict) => void,
): Promise<void> {
  let hindered: string | undefined;
  for (const { name, title, run } of chain) {
    const verdict = hindered === undefined ? await run() : skip(`it needs: ${hindered}`);
    note(name, title, verdict);
    if (verdict.state === 'fail') hindered = title;
  }
}

function conclude(
  { name, title }: Step,
  checks: CheckRecord[],
  because: string | undefined,
  startedAt: number,
  endedAt: number,
): StepRecord {
  const state = checks.length === 0 ? 'pass' : worst(checks.map((check) => check.state));
  const record = { name, title, startedAt, endedAt, checks };
  if (because === undefined || state === 'pass' || state === 'warn') return { ...record, state };
  return { ...record, state: 'waived', because };
}
