import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { markdownTable } from './document.ts';
import { describeLimit, format, verdict } from './figures.ts';
import { sendLarge } from './large-instance.ts';
import { describeLoad, readLoad } from './machine.ts';
import { startOurReceiver } from './our-receiver.ts';
import { readPeakMemory } from './process-cost.ts';
import type { ReceiveOptions } from './receive.ts';
import { writeReport } from './report.ts';
import { buildLibrary } from './servers.ts';
import { requireSpace } from './space.ts';

const smallMb = 5;
const growthLimit = { below: 32 };

/** How much more memory the receiver takes at its peak for a large instance than for a small one. */
export async function measureMemory(options: ReceiveOptions): Promise<void> {
  const load = readLoad();
  const folder = mkdtempSync(join(options.folder, 'scanside-bench-'));
  try {
    requireSpace(folder, (options.largeMb + options.slowMb + smallMb) * 1.1e6);
    const slow = buildLibrary(join(import.meta.dirname, 'slow-write.c'), folder, 'slow-write');
    const small = await peakFor(folder, smallMb);
    const large = await peakFor(folder, options.largeMb);
    const throttled = slow ? await peakFor(folder, options.slowMb, slow) : undefined;
    const table = markdownTable(
      ['instance', 'peak MB', 'growth MB', 'reach for', ''],
      [
        [`${smallMb} MB`, format(small, 1), '', '', ''],
        describe(`${options.largeMb} MB`, small, large),
        describe(`${options.slowMb} MB, disk of 1 MB/s`, small, throttled),
      ],
    );
    const notes = slow ? '' : '\n\nNot measured for want of cc: a disk of 1 MB/s.';
    const content = `${describeLoad(load, readLoad())}.\n\n${table}${notes}`;
    writeReport('receive memory', content, { folder, dry: options.dry });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function describe(what: string, small: number, peak: number | undefined): string[] {
  const growth = peak === undefined ? undefined : peak - small;
  const said = [describeLimit(growthLimit), verdict(growth, growthLimit)];
  return [what, format(peak, 1), format(growth, 1), ...said];
}

/** Peak memory of a fresh receiver that has taken one instance, megabytes. */
async function peakFor(folder: string, megabytes: number, preload?: string): Promise<number> {
  const own = join(folder, `${megabytes}${preload ? '-slow' : ''}`);
  const environment: Record<string, string> = preload ? { LD_PRELOAD: preload } : {};
  const receiver = await startOurReceiver({ folder: own, environment });
  try {
    const elapsed = await sendLarge(receiver.port, megabytes);
    const rate = megabytes / (elapsed / 1000);
    console.error(`${megabytes} MB in ${format(elapsed / 1000, 1)} s (${format(rate, 1)} MB/s)`);
    return readPeakMemory(receiver.pid);
  } finally {
    await receiver.stop();
    rmSync(own, { recursive: true, force: true });
  }
}
