import type { Browser, CDPSession } from 'playwright-core';
import { ManualClock } from '../device/manual-clock.ts';
import { openSample, samplePages, startSamplePanel } from '../tests/panel-samples.ts';
import { busyDay } from '../tests/panel-rows.ts';

/** Exams of the list; all of them change in every round. */
const rows = 50;
const warmUpRounds = 40;
const gatherMs = 100;

/** Counts the exams that the page is told of, and waits for so many and the frame after them. */
const counter = `(() => {
  window.told = 0;
  window.untilTold = (count) => new Promise((resolve) => {
    const look = () => requestAnimationFrame(window.told >= count ? resolve : look);
    look();
  });
  const add = EventSource.prototype.addEventListener;
  EventSource.prototype.addEventListener = function (name, listener) {
    add.call(this, name, (event) => {
      listener(event);
      if (name === 'exam') window.told += 1;
    });
  };
})()`;

interface Held {
  heap: number;
  nodes: number;
}

export interface Growth {
  updates: number;
  /** Bytes of JavaScript's heap. */
  heap: number;
  /** Nodes of all documents, percent. */
  nodes: number;
}

/** What a page holds after so many changes that it did not hold before. */
export async function measureGrowth(browser: Browser, updates: number): Promise<Growth> {
  const clock = new ManualClock();
  const samples = await startSamplePanel('live', clock);
  samples.source.list = busyDay(rows);
  const [list] = samplePages;
  const watched = await openSample(browser, samples, { page: list!, state: 'empty' });
  const { page } = watched;
  await page.addInitScript(counter);
  await page.reload();
  await page.locator('.frame[data-link=live]').waitFor();
  let version = 1;
  const change = async (rounds: number) => {
    for (let round = 0; round < rounds; round++) {
      version += 1;
      for (const exam of busyDay(rows)) samples.source.put({ ...exam, version, images: version });
      clock.advance(gatherMs);
      await page.evaluate(`untilTold(${rows * (version - 1)}).then(() => undefined)`);
    }
  };
  const devtools = await watched.context.newCDPSession(page);
  await devtools.send('Performance.enable');
  await change(warmUpRounds);
  const before = await readHeld(devtools);
  await change(Math.ceil(updates / rows));
  const after = await readHeld(devtools);
  await watched.context.close();
  await samples.close();
  const nodes = 100 * (after.nodes / before.nodes - 1);
  return { updates, heap: after.heap - before.heap, nodes };
}

async function readHeld(devtools: CDPSession): Promise<Held> {
  for (let time = 0; time < 3; time++) await devtools.send('HeapProfiler.collectGarbage');
  const { metrics } = await devtools.send('Performance.getMetrics');
  const read = (name: string) => metrics.find((each) => each.name === name)?.value ?? NaN;
  return { heap: read('JSHeapUsedSize'), nodes: read('Nodes') };
}
