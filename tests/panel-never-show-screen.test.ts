import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from './outside.ts';
import { startChromium } from './panel-browser.ts';
import { greenIn, heatmapIn, noneIn, textIn } from './panel-never-show.ts';
import type { SamplePanel } from './panel-samples.ts';
import { openSample, samplePages, startSamplePanel, themes } from './panel-samples.ts';

const pageOf = (name: string) => samplePages.find((page) => page.name === name)!;

/** Every colour that an exam is drawn in. */
const colours = `[...document.querySelectorAll('.exam, .exam *, .outcome, .outcome *')].flatMap((each) => {
  const { color, backgroundColor, borderInlineStartColor, fill, stroke } = getComputedStyle(each);
  return [color, backgroundColor, borderInlineStartColor, fill, stroke];
}).filter((colour) => colour.startsWith('rgb') && !/, 0\\)$/.test(colour))`;

const greens = async (page: Page) =>
  (await page.evaluate<string[]>(colours)).map(greenIn).filter(Boolean);

describeWith(['chromium'], 'what a screen never shows', () => {
  let browser: Browser;
  let samples: SamplePanel;

  beforeAll(async () => {
    browser = await startChromium();
    samples = await startSamplePanel();
  });

  afterAll(async () => {
    await browser.close();
    await samples.close();
  });

  afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

  describe('N1: no green on an outcome', () => {
    it.each(['list', 'exam-chest'])('is kept on %s in both themes', async (name) => {
      const { page } = await openSample(browser, samples, { page: pageOf(name) });
      for (const theme of themes) {
        await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
        expect((await page.evaluate<string[]>(colours)).length).toBeGreaterThan(10);
        expect(await greens(page), theme).toEqual([]);
      }
    });

    it('would notice a green mark', async () => {
      const { page } = await openSample(browser, samples, { page: pageOf('list') });
      await page.evaluate(`document.querySelector('.exam h2').style.color = '#3fae5a'`);
      expect(await greens(page)).toContain('rgb(63, 174, 90)');
    });
  });

  it('N3: no picture of where a model reacted is asked for before somebody holds its button', async () => {
    const { page } = await openSample(browser, samples, { page: pageOf('exam-chest') });
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.reload();
    await page.locator('.heatmaps .hold').waitFor();
    await expect.poll(() => asked.some((address) => address.includes('/previews/'))).toBe(true);
    expect(asked.map(heatmapIn).filter(Boolean)).toEqual([]);
    await page.locator('.heatmaps .hold').hover();
    await page.mouse.down();
    await expect.poll(() => asked.map(heatmapIn).filter(Boolean).length).toBeGreaterThan(0);
  });

  it('N7: no list that is not live counts none', async () => {
    const empty = await startSamplePanel('empty');
    const { page } = await openSample(browser, empty, {
      page: pageOf('list-look'),
      state: 'stale',
    });
    const text = await page.locator('body').innerText();
    expect(text).toContain('NOT LIVE');
    expect(noneIn(text)).toBeUndefined();
    await empty.close();
  });

  it('N10: after a minute without a touch no name is readable, until the next touch', async () => {
    const names = textIn('Muster', 'P-1001');
    const fresh = await startSamplePanel();
    const { page } = await openSample(browser, fresh, { page: pageOf('list') });
    await page.clock.install();
    await page.reload();
    await page.locator('.frame[data-link=live]').waitFor();
    const text = () => page.locator('main').innerText();
    await page.clock.runFor(58_000);
    expect(names(await text())).toBe('Muster');
    await page.clock.runFor(3_000);
    await expect.poll(async () => names(await text())).toBeUndefined();
    await page.mouse.click(640, 5);
    expect(names(await text())).toBe('Muster');
    await fresh.close();
  });
});
