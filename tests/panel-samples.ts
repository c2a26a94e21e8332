import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Clock } from '../device/clock.ts';
import { systemClock } from '../device/clock.ts';
import type { DeviceDetail } from '../panel/device-detail.ts';
import type { ModelView } from '../panel/model-view.ts';
import type { Panel } from '../panel/server.ts';
import { startPanel } from '../panel/server.ts';
import { untilLive, watchedPage } from './panel-browser.ts';
import type { Watched } from './panel-browser.ts';
import { busyDay, everyRow, movedTo } from './panel-rows.ts';
import { device, SampleSource } from './panel-source.ts';

/** Every page of the panel, by what its pictures are called. */
export const samplePages = [
  { name: 'list', path: '/' },
  { name: 'list-look', path: '/?show=look' },
  { name: 'list-not-analysed', path: '/?show=not-analysed' },
  { name: 'device', path: '/device' },
  { name: 'models', path: '/models' },
  { name: 'quality', path: '/quality' },
  { name: 'about', path: '/about' },
  { name: 'not-found', path: '/nowhere' },
] as const;

/** How the panel can stand when somebody looks at it. */
export const sampleStates = ['live', 'stale', 'paused', 'empty', 'busy'] as const;

export type SampleState = (typeof sampleStates)[number];

export const themes = ['dark', 'light'] as const;

/** The languages of the panel, one that is 40 % longer than any, and one that is written from the right. */
export const shownLanguages = ['en', 'de', 'es', 'ja', 'x-long', 'x-mirrored'] as const;

/** A panel with samples behind it. */
export interface SamplePanel {
  source: SampleSource;
  panel: Panel;
  close(): Promise<void>;
}

/** Starts a panel on a free port whose source stands as `state` says, as of now. */
export async function startSamplePanel(
  state: SampleState = 'live',
  clock: Clock = systemClock,
): Promise<SamplePanel> {
  const source = new SampleSource();
  fill(source, state, clock.now());
  const panel = await startPanel({ host: '127.0.0.1', port: 0, clock, source });
  return { source, panel, close: () => panel.close() };
}

/** Has a source show a state as of `now`, milliseconds since 1970 UTC. */
export function fill(source: SampleSource, state: SampleState, now: number): void {
  const full = state !== 'empty';
  source.list = movedTo(now, state === 'busy' ? busyDay(200) : full ? everyRow() : []);
  source.modelViews = full ? [sampleModel] : [];
  source.deviceGroups = full ? sampleDetail(now) : { groups: [] };
  source.state = device({
    now,
    demo: full,
    lastScannerMessageAt: full ? now - 14_000 : undefined,
    queue: state === 'busy' ? 12 : full ? 1 : 0,
    conditions: full ? [{ id: 'pacs-failing', values: { destination: 'MAIN PACS' } }] : [],
    pacs: full ? 'failing' : 'ok',
    outboxWaiting: full ? 3 : 0,
    pause:
      state === 'paused'
        ? {
            paused: true,
            since: now - 900_000,
            user: 'mta-3',
            reason: 'maintenance',
            remindAt: now + 900_000,
          }
        : { paused: false },
  });
}

/** Opens a page of a panel in a state and waits until it stands as that state wants. */
export async function openSample(
  browser: Browser,
  { panel }: Pick<SamplePanel, 'panel'>,
  {
    path,
    state = 'live',
    ...options
  }: BrowserContextOptions & { path: string; state?: SampleState },
): Promise<Watched> {
  const watched = await watchedPage(browser, panel.url, options);
  if (state === 'stale') await silence(watched.page);
  await watched.page.goto(new URL(path, panel.url).href);
  await (state === 'stale' ? untilStale(watched.page) : untilLive(watched.page));
  return watched;
}

/** Has a page hear nothing, on a clock that a test can turn. */
async function silence(page: Page): Promise<void> {
  await page.clock.install();
  await page.route('**/api/events*', (route) => route.abort());
}

async function untilStale(page: Page): Promise<void> {
  await page.clock.runFor(15_000);
  await page.locator('.frame[data-link=stale]').waitFor();
}

const sampleModel: ModelView = {
  name: 'chest-demo',
  version: '0.1.0',
  vendor: 'Scanside',
  hash: '9f3a'.repeat(16),
  profile: 'triage-notify',
  cleared: false,
  notice: 'Demonstration model. Not for clinical use.',
  intendedUse: 'Shows how a chest model works on this device; it was trained on computer drawings.',
  scope: [
    { id: 'modality', value: 'DX, CR' },
    { id: 'body-part', value: 'CHEST' },
    { id: 'view', value: 'PA, AP' },
  ],
  notFor: ['Children.', 'Images of anything but the chest.'],
  limits: ['It has never seen a person.', 'It finds nothing smaller than six pixels.'],
  findings: [
    {
      label: 'suspected pneumothorax',
      dataset: '2000 computer drawings',
      chosenFor: 'a sensitivity of at least nine in ten',
      sensitivity: { count: 186, of: 200, low: 0.886, high: 0.958 },
      specificity: { count: 1710, of: 1800, low: 0.939, high: 0.959 },
    },
  ],
  leftOut: { count: 31, of: 2000 },
  evidence: 'Measured on drawings like those that it was trained on. It says nothing of people.',
  explanation: 'Rough indication where the model reacted; it does not outline a finding.',
  trainingData: 'Computer drawings.',
  licence: 'Apache-2.0',
};

function sampleDetail(now: number): DeviceDetail {
  const plain = { standing: 'plain' } as const;
  const attention = { standing: 'attention' } as const;
  return {
    groups: [
      {
        id: 'storage',
        facts: [
          { id: 'disk-free', value: 69, unit: 'percent', ...plain },
          { id: 'disk-free-bytes', value: 344e9, unit: 'bytes', ...plain },
        ],
        rows: [],
      },
      {
        id: 'destinations',
        facts: [],
        rows: [
          {
            of: 'MAIN PACS',
            facts: [
              { id: 'state', value: 'failing', unit: 'word', ...attention },
              { id: 'waiting', value: 3, unit: 'count', ...attention },
              { id: 'last-success', value: now - 4_000_000, unit: 'instant', ...plain },
            ],
          },
          {
            of: 'Archive of the neighbouring hospital with a long name',
            facts: [
              { id: 'state', value: 'ok', unit: 'word', ...plain },
              { id: 'waiting', value: 0, unit: 'count', ...plain },
              { id: 'last-success', value: undefined, unit: 'instant', standing: 'unknown' },
            ],
          },
        ],
      },
      {
        id: 'heat',
        facts: [{ id: 'hottest', value: 51.5, unit: 'celsius', ...plain }],
        rows: [],
      },
    ],
  };
}
