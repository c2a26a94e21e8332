import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createCompareCommand } from '../../cli/model-compare.ts';
import { createEvaluateCommand } from '../../cli/model-evaluate.ts';
import { disk } from '../../device/files.ts';
import { describeWith, findProgram } from '../outside.ts';
import { makeWorkplace, run, scoreTable } from './command-line.ts';

const place = makeWorkplace();
afterAll(place.remove);

/** What a name in a table may hold that a page must not take for its own. */
const hostile = '<img src=x onerror="document.title=1">';

/** Looks at the page from within; a program of the browser, which knows other names than this one. */
const look = `({
  overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  scripts: document.scripts.length,
  images: document.images.length,
  drawn: document.querySelectorAll('svg[role=img][aria-label]').length > 0,
  width: getComputedStyle(document.body).maxWidth,
  broken: /NaN|undefined/.test(document.body.innerHTML),
})`;

async function writePages(): Promise<string[]> {
  const text = scoreTable('first').replace('image-7.dcm', `"${hostile.replaceAll('"', '""')}"`);
  const [scores, other] = [place.write('a.csv', text), place.write('b.csv', text)];
  const unused = async () => Promise.reject(new Error('no bundle is evaluated here'));
  const evaluate = createEvaluateCommand({ files: disk, openScorer: unused });
  const common = ['--subgroups', 'age,sex', '--bootstrap', '200', '--out', place.path('out')];
  const gates = ['--gate', 'auc>=0.99', '--prevalence', '0.1'];
  await run(evaluate, '--scores', scores, ...common, ...gates);
  const compare = createCompareCommand({ files: disk });
  await run(compare, scores, other, '--threshold-candidate', '0.9', ...common);
  return ['out/report.html', 'out/comparison.html'].map(place.path);
}

describeWith(['chromium'], 'the reports in a browser', () => {
  let browser: Browser;
  let pages: string[];

  beforeAll(async () => {
    pages = await writePages();
    browser = await chromium.launch({
      executablePath: findProgram('chromium') ?? '',
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-sync'],
    });
  });
  afterAll(() => browser.close());

  it.each(['light', 'dark'] as const)(
    'load nothing, run nothing, break no policy and fit the screen, %s',
    async (colorScheme) => {
      for (const path of pages) {
        const page = await browser.newPage({ colorScheme, viewport: { width: 1100, height: 900 } });
        const complaints: string[] = [];
        const requests: string[] = [];
        page.on('console', (message) => complaints.push(message.text()));
        page.on('request', (request) => requests.push(request.url()));
        await page.goto(pathToFileURL(path).href);
        const seen: Record<string, unknown> = await page.evaluate(look);
        expect(complaints).toEqual([]);
        expect(requests).toHaveLength(1);
        expect(seen).toMatchObject({ overflow: 0, scripts: 0, images: 0, width: '1080px' });
        expect(seen).toMatchObject({ broken: false, drawn: true });
        await page.close();
      }
    },
  );

  it('show a name as it is written, not as a page', async () => {
    const page = await browser.newPage();
    await page.goto(pathToFileURL(pages[1] ?? '').href);
    expect(await page.getByText(hostile).count()).toBe(1);
    expect(await page.title()).not.toBe('1');
    await page.close();
  });
});
