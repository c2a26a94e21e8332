import type { Browser } from 'playwright-core';
import { viewports } from '../tests/panel-browser.ts';
import type { Visitor } from '../tests/panel-visitor.ts';
import { cookiesOf } from './panel-visit.ts';

const firstPaint = `new Promise((resolve) => {
  const look = (list) => {
    const entry = list.getEntriesByName('first-contentful-paint')[0];
    if (entry) resolve(entry.startTime);
  };
  new PerformanceObserver(look).observe({ type: 'paint', buffered: true });
})`;

/** First contentful paint of the list, each time by a browser that has seen nothing of it, milliseconds. */
export async function timePaints(
  browser: Browser,
  panel: string,
  reader: Visitor,
  count: number,
): Promise<number[]> {
  const times: number[] = [];
  for (let at = 0; at < count; at++) {
    const context = await browser.newContext({ viewport: viewports.wall });
    await context.addCookies(cookiesOf(reader, panel));
    const page = await context.newPage();
    await page.goto(panel);
    times.push(await page.evaluate<number>(firstPaint));
    await context.close();
  }
  return times;
}

/** How many exams the list shows with scripts off. */
export async function countWithoutScripts(
  browser: Browser,
  panel: string,
  reader: Visitor,
): Promise<number> {
  const context = await browser.newContext({ javaScriptEnabled: false });
  await context.addCookies(cookiesOf(reader, panel));
  const page = await context.newPage();
  await page.goto(panel);
  const rows = await page.locator('.exam h2:visible').count();
  await context.close();
  return rows;
}
