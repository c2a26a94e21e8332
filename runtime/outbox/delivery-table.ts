/**
 * The life of one object at one destination. `committed` is the end; `stored` is the end only where the destination
 * has no storage commitment. Nothing ever leads to giving up.
 */
export type DeliveryState = 'queued' | 'sending' | 'stored' | 'commit-requested' | 'committed';

export type DeliveryEvent =
  'send' | 'accepted' | 'refused' | 'lost' | 'request' | 'confirmed' | 'denied' | 'unanswered';

interface DeliveryRow {
  on: Partial<Record<DeliveryEvent, DeliveryState>>;
  /** Where a restart resumes: whatever was in flight is done again, which is harmless. */
  onBoot: DeliveryState;
}

/** The machine. `denied`: the PACS says that it does not have the object. `unanswered`: no report came in time. */
export const deliveryTable: Record<DeliveryState, DeliveryRow> = {
  queued: { on: { send: 'sending', confirmed: 'committed' }, onBoot: 'queued' },
  sending: {
    on: { accepted: 'stored', refused: 'queued', lost: 'queued', confirmed: 'committed' },
    onBoot: 'queued',
  },
  stored: {
    on: { request: 'commit-requested', confirmed: 'committed', denied: 'queued' },
    onBoot: 'stored',
  },
  'commit-requested': {
    on: { confirmed: 'committed', denied: 'queued', unanswered: 'stored' },
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

/** What a C-STORE status means for the delivery (PS3.4, table B.2-1): success and warnings are stored. */
export function judgeStoreStatus(status: number): 'accepted' | 'refused' {
  return status === 0x0000 || (status & 0xf000) === 0xb000 || status === 0x0107 || status === 0x0116
    ? 'accepted'
    : 'refused';
}

const firstDelayMs = 1000;
const longestDelayMs = 5 * 60_000;

/** Milliseconds before attempt number `attempts + 1`: doubling to 5 minutes, spread by `random` in [0, 1). */
export function backoff(attempts: number, random: number): number {
  const full = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempts, 20));
  return Math.round(full * (0.5 + random / 2));
}
