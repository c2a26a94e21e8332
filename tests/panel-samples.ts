import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Clock } from '../device/clock.ts';
import { systemClock } from '../device/clock.ts';
import type { ModelView } from '../panel/model-view.ts';
import type { Role } from '../panel/role.ts';
import type { Panel } from '../panel/server.ts';
import { startPanel } from '../panel/server.ts';
import { sampleDetail } from './panel-device.ts';
import { untilLive, watchedPage } from './panel-browser.ts';
import type { Watched } from './panel-browser.ts';
import { putChest, putHead } from './panel-exams.ts';
import { noService, sampleService } from './panel-service.ts';
import { noQuality, sampleQuality, sampleReading } from './panel-quality.ts';
import { busyDay, everyRow, movedTo } from './panel-rows.ts';
import { device, SampleSource } from './panel-source.ts';
import { sampleAccounts, visit } from './panel-visitor.ts';

/** A page of the panel. `as`: who looks at it; nobody where it is for those who have not signed in. */
export interface SamplePage {
  name: string;
  path: string;
  as: Role | undefined;
}

/** Every page of the panel, by what its pictures are called. */
export const samplePages: readonly SamplePage[] = [
  { name: 'list', path: '/', as: 'technologist' },
  { name: 'list-look', path: '/?show=look', as: 'radiologist' },
  { name: 'list-not-analysed', path: '/?show=not-analysed', as: 'technologist' },
  { name: 'exam-chest', path: '/exams/dx', as: 'radiologist' },
  { name: 'exam-head', path: '/exams/ct', as: 'technologist' },
  { name: 'device', path: '/device', as: 'field-engineer' },
  { name: 'models', path: '/models', as: 'technologist' },
  { name: 'quality', path: '/quality', as: 'administrator' },
  { name: 'reading', path: '/reading', as: 'radiologist' },
  { name: 'service', path: '/service', as: 'field-engineer' },
  { name: 'about', path: '/about', as: 'technologist' },
  { name: 'account', path: '/account', as: 'technologist' },
  { name: 'users', path: '/users', as: 'administrator' },
  { name: 'not-found', path: '/nowhere', as: 'technologist' },
  { name: 'sign-in', path: '/sign-in', as: undefined },
];

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
  /** Cookie of a session of each role, made when it is first asked for. */
  cookieOf(role: Role): Promise<Cookie>;
  close(): Promise<void>;
}

interface Cookie {
  name: string;
  value: string;
  url: string;
}

/** Starts a panel on a free port whose source stands as `state` says, as of now. */
export async function startSamplePanel(
  state: SampleState = 'live',
  clock: Clock = systemClock,
): Promise<SamplePanel> {
  const source = new SampleSource();
  fill(source, state, clock.now());
  const accounts = await sampleAccounts();
  const panel = await startPanel({ host: '127.0.0.1', port: 0, clock, source, accounts });
  const cookies = new Map<Role, Promise<Cookie>>();
  const signIn = async (role: Role): Promise<Cookie> => {
    const [name = '', value = ''] = (await visit(panel, role)).cookie.split('=');
    return { name, value, url: panel.url };
  };
  const cookieOf = (role: Role) => {
    const cookie = cookies.get(role) ?? signIn(role);
    cookies.set(role, cookie);
    return cookie;
  };
  return { source, panel, cookieOf, close: () => panel.close() };
}

/** Has a source show a state as of `now`, milliseconds since 1970 UTC. */
export function fill(source: SampleSource, state: SampleState, now: number): void {
  const full = state !== 'empty';
  source.list = movedTo(now, state === 'busy' ? busyDay(198) : full ? everyRow() : []);
  const moved = { receivedAt: now - 95_000, updatedAt: now - 4_000 };
  putChest(source, { exam: { ...moved, demo: full, patientName: 'Muster^Kim' } });
  putHead(source, { exam: { ...moved, receivedAt: now - 260_000, demo: full } });
  if (!full) source.list = [];
  source.modelViews = full ? [sampleModel] : [];
  source.qualityView = full ? sampleQuality(now) : noQuality;
  source.readingExams = full ? [sampleReading(now)] : [];
  source.service.shown = full ? sampleService(now) : noService;
  source.deviceGroups = full ? sampleDetail(now) : { groups: [] };
  source.state = device({
    now,
    demo: full,
    lastScannerMessageAt: full ? now - 14_000 : undefined,
    queue: state === 'busy' ? 12 : full ? 1 : 0,
    conditions: full
      ? [{ id: 'pacs-failing', priority: 'medium', values: { destination: 'MAIN PACS' } }]
      : [],
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

/** How a page is opened; `home`: another address of the same panel, such as a proxy's. */
export interface Opening extends BrowserContextOptions {
  page: SamplePage;
  state?: SampleState;
  home?: string;
}

/** Opens a page of a panel in a state and waits until it stands as that state wants. */
export async function openSample(
  browser: Browser,
  { panel, cookieOf }: Pick<SamplePanel, 'panel' | 'cookieOf'>,
  { page: { path, as }, state = 'live', home = panel.url, ...options }: Opening,
): Promise<Watched> {
  const watched = await watchedPage(browser, home, options);
  if (as) await watched.context.addCookies([{ ...(await cookieOf(as)), url: home }]);
  if (state === 'stale') await silence(watched.page);
  await watched.page.goto(new URL(path, home).href);
  if (as) await (state === 'stale' ? untilStale(watched.page) : untilLive(watched.page));
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
