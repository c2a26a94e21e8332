import type { Browser, BrowserContextOptions } from 'playwright-core';
import { password, type SampleConsole } from './fleet-console-samples.ts';
import { type Watched, watchedPage } from './panel-browser.ts';

/** Every page of the console by its path, and what stands on it. */
export const consoleViews: Readonly<Record<string, string>> = {
  '/': '.need',
  '/devices': 'tbody tr',
  '/rollouts': 'tbody tr',
  '/rollouts/spring': '.facts',
  '/rollouts/spring/rollback': '.confirm',
  '/models': 'tbody tr',
  '/drift': '.chart',
};

/** A browser in which somebody has signed in to the console. */
export async function enterConsole(
  browser: Browser,
  { console: shown }: SampleConsole,
  name: string,
  options: BrowserContextOptions,
): Promise<Watched> {
  const watched = await watchedPage(browser, shown.url, options);
  const { page } = watched;
  await page.goto(new URL('/sign-in', shown.url).href);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  return watched;
}
