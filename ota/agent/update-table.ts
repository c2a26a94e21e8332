/** How far an update of one model is; what is named is what is being done. */
export const updateStates = [
  'assigned',
  'verified',
  'downloading',
  'checking',
  'building',
  'testing',
  'shadow',
  'ready',
  'trial',
  'returning',
  'committed',
  'rolled-back',
  'failed',
  'compared',
  'deferred',
] as const;

export type UpdateState = (typeof updateStates)[number];

/** One step of an update. */
export interface UpdateStep {
  /** What is done while the update is in this state, for people. */
  does: string;
  done: UpdateState;
  failed: UpdateState;
  /** How it ends when the time of its assignment is over; absent where another model may answer already. */
  late?: UpdateState;
  /** How it ends well where the assignment asks for no more than this. */
  compared?: UpdateState;
  /** How often it may fail; then it has failed. A wait is no failure. */
  failures: number;
  /** Where it goes on after a restart of the device in the midst of it. */
  resume: UpdateState;
  /** How often the device may be restarted in the midst of it; then it has failed. */
  restarts: number;
  /** Whether nobody else is to replace or to reboot the appliance meanwhile. */
  critical: boolean;
}

const harmless = {
  failed: 'failed',
  late: 'failed',
  failures: 3,
  restarts: Infinity,
  critical: false,
} as const;
const heavy = {
  failed: 'failed',
  late: 'failed',
  failures: 2,
  restarts: 3,
  critical: true,
} as const;

/**
 * The way of an update, from what the director assigned to a model that answers. A state without a row is an end. Until
 * `trial` another model answers, and whatever fails leaves that one as it is.
 */
export const updateTable: Partial<Record<UpdateState, UpdateStep>> = {
  assigned: {
    does: 'asks the repository what was signed, and plans what to fetch',
    done: 'verified',
    resume: 'assigned',
    ...harmless,
  },
  verified: {
    does: 'sees to it that there is room on the disk',
    done: 'downloading',
    resume: 'verified',
    ...harmless,
  },
  downloading: {
    does: 'fetches what is not there yet, and verifies every segment',
    done: 'checking',
    resume: 'downloading',
    ...harmless,
  },
  checking: {
    does: 'holds the bundle against the loader rules, in a process that may be lost',
    done: 'building',
    resume: 'checking',
    ...heavy,
  },
  building: {
    does: 'compiles it for the accelerator, where there is one',
    done: 'testing',
    resume: 'building',
    ...heavy,
  },
  testing: {
    does: 'repeats the golden cases on what was built, in a process like the one that serves',
    done: 'shadow',
    resume: 'testing',
    ...heavy,
  },
  shadow: {
    does: 'has it look at exams beside the model that answers',
    done: 'ready',
    ...harmless,
    compared: 'compared',
    // That too few exams came is nothing that the model has done.
    late: 'deferred',
    failures: 1,
    // The program that starts now may be another than the one that has tried the model.
    resume: 'checking',
  },
  ready: {
    does: 'waits for the window, and until nobody is in the way',
    done: 'trial',
    resume: 'checking',
    ...harmless,
  },
  trial: {
    does: 'has it answer, and watches it',
    done: 'committed',
    failed: 'returning',
    failures: 1,
    resume: 'trial',
    restarts: 2,
    critical: true,
  },
  returning: {
    does: 'has the model answer again that did before',
    done: 'rolled-back',
    failed: 'rolled-back',
    failures: 3,
    resume: 'returning',
    restarts: Infinity,
    critical: true,
  },
};

/** What happens to an update. */
export type UpdateEvent =
  | { event: 'done' }
  /** It has to wait, and that is nobody's fault. */
  | { event: 'deferred'; reason: string }
  /** `final`: to try again would be of no use. */
  | { event: 'failed'; code: string; detail: string; final?: boolean }
  /** The time of its assignment is over. */
  | { event: 'late' }
  /** It has passed, and was only to be looked at. */
  | { event: 'compared' }
  | { event: 'restarted' };

/** How an update stands; durable. */
export interface Standing {
  state: UpdateState;
  /** How often the step of this state has failed or was cut off. */
  attempts: number;
  /** What it waits for. */
  deferred?: string | undefined;
  /** Why it failed last. */
  code?: string | undefined;
  detail?: string | undefined;
}

export const assigned: Standing = { state: 'assigned', attempts: 0 };

/** Whether nothing more happens to it. */
export function isEnd(state: UpdateState): boolean {
  return updateTable[state] === undefined;
}

/** The standing after an event. An end stays what it is. */
export function advance(standing: Standing, event: UpdateEvent): Standing {
  const { state, attempts, code, detail } = standing;
  const row = updateTable[state];
  if (!row) return standing;
  if (event.event === 'deferred')
    return { state, attempts, deferred: event.reason, ...(code && { code, detail }) };
  if (event.event === 'restarted') return restart(standing, row);
  if (event.event === 'failed')
    return fail(standing, row.failed, event, event.final ? 0 : row.failures);
  if (event.event === 'late') return endLate(standing, row);
  if (event.event === 'compared') return { state: row.compared ?? row.done, attempts: 0 };
  // On the way back it is still told why.
  return { state: row.done, attempts: 0, ...(state === 'returning' && code && { code, detail }) };
}

/** A wait that has had its time is told as one, and not as a failure. */
function endLate(standing: Standing, { late }: UpdateStep): Standing {
  if (late === undefined) return standing;
  if (late === 'deferred') return { state: late, attempts: 0, deferred: 'deadline' };
  const why = { code: 'UPDATE_TOO_LATE', detail: 'its assignment is over' };
  return fail(standing, late, why, 0);
}

function fail(
  { state, attempts }: Standing,
  failed: UpdateState,
  { code, detail }: { code: string; detail: string },
  most: number,
): Standing {
  const isOver = attempts + 1 >= most;
  return { state: isOver ? failed : state, attempts: isOver ? 0 : attempts + 1, code, detail };
}

function restart(standing: Standing, row: UpdateStep): Standing {
  const { state, attempts, code, detail } = standing;
  const uncounted = row.restarts === Infinity || standing.deferred !== undefined;
  if (uncounted)
    return {
      state: row.resume,
      attempts: row.resume === state ? attempts : 0,
      ...(code && { code, detail }),
    };
  const why = `the device was started again in the midst of it, ${attempts + 1} times`;
  return fail(
    standing,
    row.failed,
    { code: 'UPDATE_INTERRUPTED', detail: `${state}: ${why}` },
    row.restarts,
  );
}
