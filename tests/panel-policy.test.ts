import { expect, it } from 'vitest';
import { systemClock } from '../device/clock.ts';
import { describeWith } from './outside.ts';
import { putChest, putDetail } from './panel-exams.ts';
import { type Complaints, type Watched } from './panel-browser.ts';
import { hostileExams, hostileTexts, movedTo } from './panel-rows.ts';
import { openSample, samplePages, startSamplePanel } from './panel-samples.ts';
import { setUpPanel } from './panel-suite.ts';

const list = samplePages[0]!;

/** What hostile texts would like to become. */
const intruders = 'main :is(script, iframe, object, img[src^=x])';

const none = { errors: [], violations: [], strangers: [] };

const picturesDrawn = `Promise.all([...document.images].map((image) => image.decode().catch(() => {})))`;

/** The complaints of a page that was looked at: what is folded was opened, and what loads lazily was scrolled to. */
async function complaintsOf({ page, complaints }: Watched): Promise<Complaints> {
  await page.evaluate(`document.querySelectorAll('details').forEach((each) => (each.open = true))`);
  await page.evaluate(`document.querySelector('main')?.scrollTo(0, 1e6)`);
  await page.evaluate(picturesDrawn);
  return complaints;
}

describeWith(['chromium'], 'the panel keeps to itself', () => {
  const suite = setUpPanel('suite');

  it.each(samplePages)('breaks no policy and asks no stranger on $name', async (page) => {
    const { errors, ...others } = await complaintsOf(await suite.open({ page }));
    const missing = page.name === 'not-found' ? [expect.stringContaining('status of 404')] : [];
    expect({ ...others, errors }).toEqual({ ...none, errors: missing });
  });

  it('asks nobody else on a busy day', async () => {
    const busy = await startSamplePanel('busy');
    const watched = await openSample(suite.browser, busy, { page: list, state: 'busy' });
    expect(await complaintsOf(watched)).toEqual(none);
    await busy.close();
  });

  it('runs nothing of what images say, in the list', async () => {
    const hostile = await startSamplePanel();
    const exams = movedTo(systemClock.now(), hostileExams());
    hostile.source.list = exams;
    const watched = await openSample(suite.browser, hostile, { page: list });
    for (const exam of exams) hostile.source.put({ ...exam, version: 2, late: true });
    await expect.poll(() => watched.page.locator('.late-mark').count()).toBe(exams.length);
    expect(await complaintsOf(watched)).toEqual(none);
    expect(await watched.page.locator(intruders).count()).toBe(0);
    await hostile.close();
  });

  it('runs nothing of what images and people say, on the page of an exam', async () => {
    const hostile = await startSamplePanel();
    const chest = putChest(hostile.source);
    for (const [at, exam] of movedTo(systemClock.now(), hostileExams()).entries()) {
      const note = hostileTexts[at]!;
      const said = { id: '1', kind: 'disagree', user: 'mta-3', at: exam.receivedAt } as const;
      putDetail(hostile.source, {
        ...chest,
        exam,
        images: [],
        previews: 'none',
        acts: [{ ...said, reason: 'artifact', note }],
      });
      const page = { name: 'exam', path: `/exams/${exam.id}`, as: 'radiologist' } as const;
      const watched = await openSample(suite.browser, hostile, { page });
      expect(await complaintsOf(watched), note).toEqual(none);
      expect(await watched.page.locator(intruders).count(), note).toBe(0);
      await watched.context.close();
    }
    await hostile.close();
  });

  it.each([
    ['markup from a script', `document.body.innerHTML = '<b>x</b>'`, 'require-trusted-types-for'],
    [
      'a script in the page',
      `document.body.append(Object.assign(document.createElement('p'), {})); const s = document.createElement('style'); s.textContent = 'p{}'; document.head.append(s)`,
      'style-src',
    ],
    [
      'a picture of another site',
      `document.body.append(Object.assign(new Image(), { src: 'https://elsewhere.example/x.png' }))`,
      'img-src',
    ],
    [
      'a message to another site',
      `fetch('https://elsewhere.example/').catch(() => {})`,
      'connect-src',
    ],
  ])('would notice %s', async (_, script, directive) => {
    const { page, complaints } = await suite.open({ page: list });
    await page.evaluate(`(() => { try { ${script} } catch {} })()`);
    await expect.poll(() => complaints.violations.join('\n')).toContain(directive);
  });

  it('would notice a request to another site that a policy let through', async () => {
    const opening = { page: list, bypassCSP: true };
    const { page, complaints } = await suite.open(opening);
    await page.evaluate(`fetch('https://elsewhere.example/').catch(() => {})`);
    expect(complaints.strangers).toEqual(['https://elsewhere.example/']);
  });
});
