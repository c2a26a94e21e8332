// Takes the pictures of the fleet's console that docs/fleet.md shows: `npm run docs:fleet`, or with a folder for others.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { consoleViews, enterConsole } from '../tests/fleet-console-browser.ts';
import { startSampleConsole } from '../tests/fleet-console-samples.ts';
import { startChromium } from '../tests/panel-browser.ts';
import { savePicture } from './picture-file.ts';

const folder = process.argv[2] ?? join(import.meta.dirname, '..', 'docs', 'fleet');
const names: Readonly<Record<string, string>> = {
  '/': 'overview',
  '/rollouts/spring': 'rollout',
  '/drift': 'drift',
};
const browser = await startChromium();
const samples = await startSampleConsole();
mkdirSync(folder, { recursive: true });
try {
  for (const colorScheme of ['dark', 'light'] as const) {
    const { page } = await enterConsole(browser, samples, 'otto', { colorScheme });
    for (const [path, ready] of Object.entries(consoleViews)) {
      const name = process.argv[2] ? path.replaceAll('/', '_') : names[path];
      if (name === undefined) continue;
      await page.goto(new URL(path, samples.console.url).href);
      await page.locator(ready).first().waitFor();
      await savePicture(
        page,
        join(folder, `${name}-${colorScheme}.${process.argv[2] ? 'png' : 'webp'}`),
      );
    }
  }
} finally {
  await browser.close();
  await samples.close();
}
