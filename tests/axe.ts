import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe says in the page: each violation with the elements that it is of. */
const run = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
  violations.map(({ id, help, nodes }) => id + ' (' + help + '): ' +
    nodes.slice(0, 4).map(({ target }) => target.join(' ')).join(', ')))`;

/** All rules of axe, best practices included. The page's own policy would not let axe in: it has to be set aside. */
export async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(source);
  return page.evaluate<string[]>(run);
}
