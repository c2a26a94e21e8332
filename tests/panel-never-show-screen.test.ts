import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { describeWith } from './outside.ts';
import { greenIn, heatmapIn, noneIn, textIn } from './panel-never-show.ts';
import { openSample, samplePages, startSamplePanel, themes } from './panel-samples.ts';
import { setUpPanel } from './panel-suite.ts';

const pageOf = (name: string) => samplePages.find((page) => page.name === name)!;

/** Every colour that an exam is drawn in. */
const colours = `[...document.querySelectorAll('.exam, .exam *, .outcome, .outcome *')].flatMap((each) => {
  const { color, backgroundColor, borderInlineStartColor, fill, stroke } = getComputedStyle(each);
  return [color, backgroundColor, borderInlineStartColor, fill, stroke];
}).filter((colour) => colour.startsWith('rgb') && !/, 0\\)$/.test(colour))`;

const greens = async (page: Page) =>
  (await page.evaluate<string[]>(colours)).map(greenIn).filter(Boolean);

describeWith(['chromium'], 'what a screen never shows', () => {
  const suite = setUpPanel('suite');

  describe('N1: no green on an outcome', () => {
    it.each(['list', 'exam-chest'])('is kept on %s in both themes', async (name) => {
      const { page } = await suite.open({ page: pageOf(name) });
      for (const theme of themes) {
        await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
        expect((await page.evaluate<string[]>(colours)).length).toBeGreaterThan(10);
        expect(await greens(page), theme).toEqual([]);
      }
    });

    it('would notice a green mark', async () => {
      const { page } = await suite.open({ page: pageOf('list') });
      await page.evaluate(`document.querySelector('.exam h2').style.color = '#3fae5a'`);
      expect(await greens(page)).toContain('rgb(63, 174, 90)');
    });
  });

  it('N3: no picture of where a model reacted is asked for before somebody holds its button', async () => {
    const { page } = await suite.open({ page: pageOf('exam-chest') });
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
    const { page } = await openSample(suite.browser, empty, {
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
    const { page } = await openSample(suite.browser, fresh, { page: pageOf('list') });
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
