import { describe, expect, it } from 'vitest';
import { systemClock } from '../device/clock.ts';
import { describeWith } from './outside.ts';
import { viewports } from './panel-browser.ts';
import { blinkingOf, cutOf, smallTargetsOf } from './panel-layout.ts';
import { hostileExams, movedTo } from './panel-rows.ts';
import { openSample, samplePages, shownLanguages, startSamplePanel } from './panel-samples.ts';
import { setUpPanel } from './panel-suite.ts';

const list = samplePages[0]!;
const sizes = Object.entries(viewports);

describeWith(['chromium'], 'the panel on every screen', () => {
  const suite = setUpPanel('suite');

  describe.each(shownLanguages)('%s', (language) => {
    it.each(samplePages)('fits, and can be hit with a finger, on $name', async (page) => {
      const mark = page.path.includes('?') ? '&' : '?';
      const spoken = { ...page, path: `${page.path}${mark}language=${language}` };
      const opened = await suite.open({ page: spoken });
      expect(await opened.page.locator('body').innerText(), 'a gap').not.toMatch(/\{\w+\}/);
      for (const [name, size] of sizes) {
        await opened.page.setViewportSize(size);
        expect(await cutOf(opened.page), name).toEqual([]);
        expect(await smallTargetsOf(opened.page), name).toEqual([]);
      }
    });
  });

  it('fits whatever an image may say', async () => {
    const hostile = await startSamplePanel();
    hostile.source.list = movedTo(systemClock.now(), hostileExams());
    const { page } = await openSample(suite.browser, hostile, { page: list });
    for (const [name, size] of sizes) {
      await page.setViewportSize(size);
      expect(await cutOf(page), name).toEqual([]);
    }
    await hostile.close();
  });

  it('would notice what is cut and what is small', async () => {
    const { page } = await suite.open({ page: list, bypassCSP: true });
    await page.evaluate(`document.querySelector('main').append(
      document.createRange().createContextualFragment('<p style="width:90px;overflow:hidden;white-space:nowrap">' +
      'more than fits in it</p><button type="button" class="planted" style="min-height:0;height:40px">x</button>' +
      '<p style="width:3000px">wide</p>'))`);
    expect((await cutOf(page)).join('\n')).toMatch(
      /more than fits.*too narrow[^]*leaves the screen/,
    );
    expect((await smallTargetsOf(page)).join('\n')).toContain('button.planted');
  });

  it.each(samplePages)('moves nothing on $name where the system asks for calm', async (page) => {
    const calm = { page, reducedMotion: 'reduce' } as const;
    expect(await blinkingOf((await suite.open(calm)).page)).toEqual([]);
  });

  it.each([
    ['reduce', 0],
    ['no-preference', 1],
  ] as const)('blinks for an alarm, unless asked not to: %s', async (reducedMotion, least) => {
    const alarmed = await startSamplePanel();
    const conditions = [{ id: 'disk-refusing', priority: 'high', values: {} }] as const;
    alarmed.source.state = { ...alarmed.source.state, conditions: [...conditions] };
    const { page } = await openSample(suite.browser, alarmed, { page: list, reducedMotion });
    await page.locator('.notices').waitFor();
    const blinking = await blinkingOf(page);
    if (least === 0) expect(blinking).toEqual([]);
    else expect(blinking.length).toBeGreaterThanOrEqual(least);
    await alarmed.close();
  });
});
