import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { ManualClock } from '../device/manual-clock.ts';
import { seededRandom } from '../models/phantom/random.ts';
import { ChaosProxy } from './chaos-proxy.ts';
import { describeWith } from './outside.ts';
import { startChromium, untilLive, watchedPage } from './panel-browser.ts';
import type { SamplePanel } from './panel-samples.ts';
import { startSamplePanel } from './panel-samples.ts';
import { exam } from './panel-source.ts';

const seed = 20261125;
const drops = 100;

/** Keeps what the page is told, as it is told it, and what each row shows, as it shows it. */
const witness = `(() => {
  window.told = [];
  window.shown = {};
  const add = EventSource.prototype.addEventListener;
  EventSource.prototype.addEventListener = function (name, listener) {
    add.call(this, name, (event) => {
      if (name !== 'error') window.told.push([name, event.lastEventId]);
      listener(event);
    });
  };
  const look = () => document.querySelectorAll('.exam').forEach((row) => {
    const seen = (window.shown[row.dataset.id] ??= []);
    const version = Number(/(\\d+) images?/.exec(row.textContent)?.[1]);
    if (seen.at(-1) !== version) seen.push(version);
  });
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
})()`;

describeWith(['chromium'], 'the panel on a bad network', () => {
  let browser: Browser;
  let clock: ManualClock;
  let samples: SamplePanel;
  let proxy: ChaosProxy;
  let page: Page;

  beforeAll(async () => {
    browser = await startChromium();
  });

  afterAll(() => browser.close());

  beforeEach(async () => {
    clock = new ManualClock();
    samples = await startSamplePanel('live', clock);
    samples.source.list = [];
    proxy = await ChaosProxy.start(samples.panel.port);
    const watched = await watchedPage(browser, proxy.url);
    ({ page } = watched);
    const cookie = await samples.cookieOf('technologist');
    await watched.context.addCookies([{ ...cookie, url: proxy.url }]);
    await page.clock.install();
    await page.addInitScript(witness);
    await page.goto(proxy.url);
    await untilLive(page);
    await page.evaluate('window.isSamePage = true');
  });

  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await proxy.close();
    await samples.close();
  });

  /** Has the page's own time pass, as far as nothing of it waits for the network. */
  const pass = (ms: number) => page.clock.runFor(ms);
  const banner = () => page.locator('.stale').isVisible();

  /** Tells the page of a change and waits until it is there; nothing was heard later than this. */
  async function hear(images: number): Promise<void> {
    samples.source.put(exam({ version: images, images }));
    clock.advance(100);
    await page.locator('.exam', { hasText: `${images} images` }).waitFor();
  }

  it('says within 12 s that it hears nothing, and goes on by itself when it does', async () => {
    await page.clock.pauseAt((await page.evaluate<number>('Date.now()')) + 1000);
    await hear(2);
    proxy.swallow();
    await pass(6_000);
    expect(await banner()).toBe(false);
    await pass(6_000);
    expect(await banner()).toBe(true);
    samples.source.put(exam({ version: 3, images: 3 }));
    clock.advance(100);
    await pass(60_000);
    expect(await page.locator('.exam', { hasText: '3 images' }).count()).toBe(0);
    proxy.restore();
    await expect
      .poll(async () => {
        await pass(5_000);
        return page.locator('.frame[data-link=live] .exam', { hasText: '3 images' }).count();
      })
      .toBe(1);
    expect(await banner()).toBe(false);
    expect(await page.evaluate('window.isSamePage')).toBe(true);
  });

  it(
    `loses and doubles nothing over ${drops} drops, seed ${seed}`,
    { timeout: 180_000 },
    async () => {
      const random = seededRandom(seed, 'drops');
      const versions = new Map<string, number>();
      const change = () => {
        const id = `e${Math.floor(random.uniform(0, 20))}`;
        const version = (versions.get(id) ?? 1) + 1;
        versions.set(id, version);
        samples.source.put(exam({ id, version, images: version }));
        clock.advance(100);
      };
      while (proxy.cuts < drops) {
        const before = proxy.cuts;
        proxy.cutAfter(Math.floor(random.uniform(1, 6000)));
        while (proxy.cuts === before) {
          change();
          await new Promise((resolve) => setImmediate(resolve));
        }
        change();
        // The page's own time stands still: it does not come back before this.
        await expect.poll(() => samples.panel.viewers, { timeout: 20_000 }).toBe(0);
        await expect
          .poll(
            async () => {
              await pass(2_000);
              return samples.panel.viewers;
            },
            { timeout: 20_000 },
          )
          .toBe(1);
      }
      const settled = () => page.evaluate<Record<string, number[]>>('window.shown');
      const final = async () =>
        new Map(Object.entries(await settled()).map(([id, seen]) => [id, seen.at(-1)]));
      await expect.poll(final, { timeout: 20_000 }).toEqual(versions);
      expectInOrder(await settled());
      expectNoGap(await page.evaluate<[string, string][]>('window.told'));
      expect(await page.evaluate('window.isSamePage')).toBe(true);
    },
  );
});

/** An older version is never shown after a newer one. */
function expectInOrder(shown: Record<string, number[]>): void {
  for (const [id, seen] of Object.entries(shown))
    expect(seen, id).toEqual(seen.toSorted((a, b) => a - b));
}

/** Every event of the server once, in its order; a ping names the event before it. */
function expectNoGap(told: [name: string, id: string][]): void {
  const numbers = told.map(([name, id]) => [name, Number(id.split('-').at(-1))] as const);
  const changes = numbers.filter(([name]) => name !== 'ping').map(([, at]) => at);
  expect(changes.length).toBeGreaterThan(drops);
  expect(changes).toEqual(changes.map((_, at) => changes[0]! + at));
  let last = changes[0]! - 1;
  for (const [name, at] of numbers) {
    if (name === 'ping') expect(at).toBe(last);
    last = at;
  }
}
