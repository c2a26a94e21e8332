import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../device/clock.ts';
import type { AccountStore } from '../panel/access/account-store.ts';
import { startPanel } from '../panel/server.ts';
import type { Panel } from '../panel/server.ts';
import type { ExamOutcome } from '../panel/source.ts';
import { formatAge } from '../panel/view/age.ts';
import { describeWith, findProgram } from './outside.ts';
import {
  certainty,
  device,
  everyOutcome,
  exam,
  forbiddenWord,
  SampleSource,
} from './panel-source.ts';
import { sampleAccounts, testPin, visit } from './panel-visitor.ts';

const browserArguments = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Sample rows whose times are real, so that the browser's own counting shows true ages. */
function sampleToday() {
  const late = systemClock.now() - device().now;
  return everyOutcome().map((view) => ({
    ...view,
    demo: true,
    receivedAt: view.receivedAt + late,
  }));
}

describeWith(['chromium'], 'the panel in a browser', () => {
  let browser: Browser;
  let source: SampleSource;
  let panel: Panel;
  let accounts: AccountStore;
  let complaints: string[];

  beforeAll(async () => {
    const executablePath = findProgram('chromium') ?? '';
    browser = await chromium.launch({ executablePath, args: browserArguments });
    accounts = await sampleAccounts();
  });

  afterAll(() => browser.close());

  beforeEach(async () => {
    source = new SampleSource();
    source.list = sampleToday();
    source.device = () => ({ ...device({ demo: true }), now: systemClock.now() });
    panel = await startPanel({ host: '127.0.0.1', port: 0, clock: systemClock, source, accounts });
    complaints = [];
  });

  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await panel.close();
  });

  async function open(path = '/', options: BrowserContextOptions = {}): Promise<Page> {
    const viewport = { width: 1280, height: 800 };
    const context = await browser.newContext({ viewport, ...options });
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    const { cookie } = await visit(panel);
    const [name = '', value = ''] = cookie.split('=');
    await context.addCookies([{ name, value, url: panel.url }]);
    await page.goto(new URL(path, panel.url).href);
    return page;
  }

  async function openLive(path?: string): Promise<Page> {
    const page = await open(path);
    await page.locator('.frame[data-link=live]').waitFor();
    return page;
  }

  const titles = (page: Page) => page.locator('.exam h2').allTextContents();

  it('shows a change as it happens, without a violation of its policy', async () => {
    const page = await openLive();
    const receivedAt = systemClock.now();
    const live = exam({ id: 'live', patientName: '<b>&"^\u202eÉ', receivedAt });
    source.put(live);
    const row = page.locator('[data-id=live]');
    await row.waitFor();
    expect(await page.locator('.exam').first().getAttribute('data-id')).toBe('live');
    expect(await row.locator('strong').textContent()).toBe('<b>&", \u202eÉ');
    source.put({
      ...live,
      version: 2,
      outcome: { state: 'flagged', labels: ['x'], missed: 0, withdrawn: false },
    });
    await page.locator('[data-id=live].flagged').waitFor();
    expect(await page.locator('.tabs .count').textContent()).toBe('4');
    source.remove('live');
    await row.waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  });

  it('lets a person make an exam STAT with one press', async () => {
    const page = await openLive();
    source.put(exam({ id: 'waits', receivedAt: systemClock.now() }));
    const button = page.locator('[data-id=waits] [data-act=raise]');
    await button.click();
    await expect
      .poll(() => source.acts.map(({ act }) => act))
      .toEqual([{ kind: 'raise', examId: 'waits' }]);
    source.put(exam({ id: 'waits', version: 2, urgent: 'raised on the panel' }));
    await page.locator('[data-id=waits] .stat-mark').waitFor();
    expect(await button.count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('never replaces a newer version by an older one', async () => {
    const page = await openLive();
    const outcome = { state: 'flagged', labels: ['x'], missed: 0, withdrawn: false } as const;
    const newer = exam({ id: 'e9', version: 7, outcome: { ...outcome, labels: ['newer'] } });
    source.put(newer);
    await page.locator('[data-id=e9].flagged').waitFor();
    source.put({ ...newer, version: 6, outcome: { state: 'no-flag', findingsChecked: 1 } });
    source.put(exam({ id: 'e10' }));
    await page.locator('[data-id=e10]').waitFor();
    expect(await page.locator('[data-id=e9] h2').textContent()).toBe('FLAGGED: suspected newer');
  });

  it('keeps a tab to what it is for', async () => {
    const page = await openLive('/?show=look');
    const outcome: ExamOutcome = {
      state: 'flagged',
      labels: ['x'],
      missed: 0,
      withdrawn: false,
    };
    source.put(exam({ id: 'waiting', version: 1 }));
    source.put(exam({ id: 'other', outcome }));
    await page.locator('[data-id=other]').waitFor();
    expect(await page.locator('.exam').count()).toBe(4);
    source.put(exam({ id: 'waiting', version: 2, outcome }));
    await page.locator('[data-id=waiting]').waitFor();
    expect(await page.locator('.exam').count()).toBe(5);
  });

  it('promises nothing and rates nothing', async () => {
    const page = await openLive();
    const text = await page.locator('body').innerText();
    expect(text).toContain('DEMONSTRATION MODEL - NOT FOR CLINICAL USE');
    expect(text).toContain('No flag raised by AI. Not a negative finding.');
    // The device's line has per cents of its own.
    const ofExams = await page.locator('main').innerText();
    expect([forbiddenWord(text), certainty(ofExams)]).toEqual([undefined, undefined]);
  });

  it('says loudly that it is not live, keeps counting, and comes back to the door of a device that has started again', async () => {
    const page = await open();
    await page.clock.install();
    await page.reload();
    await page.locator('.frame[data-link=live]').waitFor();
    const { port } = panel;
    await panel.close();
    await page.clock.runFor(13_000);
    await page.locator('.stale').waitFor();
    expect(await page.locator('.stale').textContent()).toMatch(
      /^NOT LIVE: last contact \d\d:\d\d:\d\d \(00:1\d ago\)\. This list may be incomplete\./,
    );
    const filter = await page.evaluate("getComputedStyle(document.querySelector('main')).filter");
    expect(filter).toContain('grayscale(1)');
    const age = page.locator('[data-id=flagged] .when .age');
    const before = await age.textContent();
    await page.clock.runFor(5_000);
    expect(await age.textContent()).not.toBe(before);
    source.put(exam({ id: 'meanwhile' }));
    panel = await startPanel({ host: '127.0.0.1', port, clock: systemClock, source, accounts });
    await expect
      .poll(
        async () => {
          await page.clock.runFor(10_000);
          return page.locator('.door').count();
        },
        { timeout: 20_000 },
      )
      .toBe(1);
    await page.locator('[data-form=secret] [name=name]').fill('technologist');
    await page.locator('[data-form=secret] [name=secret]').fill(testPin);
    await page.locator('[data-form=secret] [type=submit]').click();
    await page.locator('.frame[data-link=live] [data-id=meanwhile]').waitFor();
    expect(await page.locator('.stale').isVisible()).toBe(false);
  });

  it('counts ages as the server does', async () => {
    const page = await openLive();
    const at = systemClock.now();
    const shown = await page.locator('[data-id=quarantined] .when .age').textContent();
    const received = source.list.find(({ id }) => id === 'quarantined')?.receivedAt ?? 0;
    const near = [-2, -1, 0, 1, 2].map((s) => formatAge(at + s * 1000 - received));
    expect(near).toContain(shown);
  });

  it('is complete without scripts and says that it is not live', async () => {
    const page = await open('/', { javaScriptEnabled: false });
    expect(await titles(page)).toHaveLength(5);
    expect(await page.locator('.link').innerText()).toMatch(/^Live updates off\s· .*10 seconds$/);
    expect(await page.locator('.stale').isVisible()).toBe(false);
    await page.getByRole('link', { name: 'Not analysed' }).click();
    await page.waitForURL('**/?show=not-analysed');
    expect(await titles(page)).toHaveLength(2);
  });
});
