import type { ChildProcess } from 'node:child_process';
import type { Cancel, Clock } from '../../device/clock.ts';

const tickMs = 50;
/** A process stands still for so long at most: images may never stop coming. */
const longestStandMs = 60_000;

/** Has a process that may wait stand still while images wait for their analysis. Returns what ends that. */
export function standBack(child: ChildProcess, clock: Clock, isBusy = () => false): Cancel {
  let [stands, stoodMs] = [false, 0];
  let cancel: Cancel = () => undefined;
  const tick = () => {
    const must = isBusy() && stoodMs < longestStandMs;
    if (must !== stands) child.kill(must ? 'SIGSTOP' : 'SIGCONT');
    stands = must;
    if (stands) stoodMs += tickMs;
    cancel = clock.after(tickMs, tick);
  };
  tick();
  return () => cancel();
}
