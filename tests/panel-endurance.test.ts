import type { Browser, CDPSession } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ManualClock } from '../device/manual-clock.ts';
import type { ExamOutcome } from '../panel/source.ts';
import { describeWith } from './outside.ts';
import { startChromium } from './panel-browser.ts';
import type { SamplePanel } from './panel-samples.ts';
import { openSample, samplePages, startSamplePanel } from './panel-samples.ts';
import { exam } from './panel-source.ts';

const updates = 30_000;
const rows = 50;

/** What a page holds after what is no longer needed was thrown away. */
async function holdingsOf(devtools: CDPSession): Promise<{ heap: number; nodes: number }> {
  for (let pass = 0; pass < 3; pass += 1) await devtools.send('HeapProfiler.collectGarbage');
  const { metrics } = await devtools.send('Performance.getMetrics');
  const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? NaN;
  return { heap: of('JSHeapUsedSize'), nodes: of('Nodes') };
}

describeWith(['chromium'], 'a panel that nobody closes for weeks', () => {
  let browser: Browser;
  let clock: ManualClock;
  let samples: SamplePanel;

  beforeAll(async () => {
    browser = await startChromium();
    clock = new ManualClock();
    samples = await startSamplePanel('live', clock);
  });

  afterAll(async () => {
    await browser.close();
    await samples.close();
  });

  it(`holds no more after ${updates} updates than before`, { timeout: 240_000 }, async () => {
    const { source } = samples;
    source.list = [];
    const { page, context } = await openSample(browser, samples, { page: samplePages[0]! });
    const devtools = await context.newCDPSession(page);
    await devtools.send('Performance.enable');
    let version = 0;
    const tell = () => {
      version += 1;
      for (let row = 0; row < rows; row += 1) {
        const outcome: ExamOutcome =
          (version + row) % 2
            ? { state: 'pending' }
            : { state: 'flagged', labels: ['suspected x'], missed: 0, withdrawn: false };
        source.put(exam({ id: `row-${row}`, version, images: version, outcome }));
      }
      clock.advance(100);
    };
    const untilShown = () =>
      page.locator(`[data-id=row-${rows - 1}]`, { hasText: `${version} images` }).waitFor();
    // Caches fill once.
    for (let warm = 0; warm < 20; warm += 1) tell();
    await untilShown();
    const before = await holdingsOf(devtools);
    for (let told = 0; told < updates; told += rows) {
      tell();
      // What the page has not read yet must not grow until the server takes it for one that does not read.
      if ((told / rows) % 2 === 1) await untilShown();
    }
    await untilShown();
    const after = await holdingsOf(devtools);
    expect(after.heap - before.heap).toBeLessThan(1_000_000);
    expect(after.nodes).toBeLessThan(1.05 * before.nodes);
  });
});
