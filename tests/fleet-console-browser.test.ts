import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../device/clock.ts';
import { consoleViews, enterConsole } from './fleet-console-browser.ts';
import { type SampleConsole, startSampleConsole } from './fleet-console-samples.ts';
import { violationsOf } from './axe.ts';
import { describeWith } from './outside.ts';
import { startChromium } from './panel-browser.ts';

describeWith(['chromium'], 'the fleet’s console in a browser', () => {
  let browser: Browser;
  let samples: SampleConsole;

  beforeAll(async () => {
    browser = await startChromium();
    samples = await startSampleConsole();
  });
  afterAll(async () => {
    await browser.close();
    await samples.close();
  });
  afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

  it.each(['dark', 'light'] as const)(
    'has no violation of axe on any page, %s',
    { timeout: 120_000 },
    async (colorScheme) => {
      const options = { colorScheme, bypassCSP: true };
      const { page } = await enterConsole(browser, samples, 'otto', options);
      for (const [path, ready] of Object.entries(consoleViews)) {
        await page.goto(new URL(path, samples.console.url).href);
        await page.locator(ready).first().waitFor();
        expect([path, await violationsOf(page)]).toEqual([path, []]);
      }
    },
  );

  it(
    'keeps itself up to date under its own policy, and no page complains or is wider than a phone',
    { timeout: 60_000 },
    async () => {
      const viewport = { width: 390, height: 844 };
      const { page, complaints } = await enterConsole(browser, samples, 'otto', { viewport });
      for (const path of Object.keys(consoleViews)) {
        await page.goto(new URL(path, samples.console.url).href);
        const over = await page.evaluate<number>(
          'document.documentElement.scrollWidth - innerWidth',
        );
        expect([path, over]).toEqual([path, 0]);
      }
      await page.goto(new URL('/devices?find=newcomer', samples.console.url).href);
      await samples.store.placeDevices(new Map([['newcomer', 'north']]), systemClock.now());
      await page.getByRole('rowheader', { name: 'newcomer' }).waitFor({ timeout: 40_000 });
      expect(complaints).toEqual({ errors: [], violations: [], strangers: [] });
    },
  );

  it(
    'has an operator pause a rollout in two steps, without scripts',
    { timeout: 60_000 },
    async () => {
      const { page } = await enterConsole(browser, samples, 'otto', { javaScriptEnabled: false });
      await page.getByRole('link', { name: 'Rollouts', exact: true }).click();
      await page.getByRole('link', { name: 'winter' }).click();
      await page.getByRole('link', { name: 'Pause' }).click();
      await page.getByLabel('Why, for the history').fill('holiday');
      await page.getByRole('button', { name: 'Pause now' }).click();
      await page.getByText('paused: holiday').waitFor();
      expect((await samples.store.rollout('winter')).state).toBe('paused');
    },
  );
});
