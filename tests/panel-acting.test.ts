import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../device/clock.ts';
import type { Act } from '../panel/act.ts';
import { undoMs } from '../panel/act.ts';
import type { Role } from '../panel/role.ts';
import { describeWith } from './outside.ts';
import { putChest } from './panel-exams.ts';
import type { SamplePage } from './panel-samples.ts';
import { samplePages } from './panel-samples.ts';
import { setUpPanel } from './panel-suite.ts';
import { visit } from './panel-visitor.ts';

/** Taps that the page itself has been given: what a person's finger would count. */
const countTaps = `window.taps = 0;
  addEventListener('pointerdown', () => { window.taps += 1; }, true)`;

const outcome = { examId: 'dx', outcomeId: 'dx-1' };

describeWith(['chromium'], 'acting at the panel with a finger', () => {
  const suite = setUpPanel('test');

  async function open(path: string, as: Role, turnsClock = false): Promise<Page> {
    const page: SamplePage = { name: path, path, as };
    const opened = await suite.open({ page, hasTouch: true });
    if (turnsClock) {
      await opened.page.clock.install();
      await opened.page.reload();
      await opened.page.locator('.frame[data-link=live]').waitFor();
    }
    await opened.page.evaluate(countTaps);
    return opened.page;
  }

  const taps = (page: Page) => page.evaluate<number>('window.taps');
  const acts = (): Act[] => suite.samples.source.acts.map(({ act }) => act);
  const kinds = () => acts().map(({ kind }) => kind);

  /** Waits until the source was told, and not of anything else. */
  const untilTold = (told: Act[]) => expect.poll(acts).toEqual(told);

  const button = (within: Page | Locator, kind: string) => within.locator(`[data-act=${kind}]`);
  const sheet = (page: Page) => page.locator('dialog.sheet');

  it('puts the exchange of a model off from the page of the device, where the role may', async () => {
    const page = await open('/device', 'technologist');
    await button(page, 'postpone-update').tap();
    await untilTold([{ kind: 'postpone-update' }]);
    const reader = await open('/device', 'radiologist');
    await reader.locator('.device-groups').waitFor();
    expect(await button(reader, 'postpone-update').count()).toBe(0);
  });

  describe.each([
    ['the list', '/', '[data-id=dx]'],
    ['the page of an exam', '/exams/dx', '.exam-page'],
  ])('from %s', (_, path, place) => {
    it('says with 1 tap that it was seen, and takes it back', async () => {
      const page = await open(path, 'technologist');
      await button(page.locator(place), 'seen').tap();
      expect(await taps(page)).toBe(1);
      await untilTold([{ kind: 'seen', ...outcome }]);
      await button(page.locator('.undo-bar'), 'unseen').tap();
      await untilTold([
        { kind: 'seen', ...outcome },
        { kind: 'unseen', examId: 'dx' },
      ]);
      await button(page.locator(place), 'seen').waitFor();
    });

    it('disagrees for a coded reason with 2 taps, takes it back, and withdraws nothing', async () => {
      const page = await open(path, 'radiologist');
      await page.locator(`${place} [data-sheet=disagree]`).tap();
      await button(sheet(page), 'disagree').first().tap();
      expect(await taps(page)).toBeLessThanOrEqual(3);
      await sheet(page).waitFor({ state: 'detached' });
      const said: Act = { kind: 'disagree', ...outcome, reason: 'not-seen', note: '' };
      await untilTold([said]);
      await button(page.locator('.undo-bar'), 'retract').tap();
      await untilTold([said, { kind: 'retract', examId: 'dx', actId: '1' }]);
      expect(kinds()).not.toContain('withdraw');
      const { outcome: still } = suite.samples.source.list.find(({ id }) => id === 'dx')!;
      expect(still).toMatchObject({ state: 'flagged', withdrawn: false });
    });
  });

  it('agrees with 1 tap on the page of an exam, and takes it back', async () => {
    const page = await open('/exams/dx', 'technologist');
    await button(page.locator('.exam-page'), 'agree').tap();
    expect(await taps(page)).toBe(1);
    await untilTold([{ kind: 'agree', ...outcome }]);
    await button(page.locator('.undo-bar'), 'retract').tap();
    await untilTold([
      { kind: 'agree', ...outcome },
      { kind: 'retract', examId: 'dx', actId: '1' },
    ]);
  });

  it(`offers the way back for ${undoMs / 1000} s and no longer`, async () => {
    const page = await open('/', 'technologist', true);
    await button(page.locator('[data-id=dx]'), 'seen').tap();
    await page.locator('.undo-bar').waitFor();
    await page.clock.runFor(undoMs - 3000);
    expect(await page.locator('.undo-bar').count()).toBe(1);
    await page.clock.runFor(5000);
    await page.locator('.undo-bar').waitFor({ state: 'detached' });
  });

  it('lets an authorised role withdraw a flag in two steps, with a reason', async () => {
    const page = await open('/exams/dx', 'radiologist');
    await page.locator('[data-sheet=withdraw]').tap();
    expect(await button(sheet(page), 'withdraw').count()).toBe(0);
    expect(await sheet(page).locator('[data-step=next]').count()).toBe(0);
    await sheet(page)
      .locator('label', { has: page.locator('[value=false-flag]') })
      .tap();
    expect(await button(sheet(page), 'withdraw').count()).toBe(0);
    await sheet(page).locator('[data-step=next]').tap();
    expect(acts()).toEqual([]);
    await button(sheet(page), 'withdraw').tap();
    await untilTold([{ kind: 'withdraw', ...outcome, reason: 'false-flag', note: '' }]);
  });

  it('does not let a technologist withdraw one, by page or by request', async () => {
    const page = await open('/exams/dx', 'technologist');
    expect(await page.locator('[data-sheet=withdraw]').count()).toBe(0);
    const form = { outcomeId: 'dx-1', reason: 'false-flag', note: '' };
    const ask = async (role: Role) =>
      (await (await visit(suite.samples.panel, role)).post('/api/exams/dx/withdraw', form)).status;
    expect(await ask('technologist')).toBe(403);
    expect(acts()).toEqual([]);
    expect(await ask('radiologist')).toBe(200);
    expect(kinds()).toEqual(['withdraw']);
  });

  // It opens every page of the panel.
  it(
    'pauses AI with 2 taps; every page says so until it is resumed',
    { timeout: 120_000 },
    async () => {
      const page = await open('/', 'radiologist');
      await page.locator('.header [data-sheet=pause]').tap();
      await button(sheet(page), 'pause').first().tap();
      expect(await taps(page)).toBeLessThanOrEqual(2);
      await untilTold([{ kind: 'pause', reason: 'wrong-results' }]);
      await page.locator('.pause-banner').waitFor();
      for (const sample of samplePages.filter(({ as }) => as)) {
        const other = await suite.open({ page: sample });
        expect(await other.page.locator('.pause-banner').isVisible(), sample.name).toBe(true);
        await other.context.close();
      }
      await button(page.locator('.pause-banner'), 'resume').tap();
      await expect.poll(kinds).toEqual(['pause', 'resume']);
      await page.locator('.pause-banner').waitFor({ state: 'detached' });
    },
  );

  it('asks after half an hour whether the pause is still meant', async () => {
    const now = systemClock.now();
    const pause = { paused: true, since: now - 1_800_000, user: 'a', reason: 'other' } as const;
    suite.samples.source.putDevice({ pause: { ...pause, remindAt: now + 600_000 } });
    const page = await open('/', 'technologist');
    expect(await page.locator('.pause-banner.pause-due').count()).toBe(0);
    suite.samples.source.putDevice({ pause: { ...pause, remindAt: now } });
    await page.locator('.pause-banner.pause-due').waitFor();
  });

  it('says with 1 tap that an image was taken again', async () => {
    const page = await open('/', 'technologist');
    await button(page.locator('[data-id=quality]'), 'repeat-taken').tap();
    expect(await taps(page)).toBe(1);
    await untilTold([{ kind: 'repeat-taken', examId: 'quality', outcomeId: 'quality-1' }]);
  });

  it('shows no act as done that the server did not keep', async () => {
    const page = await open('/', 'technologist');
    await page.route('**/api/exams/dx/seen', (route) => route.abort());
    await button(page.locator('[data-id=dx]'), 'seen').tap();
    await page.locator('[data-id=dx] .trouble').waitFor();
    expect(await page.locator('.undo-bar').count()).toBe(0);
    expect(await button(page.locator('[data-id=dx]'), 'seen').count()).toBe(1);
    expect(acts()).toEqual([]);
  });

  it('would notice an act that was about an older result', async () => {
    const page = await open('/', 'technologist');
    putChest(suite.samples.source, {
      exam: { outcomeId: 'dx-2', version: 2, receivedAt: systemClock.now() },
    });
    await expect.poll(() => page.locator('[data-id=dx]').getAttribute('data-outcome')).toBe('dx-2');
    await button(page.locator('[data-id=dx]'), 'seen').tap();
    await untilTold([{ kind: 'seen', examId: 'dx', outcomeId: 'dx-2' }]);
  });
});
