import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { describeWith } from './outside.ts';
import { samplePages } from './panel-samples.ts';
import { setUpPanel } from './panel-suite.ts';

/** More steps than any page has stops for the keyboard. */
const most = 120;

/** Whether what has the focus shows that it has it. */
const showsFocus = `(() => {
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement);
  return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) || boxShadow !== 'none';
})()`;

/** Tabs from where the focus is to a wanted element, past stops that each show the focus. */
async function tabTo(page: Page, wanted: string): Promise<void> {
  for (let step = 0; step < most; step += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate<string>('document.activeElement.outerHTML.slice(0, 120)');
    if (stop.startsWith('<body')) continue;
    expect(await page.evaluate(showsFocus), stop).toBe(true);
    if (await page.evaluate(`document.activeElement.matches(${JSON.stringify(wanted)})`)) return;
  }
  throw new Error(`the keyboard does not come to ${wanted}`);
}

describeWith(['chromium'], 'the panel with nothing but a keyboard', () => {
  const suite = setUpPanel('test');

  const openList = async () => (await suite.open({ page: samplePages[0]! })).page;

  it('goes from the list to an exam, says that it was seen, and goes back', async () => {
    const page = await openList();
    await tabTo(page, '[data-id=dx] a[href="/exams/dx"]');
    await page.keyboard.press('Enter');
    await page.locator('.frame[data-link=live] .exam-page').waitFor();
    await tabTo(page, '[data-act=seen]');
    await page.keyboard.press('Enter');
    await expect
      .poll(() => suite.samples.source.acts.map(({ act }) => act))
      .toEqual([{ kind: 'seen', examId: 'dx', outcomeId: 'dx-1' }]);
    await tabTo(page, '.exam-page a.back');
    await page.keyboard.press('Enter');
    await page.locator('.frame[data-link=live] [data-id=dx]:not(.unseen)').waitFor();
  });

  it.each(['pause', 'disagree'])(
    'asks before it acts, and gives the focus back to what opened the question: %s',
    async (sheet) => {
      const page = await openList();
      const opener = `[data-sheet=${sheet}]`;
      await tabTo(page, opener);
      for (const leave of ['Escape', 'Enter']) {
        await page.keyboard.press('Enter');
        await page.locator('dialog.sheet[open]').waitFor();
        expect(await page.evaluate(`!!document.activeElement.closest('dialog')`)).toBe(true);
        if (leave === 'Enter') await tabTo(page, '[data-sheet=close]');
        await page.keyboard.press(leave);
        await page.locator('dialog.sheet').waitFor({ state: 'detached' });
        expect(await page.evaluate(`document.activeElement.matches('${opener}')`)).toBe(true);
      }
      expect(suite.samples.source.acts).toEqual([]);
    },
  );

  it('pauses AI and sets it to work again', async () => {
    const list = { ...samplePages[0]!, as: 'administrator' } as const;
    const { page } = await suite.open({ page: list });
    await tabTo(page, '[data-sheet=pause]');
    await page.keyboard.press('Enter');
    await tabTo(page, '[data-act=pause]');
    await page.keyboard.press('Enter');
    await tabTo(page, '[data-act=resume]');
    await page.keyboard.press('Enter');
    await expect
      .poll(() => suite.samples.source.acts.map(({ act }) => act.kind))
      .toEqual(['pause', 'resume']);
  });

  it.each(samplePages)('shows where it is on $name', async (page) => {
    const opened = await suite.open({ page });
    const stops = 'a[href], button, input:not([type=hidden]), select, textarea, summary';
    const last = `[...document.querySelectorAll('${stops}')].filter((each) => each.checkVisibility()).at(-1)`;
    await opened.page.evaluate(`${last}.dataset.last = 'yes'`);
    await tabTo(opened.page, '[data-last]');
  });
});
