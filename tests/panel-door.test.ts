import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../device/clock.ts';
import { changeAccount } from '../panel/access/account.ts';
import type { AccountStore } from '../panel/access/account-store.ts';
import { startPanel, type Panel } from '../panel/server.ts';
import { describeWith, findProgram, freePort } from './outside.ts';
import { SampleSource } from './panel-source.ts';
import { fillAccounts, makeAccountStore, testPin } from './panel-visitor.ts';
import { startProviderDouble } from './provider-double.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describeWith(['chromium'], 'the door in a browser', () => {
  let browser: Browser;
  let source: SampleSource;
  let accounts: AccountStore;
  let panel: Panel;
  let complaints: string[];

  beforeAll(async () => {
    const executablePath = findProgram('chromium') ?? '';
    browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox'] });
  });

  afterAll(() => browser.close());

  beforeEach(async () => {
    const made = makeAccountStore();
    onTestFinished(() => made.remove());
    ({ accounts } = made);
    source = new SampleSource();
    complaints = [];
    panel = await startPanel({ host: '127.0.0.1', port: 0, clock: systemClock, source, accounts });
  });

  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await panel.close();
  });

  async function open(path = '/', options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      ...options,
    });
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(new URL(path, panel.url).href);
    return page;
  }

  async function enter(page: Page, name: string, secret = testPin): Promise<void> {
    await page.locator('[data-form=secret] [name=name]').fill(name);
    await page.locator('[data-form=secret] [name=secret]').fill(secret);
    await page.locator('[data-form=secret] [type=submit]').click();
  }

  const pathOf = (page: Page) => new URL(page.url()).pathname;

  it.each([true, false])('goes from setup to users and out again, scripts: %s', async (scripts) => {
    const page = await open('/', { javaScriptEnabled: scripts });
    expect(pathOf(page)).toBe('/setup');
    await page.locator('[name=code]').fill(panel.setupCode);
    await page.locator('[name=name]').fill('chief');
    await page.locator('[name=secret]').fill('123456');
    await page.locator('[type=submit]').click();
    await page.locator('.fault').waitFor();
    await page.locator('[name=code]').fill(panel.setupCode);
    await page.locator('[name=name]').fill('chief');
    await page.locator('[name=secret]').fill('907342');
    await page.locator('[type=submit]').click();
    await page.locator('.users').waitFor();
    const added = page.locator('form[action="/users"]');
    await added.locator('[name=name]').fill('nina');
    await added.locator('[name=role]').selectOption('radiologist');
    await added.locator('[name=secret]').fill('482135');
    await added.locator('[type=submit]').click();
    await page.locator('.done').waitFor();
    expect(await page.locator('.user').count()).toBe(2);
    await page.goto(new URL('/account', panel.url).href);
    await page.locator('main form[action="/sign-out"] button').click();
    await page.locator('.door').waitFor();
    await enter(page, 'nina', '482135');
    await page.locator('.list-page').waitFor();
    expect(complaints).toEqual([]);
  });

  it('says what is wrong and keeps where one wanted to go', async () => {
    await fillAccounts(accounts);
    const page = await open('/?show=look');
    expect(pathOf(page)).toBe('/sign-in');
    await enter(page, 'radiologist');
    await page.locator('.list-page').waitFor();
    expect(new URL(page.url()).search).toBe('?show=look');
  });

  it('hands over to a badge on any page, at a reader’s speed', async () => {
    await fillAccounts(accounts);
    const badge = accounts.identifyBadge('0012345678');
    accounts.change((all) => changeAccount(all, 'radiologist', { badge }));
    const page = await open();
    await enter(page, 'technologist');
    await page.locator('.frame[data-link=live]').waitFor();
    const handed = page.waitForEvent('load');
    await page.keyboard.type('0012345678');
    await page.keyboard.press('Enter');
    await handed;
    await page.locator('.frame[data-link=live]').waitFor();
    const user = await page.evaluate("fetch('/api/session').then((answer) => answer.json())");
    expect([user, pathOf(page)]).toMatchObject([{ user: 'radiologist' }, '/']);
    expect(complaints).toEqual([]);
  });

  it('takes nobody’s typing for a badge, and says when a badge is not known', async () => {
    await fillAccounts(accounts);
    const page = await open();
    await enter(page, 'technologist');
    await page.locator('.frame[data-link=live]').waitFor();
    await page.keyboard.type('0099999999');
    await page.keyboard.press('Enter');
    await page.locator('.account .fault').waitFor();
    expect(source.records.filter(({ kind }) => kind === 'sign-in-failed')).toHaveLength(1);
    await page.locator('form[action="/account/secret"] [name=current]').focus();
    await page.keyboard.type('0099999999');
    expect(source.records.filter(({ kind }) => kind === 'sign-in-failed')).toHaveLength(1);
  });

  it('lets in whom the identity provider of another site sends back', async () => {
    await fillAccounts(accounts);
    const provider = await startProviderDouble('bay-3');
    onTestFinished(() => provider.close());
    provider.claims = { preferred_username: 'anna', groups: ['readers'] };
    const port = await freePort();
    const settings = {
      clientId: 'bay-3',
      clientSecret: undefined,
      nameClaim: 'preferred_username',
    };
    const where = { issuer: provider.issuer, panelUrl: `http://127.0.0.1:${port}` };
    const meaning = { roleClaim: 'groups', roles: { radiologist: ['readers'] } };
    await panel.close();
    const oidc = { ...settings, ...where, ...meaning };
    panel = await startPanel({
      host: '127.0.0.1',
      port,
      clock: systemClock,
      source,
      accounts,
      oidc,
    });
    const page = await open('/?show=look');
    await page.locator('a[href^="/oidc/start"]').click();
    await page.locator('.frame[data-link=live] .list-page').waitFor();
    expect(new URL(page.url()).search).toBe('?show=look');
    expect(complaints).toEqual([]);
  });

  it('gives a touch screen large keys for the PIN', async () => {
    await fillAccounts(accounts);
    const page = await open('/sign-in', { hasTouch: true, isMobile: true });
    const keys = page.locator('.pin-pad button');
    await expect.poll(() => keys.count()).toBe(11);
    const box = await keys.first().boundingBox();
    expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(56);
    await page.locator('[name=name]').fill('technologist');
    for (const digit of `${testPin}9`) await keys.filter({ hasText: digit }).tap();
    await keys.filter({ hasText: '⌫' }).tap();
    await page.locator('[data-form=secret] [type=submit]').tap();
    await page.locator('.list-page').waitFor();
  });

  it.each(['dark', 'light'])('has no accessibility fault and nothing cut, %s', async (theme) => {
    const first = await open(`/setup?theme=${theme}&fault=SETUP_REFUSED`);
    const check = async (page: Page) => {
      await page.evaluate(axe);
      const found = (await page.evaluate('axe.run()')) as { violations: { id: string }[] };
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      const small = await page.evaluate(
        "[...document.querySelectorAll('main button, main input:not([type=hidden]):not([type=checkbox]), main select, main summary')].filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 56).length",
      );
      expect([page.url(), found.violations.map(({ id }) => id), overflow, small]).toEqual([
        page.url(),
        [],
        0,
        0,
      ]);
    };
    await check(first);
    await fillAccounts(accounts);
    const page = await open(`/sign-in?theme=${theme}`, { viewport: { width: 390, height: 844 } });
    await check(page);
    await enter(page, 'administrator');
    await page.locator('.list-page').waitFor();
    for (const path of ['/users', '/account?done=secret']) {
      await page.goto(new URL(path, panel.url).href);
      await check(page);
      await page.setViewportSize({ width: 1024, height: 768 });
    }
    await page.goto(new URL('/users', panel.url).href);
    await page.locator('.user summary').first().click();
    await check(page);
  });
});
