// Takes the pictures of the fleet's console that docs/fleet.md shows: `npm run docs:fleet`, or with a folder for others.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { consoleViews, enterConsole } from '../tests/fleet-console-browser.ts';
import { startSampleConsole } from '../tests/fleet-console-samples.ts';
import { startChromium } from '../tests/panel-browser.ts';
import { savePicture } from './picture-file.ts';

const folder = process.argv[2];
/** What docs/fleet.md shows, each in one of the themes. */
const documented: Readonly<Record<string, string>> = {
  '/ dark': 'overview',
  '/rollouts/spring dark': 'rollout',
  '/drift light': 'drift',
};
const documents = join(import.meta.dirname, '..', 'docs', 'fleet');
mkdirSync(folder ?? documents, { recursive: true });

/** With a folder everything is taken, for looking. */
function fileOf(path: string, theme: string): string | undefined {
  if (folder) return join(folder, `${path.replaceAll('/', '_')}-${theme}.png`);
  const name = documented[`${path} ${theme}`];
  return name && join(documents, `${name}.webp`);
}

const browser = await startChromium();
const samples = await startSampleConsole();
try {
  for (const colorScheme of ['dark', 'light'] as const) {
    const { page } = await enterConsole(browser, samples, 'otto', { colorScheme });
    for (const [path, ready] of Object.entries(consoleViews)) {
      const file = fileOf(path, colorScheme);
      if (file === undefined) continue;
      await page.goto(new URL(path, samples.console.url).href);
      await page.locator(ready).first().waitFor();
      await savePicture(page, file);
    }
  }
} finally {
  await browser.close();
  await samples.close();
}
