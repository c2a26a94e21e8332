// Takes the pictures of the panel that docs/panel.md shows: `npm run docs:panel -- --help`.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { systemClock } from '../device/clock.ts';
import { startPanel } from '../panel/server.ts';
import type { Panel } from '../panel/server.ts';
import { startChromium, viewports } from '../tests/panel-browser.ts';
import { openSample, samplePages, startSamplePanel, themes } from '../tests/panel-samples.ts';
import type { Opening, SamplePage, SampleState } from '../tests/panel-samples.ts';
import { SampleSource } from '../tests/panel-source.ts';
import { makeAccountStore } from '../tests/panel-visitor.ts';
import { savePicture } from './picture-file.ts';

const usage = `npm run docs:panel [-- --only WORD] [--folder DIR] [--format png] [--sizes all]

Takes the pictures of every screen of the panel, dark and light, with Chromium. What they show is made up: drawn
phantoms and names that nobody has.

  --only WORD   only pictures whose name has WORD in it; the others stay as they are
  --folder DIR  where they go, docs/panel unless told
  --format png  PNG in place of WebP
  --sizes all   every screen on the wall, on a tablet and on a phone; for looking, too much for docs/panel

Exit: 0 done, 1 failed, 2 wrong use.`;

const { help, only, folder, format, sizes } = argumentsOrUsage();

type Size = keyof typeof viewports;
type Theme = (typeof themes)[number];

/** A picture of the panel; its file is called `name-theme`, and after a size that is not the wall's. */
interface Shot {
  name: string;
  page: SamplePage;
  state: SampleState;
  size: Size;
  /** What is done on the page before the picture is taken. */
  act?: (page: Page) => Promise<void>;
}

const pages = new Map(samplePages.map((page) => [page.name, page]));
const setup: SamplePage = { name: 'setup', path: '/setup', as: undefined };

function shot(name: string, of = name, change: Partial<Shot> = {}): Shot {
  const page = of === 'setup' ? setup : pages.get(of);
  if (!page) throw new Error(`no page ${of}`);
  return { name, page, state: 'live', size: 'wall', ...change };
}

/** Presses what opens a sheet and waits until the sheet stands. */
function opensSheet(kind: string, ...further: string[]) {
  return async (page: Page) => {
    await page.locator(`[data-sheet=${kind}]`).first().click();
    await page.locator('.sheet').waitFor();
    for (const each of further) await page.locator(each).first().click();
  };
}

const screens: readonly Shot[] = [
  ...[...samplePages, setup].map(({ name }) => shot(name)),
  ...(['stale', 'paused', 'empty'] as const).map((state) => shot(state, 'list', { state })),
  shot('disagree', 'list-look', { act: opensSheet('disagree') }),
  shot('withdraw', 'exam-chest', { act: opensSheet('withdraw', '.choices input') }),
  shot('pause', 'list', { act: opensSheet('pause') }),
];

const onOtherScreens: readonly Shot[] = (['tablet', 'phone'] as const).flatMap((size) =>
  ['list', 'exam-chest'].map((name) => shot(name, name, { size })),
);

function onEveryScreen(): Shot[] {
  return (Object.keys(viewports) as Size[]).flatMap((size) =>
    screens.map((each) => ({ ...each, size })),
  );
}

function fileOf({ name, size }: Shot, theme: Theme): string {
  return `${[name, ...(size === 'wall' ? [] : [size]), theme].join('-')}.${format}`;
}

/** A panel that nobody has set up. */
async function startBarePanel(): Promise<{ panel: Panel; close: () => Promise<void> }> {
  const { accounts, remove } = makeAccountStore();
  const source = new SampleSource();
  const panel = await startPanel({
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
    source,
    accounts,
  });
  const close = async () => {
    await panel.close();
    remove();
  };
  return { panel, close };
}

type Shown = Parameters<typeof openSample>[1];

async function take(browser: Browser, shown: Shown, each: Shot, folder: string): Promise<void> {
  for (const theme of themes) {
    const mark = each.page.path.includes('?') ? '&' : '?';
    const page = { ...each.page, path: `${each.page.path}${mark}theme=${theme}` };
    const opening: Opening = { page, state: each.state, viewport: viewports[each.size] };
    const opened = await openSample(browser, shown, { ...opening, reducedMotion: 'reduce' });
    await untilDrawn(opened.page);
    await each.act?.(opened.page);
    await savePicture(opened.page, join(folder, fileOf(each, theme)));
    await opened.context.close();
  }
}

/** Waits until every picture in sight has come and an exam's viewer has drawn. */
async function untilDrawn(page: Page): Promise<void> {
  await page.evaluate(`Promise.all([...document.images]
    .filter((image) => image.getBoundingClientRect().top < innerHeight).map((image) => image.decode()))`);
  if ((await page.locator('.exam-page').count()) > 0)
    await page.locator('.viewer:not(:has(.veil)) .corner').waitFor();
}

function removePictures(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const old = readdirSync(folder).filter((name) => name.endsWith(`.${format}`));
  for (const name of old) rmSync(join(folder, name));
}

async function takeAll(shots: readonly Shot[], folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const browser = await startChromium();
  const nobody = () => Promise.reject(new Error('nobody has an account'));
  try {
    for (const state of new Set(shots.map((each) => each.state))) {
      const [samples, bare] = [await startSamplePanel(state), await startBarePanel()];
      for (const each of shots.filter((one) => one.state === state)) {
        const shown = each.page === setup ? { panel: bare.panel, cookieOf: nobody } : samples;
        await take(browser, shown, each, folder);
      }
      await samples.close();
      await bare.close();
    }
  } finally {
    await browser.close();
  }
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      only: { type: 'string', default: '' },
      folder: { type: 'string', default: join(import.meta.dirname, '..', 'docs', 'panel') },
      format: { type: 'string', default: 'webp' },
      sizes: { type: 'string', default: 'some' },
    },
  });
  if (!['some', 'all'].includes(values.sizes)) throw new Error('--sizes: all or nothing');
  if (!['webp', 'png'].includes(values.format)) throw new Error('--format: webp or png');
  return values;
}

function argumentsOrUsage() {
  try {
    return readArguments();
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return process.exit(2);
  }
}

if (help) {
  console.log(usage);
} else {
  const every = sizes === 'all' ? onEveryScreen() : [...screens, ...onOtherScreens];
  const chosen = every.filter(({ name }) => name.includes(only));
  if (!only) removePictures(resolve(folder));
  await takeAll(chosen, resolve(folder));
  console.log(`docs:panel: ${themes.length * chosen.length} pictures`);
}
