import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { findProgram } from '../tests/outside.ts';
import { startChromium } from '../tests/panel-browser.ts';
import { visit } from '../tests/panel-visitor.ts';
import { weighPanel } from '../tests/panel-weight.ts';
import { radiographTemplates } from './exam-pool.ts';
import { type Line, withLine } from './line-appliance.ts';
import { describeLoad, readLoad } from './machine.ts';
import { measureIdle, measureRates } from './panel-cost.ts';
import { timeFlags } from './panel-flags.ts';
import { measureGrowth } from './panel-growth.ts';
import { askAlone, askUnderFlood, askUnderImages } from './panel-load.ts';
import { countWithoutScripts, timePaints } from './panel-paint.ts';
import { type PanelFigures, reportPanel } from './panel-report.ts';
import { listExams } from './panel-visit.ts';
import { writeReport } from './report.ts';
import { requireSpace } from './space.ts';

export const panelUsage = `panel: the flag on the screen of a real Chromium, weight and speed of the pages, what the panel costs
  --quick                   a fifth of everything, to see that it runs; its figures are not to be quoted
  --dry                     print, and leave benchmarks/README.md as it is`;

/** How much of everything. */
interface Amount {
  flags: number;
  paints: number;
  updates: number;
  images: number;
  rounds: number;
  studies: number;
  seconds: number;
}

const whole: Amount = {
  flags: 100,
  paints: 20,
  updates: 30_000,
  images: 2000,
  rounds: 4,
  studies: 12,
  seconds: 20,
};

const quick: Amount = {
  flags: 20,
  paints: 4,
  updates: 6000,
  images: 400,
  rounds: 1,
  studies: 6,
  seconds: 4,
};

const bytesOfImage = 525_000;
/** So short that the flag comes with the result. */
const quietSeconds = 0.1;

export async function panel(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      dry: { type: 'boolean', default: false },
    },
  });
  const missing = ['Orthanc', 'chromium', 'storescu'].filter((name) => !findProgram(name));
  if (missing.length) throw new Error(`panel needs ${missing.join(', ')}, which is not installed`);
  const amount = values.quick ? quick : whole;
  requireSpace(tmpdir(), 4 * amount.images * bytesOfImage);
  const load = readLoad();
  const folder = mkdtempSync(join(tmpdir(), 'scanside-bench-'));
  const browser = await startChromium();
  try {
    const figures = await measure(folder, browser, amount);
    const note = `${describeLoad(load, readLoad())}. Plain HTTP on this machine; X-ray studies of one image of 2048 x 2048 pixels, each with other pixels; the panel gathers changes for 100 ms.`;
    writeReport('panel', `${note}\n\n${reportPanel(figures)}`, { folder, dry: values.dry });
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string, browser: Browser, amount: Amount): Promise<PanelFigures> {
  const weight = weighPanel();
  const growth = await measureGrowth(browser, amount.updates);
  const atLine = await withLine(folder, { study: { quietSeconds } }, (line) =>
    measureLine(line, browser, join(folder, 'batch'), amount),
  );
  return { weight, growth, ...atLine };
}

/** What takes the real appliance. Screens and browser are closed before what they would disturb. */
async function measureLine(
  line: Line,
  browser: Browser,
  folder: string,
  { flags, paints, images, rounds, studies, seconds }: Amount,
) {
  mkdirSync(folder);
  const reader = await visit({ url: line.panel }, 'radiologist');
  const templates = await radiographTemplates();
  const timed = await timeFlags(line, browser, reader, templates, flags);
  line.stream.close();
  const painted = await timePaints(browser, line.panel, reader, paints);
  const withoutScripts = await countWithoutScripts(browser, line.panel, reader);
  const listed = (await listExams(reader)).length;
  await browser.close();
  return {
    flags: timed,
    paints: painted,
    listed,
    withoutScripts,
    idle: await measureIdle(line, reader, seconds),
    rates: await measureRates(line, reader, templates, { rounds, studies }),
    alone: await askAlone(reader, seconds / 2),
    underImages: await askUnderImages(line, reader, folder, images),
    underFlood: await askUnderFlood(line.panel, reader, seconds),
  };
}
