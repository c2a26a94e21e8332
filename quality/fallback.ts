/**
 * How far a model is trusted on this device. `normal`: as its bundle says. `watch`: as well, and somebody looks.
 * `restricted`: its flags are marked for a second look, or it abstains more often. `paused`: its exams are not analysed.
 * `previous`: the bundle before it does its work. Kept on disk: a restart changes nothing.
 */
export type FallbackState = 'normal' | 'watch' | 'restricted' | 'paused' | 'previous';

export type FallbackEvent =
  /** Sensitivity or drift asks for a closer look. */
  | 'watch-raised'
  /** Nothing has asked for one in a whole window. */
  | 'watch-cleared'
  /** Sensitivity, or drift, raises an alarm. */
  | 'alarm-raised'
  /** Both do. */
  | 'alarm-confirmed'
  /** The bundle before has passed its self-test on this device, and no alarm stands against it. */
  | 'previous-proved'
  /** Somebody has looked into it, and says why the model may go on under watch. */
  | 'released'
  /** Somebody does not want to wait for a rule. */
  | 'stopped'
  /** Another bundle has passed its gates and taken the model's place; its charts begin anew. */
  | 'replaced';

/** What moves it: a rule by itself, a person, or the installation of an update. */
export type Mover = 'rule' | 'radiologist' | 'field-engineer' | 'administrator' | 'update';

export const fallbackStates: readonly FallbackState[] = [
  'normal',
  'watch',
  'restricted',
  'paused',
  'previous',
];

/**
 * Who may bring an event. A rule may only take trust away, but for a watch that has found nothing: giving trust back is
 * for a person to answer for. A technologist pauses all AI on the panel; that is not a verdict on a model.
 */
export const fallbackMovers: Record<FallbackEvent, readonly Mover[]> = {
  'watch-raised': ['rule'],
  'watch-cleared': ['rule'],
  'alarm-raised': ['rule'],
  'alarm-confirmed': ['rule'],
  'previous-proved': ['rule', 'administrator'],
  released: ['radiologist', 'administrator'],
  stopped: ['radiologist', 'field-engineer', 'administrator'],
  replaced: ['update'],
};

/** The machine. An event that is not in a row means nothing there and is refused. */
export const fallbackTable: Record<FallbackState, Partial<Record<FallbackEvent, FallbackState>>> = {
  normal: {
    'watch-raised': 'watch',
    'alarm-raised': 'restricted',
    'alarm-confirmed': 'paused',
    stopped: 'paused',
    replaced: 'normal',
  },
  watch: {
    'watch-cleared': 'normal',
    'alarm-raised': 'restricted',
    'alarm-confirmed': 'paused',
    stopped: 'paused',
    replaced: 'normal',
  },
  restricted: {
    'alarm-confirmed': 'paused',
    released: 'watch',
    stopped: 'paused',
    replaced: 'normal',
  },
  paused: {
    'previous-proved': 'previous',
    released: 'watch',
    replaced: 'normal',
  },
  previous: {
    'alarm-raised': 'paused',
    'alarm-confirmed': 'paused',
    released: 'watch',
    stopped: 'paused',
    replaced: 'normal',
  },
};

/** The next state; or undefined where the event means nothing in this state, or `mover` may not bring it. */
export function nextFallback(
  state: FallbackState,
  event: FallbackEvent,
  mover: Mover,
): FallbackState | undefined {
  return fallbackMovers[event].includes(mover) ? fallbackTable[state][event] : undefined;
}

/** What a state means for exams that come now. */
export interface FallbackEffect {
  bundle: 'current' | 'previous' | 'none';
  /** What the bundle's flags carry. */
  mark?: 'second-look' | undefined;
  /** Why exams are not analysed where no bundle does. */
  reason?: 'drift-fallback' | undefined;
}

export const fallbackEffects: Record<FallbackState, FallbackEffect> = {
  normal: { bundle: 'current' },
  watch: { bundle: 'current' },
  restricted: { bundle: 'current', mark: 'second-look' },
  paused: { bundle: 'none', reason: 'drift-fallback' },
  previous: { bundle: 'previous' },
};

/** What sensitivity and drift say, each by itself. */
export interface Verdicts {
  sensitivity: 'quiet' | 'watch' | 'alarm';
  drift: 'unknown' | 'quiet' | 'watch' | 'alarm';
}

/** The event that a rule brings because of the two verdicts. Knowing nothing clears no watch. */
export function eventOf({ sensitivity, drift }: Verdicts): FallbackEvent | undefined {
  const both = [sensitivity, drift];
  if (both.every((level) => level === 'alarm')) return 'alarm-confirmed';
  if (both.includes('alarm')) return 'alarm-raised';
  if (both.includes('watch')) return 'watch-raised';
  return drift === 'unknown' ? undefined : 'watch-cleared';
}
