import { ScansideError } from '../../device/errors.ts';
import type { Clock } from '../../device/clock.ts';
import { type DeviceListener } from './device-listener.ts';
import { judgeTurnedAway } from './pacs-check.ts';
import { elapsed } from './reach-check.ts';
import { type Check, fail, pass, type Facts, type Verdict } from './verdict.ts';

/** How far a computer-made exam has come through the whole device, and how long it took. */
export interface RehearsalFinding {
  /** What the device says of it: flagged, no-flag or not-analysed. */
  outcome: string;
  milliseconds: Facts;
}

/** Sends an exam through the whole device. Rejects with REHEARSAL_FAILED, which says how far it came. */
export type Rehearse = () => Promise<RehearsalFinding>;

export function rehearsalCheck(name: string, title: string, rehearse: Rehearse): Check {
  return {
    name,
    title,
    async run(): Promise<Verdict> {
      try {
        const { outcome, milliseconds } = await rehearse();
        return pass({ outcome, ...milliseconds });
      } catch (error) {
        if (!(error instanceof ScansideError)) throw error;
        return fail('REHEARSAL_FAILED', error.message);
      }
    },
  };
}

/** Waits until the scanner itself has called: with C-ECHO, or to store. */
export function scannerCheck(
  { scanner = '', waitSeconds }: { scanner?: string | undefined; waitSeconds: number },
  listener: DeviceListener,
  clock: Clock,
): Check {
  return {
    name: 'scanner',
    title: `${scanner} calls this device`,
    async run(): Promise<Verdict> {
      const begun = clock.monotonic();
      const heard = () => listener.heard.find(({ callingAeTitle }) => callingAeTitle === scanner);
      await listener.until(() => heard() !== undefined, waitSeconds * 1000, clock);
      const found = heard();
      if (found) return pass({ address: found.peerAddress, milliseconds: elapsed(clock, begun) });
      const last = listener.turnedAway.at(-1);
      if (last) return judgeTurnedAway(last);
      return fail('SCANNER_SILENT', `${scanner}, within ${waitSeconds} s`);
    },
  };
}
