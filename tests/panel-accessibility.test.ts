import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { violationsOf } from './axe.ts';
import { describeWith } from './outside.ts';
import { startChromium, untilLive } from './panel-browser.ts';
import type { SamplePanel, SampleState } from './panel-samples.ts';
import {
  openSample,
  samplePages,
  sampleStates,
  startSamplePanel,
  themes,
} from './panel-samples.ts';

describeWith(['chromium'], 'the panel for everybody', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await startChromium();
  });

  afterAll(() => browser.close());

  afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

  describe.each(sampleStates)('%s', (state: SampleState) => {
    let samples: SamplePanel;

    beforeAll(async () => {
      samples = await startSamplePanel(state);
    });

    afterAll(() => samples.close());

    it.each(samplePages)(
      'has no violation of axe on $name, in both themes',
      { timeout: 60_000 },
      async (page) => {
        const opened = await openSample(browser, samples, { page, state, bypassCSP: true });
        for (const theme of themes) {
          // The theme is an attribute of the page alone: what is drawn need not come again.
          await opened.page.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
          expect(await violationsOf(opened.page), theme).toEqual([]);
        }
      },
    );
  });

  it.each([
    ['a picture without words', '<img src="/assets/icon.svg">', 'image-alt'],
    ['a button without a name', '<button type="button"></button>', 'button-name'],
    ['grey on grey', '<p style="color:#777;background:#666">faint</p>', 'color-contrast'],
  ])('would notice %s', async (_, html, rule) => {
    const samples = await startSamplePanel();
    const [list] = samplePages;
    const { page } = await openSample(browser, samples, { page: list!, bypassCSP: true });
    await untilLive(page);
    await page.evaluate(
      `document.querySelector('main').append(document.createRange().createContextualFragment(${JSON.stringify(html)}))`,
    );
    expect((await violationsOf(page)).join('\n')).toContain(rule);
    await samples.close();
  });
});
