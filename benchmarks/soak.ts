import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { markdownTable } from './document.ts';
import { describeLimit, format, type Limit, verdict } from './figures.ts';
import { describeLoad, readLoad } from './machine.ts';
import { writeReport } from './report.ts';
import { killEngines, type KillFigures } from './soak-kills.ts';
import { type SwapFigures, swapBundles } from './soak-swaps.ts';

export const soakUsage = `soak: the engine killed under load, and bundles swapped again and again
  --kills N    times that the engine process is killed while studies come (default 100)
  --swaps N    times that other bundles take the place of those that are served (default 200)
  --dry        print, and leave benchmarks/README.md as it is`;

export async function soak(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      kills: { type: 'string', default: '100' },
      swaps: { type: 'string', default: '200' },
      dry: { type: 'boolean', default: false },
    },
  });
  const [kills, swaps] = [readCount('kills', values.kills), readCount('swaps', values.swaps)];
  const load = readLoad();
  const folder = mkdtempSync(join(tmpdir(), 'scanside-soak-'));
  try {
    const killed = kills > 0 ? await killEngines(folder, kills) : undefined;
    const swapped = swaps > 0 ? await swapBundles(swaps) : undefined;
    const rows = [...describeKills(killed), ...describeSwaps(swapped)];
    const table = markdownTable(['figure', 'goal', 'measured', ''], rows);
    const text = `${describeLoad(load, readLoad())}.\n\n${table}`;
    writeReport('soak', text, { folder, dry: values.dry });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readCount(name: string, text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 0) return count;
  throw new Error(`--${name} must be a whole number from 0, not ${text}`);
}

function row(figure: string, value: number, limit: Limit, digits = 0): string[] {
  return [figure, describeLimit(limit), format(value, digits), verdict(value, limit)];
}

function describeKills(figures: KillFigures | undefined): string[][] {
  if (!figures) return [];
  const { kills, studies, answered, wrong, poisoned, refused } = figures;
  return [
    ['kills of the engine under load', '–', String(kills), ''],
    row(`studies with exactly one result, of ${studies}`, answered, { atLeast: studies }),
    row('studies with none, or with two', wrong, { atMost: 0 }),
    row('images that the receiver refused', refused, { atMost: 0 }),
    ['studies of which an image was given up after two kills', '–', String(poisoned), ''],
  ];
}

function describeSwaps(figures: SwapFigures | undefined): string[][] {
  if (!figures) return [];
  const { swaps, lost, engineGrowth, parentGrowth, engineMegabytes } = figures;
  return [
    ['swaps of what is served', '–', String(swaps), ''],
    row('jobs that got no answer of the model', lost, { atMost: 0 }),
    row('growth of the engine process, percent', engineGrowth, { atMost: 5 }, 1),
    row('growth of its parent, percent', parentGrowth, { atMost: 5 }, 1),
    ['engine process at the end, MB', '–', format(engineMegabytes, 0), ''],
  ];
}
