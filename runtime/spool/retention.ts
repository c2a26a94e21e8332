/** How far a study’s results have got: only `pending` forbids erasing it. */
export type Settlement =
  /** Every destination has every result, for good. */
  | 'delivered'
  /** It has results, and none that may be sent, as where two patients are mixed. */
  | 'withheld'
  | 'pending';

export interface SettlementFacts {
  /** Every model has its result. */
  reported: boolean;
  /** An association that has sent to it is open. */
  open: boolean;
  /** There is a destination. */
  anywhere: boolean;
  /** Each object that may be sent: who is to have it, and the states of its deliveries by destination. */
  objects: readonly {
    wantedBy: readonly { name: string; commitment: boolean }[];
    states: ReadonlyMap<string, string>;
  }[];
}

/** With no destination nothing is ever delivered: what is here may be all there is. */
export function judgeSettlement({
  reported,
  open,
  anywhere,
  objects,
}: SettlementFacts): Settlement {
  if (!reported || open || !anywhere) return 'pending';
  if (objects.every(({ wantedBy }) => wantedBy.length === 0)) return 'withheld';
  const whole = objects.every(({ wantedBy, states }) =>
    wantedBy.every(({ name, commitment }) => isFinal(states.get(name), commitment)),
  );
  return whole ? 'delivered' : 'pending';
}

/** "Stored" is the end only where the destination has no storage commitment. */
function isFinal(state: string | undefined, commitment: boolean): boolean {
  return state === 'committed' || (!commitment && state === 'stored');
}

/** A study that may be erased or not. */
export interface KeptStudy {
  studyUid: string;
  /** Milliseconds since 1970. */
  lastReceivedAt: number;
  bytes: number;
  settlement: Settlement;
}

export type Reason = 'age' | 'disk';

/**
 * Which studies to erase now, oldest first: those older than `keepMs`, and as many delivered ones as give `bytesWanted`
 * bytes back. A withheld study goes by age alone: nobody has seen its result but on this device.
 */
export function chooseStudies(
  studies: readonly KeptStudy[],
  { now, keepMs, bytesWanted }: { now: number; keepMs: number; bytesWanted: number },
): { studyUid: string; because: Reason }[] {
  const chosen: { studyUid: string; because: Reason }[] = [];
  let freed = 0;
  for (const { studyUid, lastReceivedAt, bytes, settlement } of studies.toSorted(byAge)) {
    const old = now - lastReceivedAt > keepMs && settlement !== 'pending';
    if (!old && (freed >= bytesWanted || settlement !== 'delivered')) continue;
    chosen.push({ studyUid, because: old ? 'age' : 'disk' });
    freed += bytes;
  }
  return chosen;
}

function byAge(one: KeptStudy, other: KeptStudy): number {
  return one.lastReceivedAt - other.lastReceivedAt;
}

/** Bytes to give back so that `percent` of the disk are free. */
export function wantedBytes(space: { free: number; total: number }, percent: number): number {
  return Math.max(0, Math.ceil((space.total * percent) / 100 - space.free));
}
