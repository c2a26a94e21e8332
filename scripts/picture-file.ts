import { writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

/** WebP of a quality at which small text stays sharp is a third of a PNG; only the browser's own protocol gives it. */
export async function savePicture(page: Page, path: string): Promise<void> {
  if (path.endsWith('.png')) return void (await page.screenshot({ path }));
  const browser = await page.context().newCDPSession(page);
  const { data } = await browser.send('Page.captureScreenshot', { format: 'webp', quality: 82 });
  writeFileSync(path, Buffer.from(data, 'base64'));
}
