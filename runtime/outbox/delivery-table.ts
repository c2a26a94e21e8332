/**
 * The life of one object at one destination. `committed` is the end; `stored` is the end only where the destination
 * has no storage commitment. Nothing ever leads to giving up.
 */
export type DeliveryState = 'queued' | 'sending' | 'stored' | 'commit-requested' | 'committed';

export type DeliveryEvent =
  | 'send'
  | 'accepted'
  | 'refused'
  | 'lost'
  | 'request'
  | 'confirmed'
  | 'denied'
  | 'unanswered'
  | 'doubted';

interface DeliveryRow {
  on: Partial<Record<DeliveryEvent, DeliveryState>>;
  /** Where a restart resumes: whatever was in flight is done again, which is harmless. */
  onBoot: DeliveryState;
}

/**
 * The machine. `send` again: in the next form. `denied`: the PACS says that it does not have the object. `unanswered`:
 * no report came in time, or the request was refused. `doubted`: none has come so often that it may not have the object.
 */
export const deliveryTable: Record<DeliveryState, DeliveryRow> = {
  queued: { on: { send: 'sending', confirmed: 'committed' }, onBoot: 'queued' },
  sending: {
    on: {
      send: 'sending',
      accepted: 'stored',
      refused: 'queued',
      lost: 'queued',
      confirmed: 'committed',
    },
    onBoot: 'queued',
  },
  stored: {
    on: { request: 'commit-requested', confirmed: 'committed', denied: 'queued' },
    onBoot: 'stored',
  },
  'commit-requested': {
    on: { confirmed: 'committed', denied: 'queued', unanswered: 'stored', doubted: 'queued' },
    onBoot: 'stored',
  },
  committed: { on: {}, onBoot: 'committed' },
};

/** The next state, or undefined where the event means nothing in this state (a late or repeated report). */
export function nextDelivery(
  state: DeliveryState,
  event: DeliveryEvent,
): DeliveryState | undefined {
  return deliveryTable[state].on[event];
}

/** Attribute List Error and Attribute Value Out of Range warn (PS3.7 C.4); a duplicate is what we have sent before, byte for byte. */
const taken: ReadonlySet<number> = new Set([0x0000, 0x0107, 0x0111, 0x0116]);
/** The object as it is: a value, the instance, the SOP class, their conflict, a missing attribute or value (PS3.7 C.5). */
const unfit: ReadonlySet<number> = new Set([
  0x0106, 0x0117, 0x0118, 0x0119, 0x0120, 0x0121, 0x0122,
]);

/**
 * What a C-STORE status means for the delivery (PS3.4, table B.2-1): success and warnings are stored. `form-refused`:
 * the object as it is (SOP class not supported, data set does not match it, cannot be understood), which another form
 * may not be. Everything else may pass: lack of resources, an operator who has to permit it, an error inside.
 */
export function judgeStoreStatus(status: number): 'accepted' | 'refused' | 'form-refused' {
  if (taken.has(status) || (status & 0xf000) === 0xb000) return 'accepted';
  const isForm = unfit.has(status) || (status & 0xff00) === 0xa900 || (status & 0xf000) === 0xc000;
  return isForm ? 'form-refused' : 'refused';
}

const firstDelayMs = 1000;
const longestDelayMs = 5 * 60_000;

/** Milliseconds before attempt number `attempts + 1`: doubling to 5 minutes, spread by `random` in [0, 1). */
export function backoff(attempts: number, random: number): number {
  const full = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempts, 20));
  return Math.round(full * (0.5 + random / 2));
}
