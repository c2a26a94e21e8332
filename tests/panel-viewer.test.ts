import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { ImageView } from '../panel/exam-detail.ts';
import { describeWith } from './outside.ts';
import { putChest } from './panel-exams.ts';
import { imageView, previewOf, spotPng } from './panel-pictures.ts';
import { samplePages } from './panel-samples.ts';
import { setUpPanel } from './panel-suite.ts';

const examPage = samplePages.find(({ name }) => name === 'exam-chest')!;

/** Where the dot lies, from -1 to 1: above the words at the foot of the stage. */
const dot = { x: -0.4, y: -0.3 };
const [ground, bright] = [500, 3500];

/** Has an imitated graphics processor pass for a real one, so that what runs on one is tried here too. */
const passForGraphics = `{
  const ask = WebGL2RenderingContext.prototype.getParameter;
  WebGL2RenderingContext.prototype.getParameter = function (name) {
    return name === 0x9246 ? 'A graphics processor' : ask.call(this, name);
  };
}`;

/** What a screenshot shows: the brightness of the ground, and the middles of the dot and of what has a colour. */
interface Seen {
  ground: number;
  dot: { x: number; y: number };
  colour: { x: number; y: number };
}

const look = `async (png) => {
  const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const context = canvas.getContext('2d');
  context.drawImage(picture, 0, 0);
  const { data } = context.getImageData(0, 0, picture.width, picture.height);
  const sums = { dot: [0, 0, 0], colour: [0, 0, 0] };
  const add = (sum, weight, x, y) => { sum[0] += weight; sum[1] += weight * x; sum[2] += weight * y; };
  const middle = ([sum, x, y]) => ({ x: x / sum, y: y / sum });
  const at = 4 * (Math.floor(picture.height * 0.5) * picture.width + Math.floor(picture.width * 0.5));
  const ground = data[at];
  for (let y = 20; y < picture.height * 0.8; y += 1)
    for (let x = 20; x < picture.width - 20; x += 1) {
      const [red, , blue] = data.subarray(4 * (y * picture.width + x));
      const colour = red - blue;
      if (colour > 12) add(sums.colour, colour, x, y);
      else if (Math.abs(red - ground) > 60 && red > 8) add(sums.dot, 1, x, y);
    }
  return { ground, dot: middle(sums.dot), colour: middle(sums.colour) };
}`;

async function seen(page: Page): Promise<Seen> {
  const png = (await page.locator('.pictures').screenshot()).toString('base64');
  return page.evaluate<Seen>(`(${look})(${JSON.stringify(png)})`);
}

describeWith(['chromium'], 'the viewer', () => {
  const suite = setUpPanel('test');

  /** An exam of one image with one dot, in which a model has reacted to that dot. */
  async function open(change: Partial<ImageView>, painter: string): Promise<Page> {
    const image = imageView({ id: 'dx-1', rows: 300, columns: 400, etag: 'dot', ...change });
    putChest(suite.samples.source, {
      exam: { profile: 'research' },
      detail: { images: [image] },
    });
    const subject = (x: number, y: number) =>
      Math.hypot((x - dot.x) * image.columns, (y - dot.y) * image.rows * image.aspect) < 20
        ? bright
        : ground;
    suite.samples.source.pictures.set('dx/dx-1', previewOf(image, subject));
    suite.samples.source.pictures.set('dx/dx-1/opacity', spotPng(256, dot, 0.2));
    const { page } = await suite.open({ page: examPage });
    if (painter === 'a graphics processor') {
      await page.addInitScript(passForGraphics);
      await page.reload();
    }
    await page.locator('.heatmaps .hold').waitFor();
    await page.locator('.veil').waitFor({ state: 'detached' });
    return page;
  }

  async function hold(page: Page): Promise<void> {
    await page.locator('.heatmaps .hold').hover();
    await page.mouse.down();
    await expect.poll(async () => (await seen(page)).colour.x).not.toBeNaN();
  }

  const images: [string, Partial<ImageView>][] = [
    ['as it is', {}],
    ['inverted', { inverted: true }],
    ['upright', { rows: 400, columns: 250 }],
    ['of pixels that are not square', { aspect: 1.5 }],
    [
      'in other units',
      { slope: 2, intercept: -1000, windows: [{ name: 'w', center: 3095, width: 8192 }] },
    ],
  ];

  describe.each(['plain drawing', 'a graphics processor'])('by %s', (painter) => {
    it.each(images)(
      'shows an image %s, and where the model reacted lies on it',
      async (_, change) => {
        const page = await open(change, painter);
        const { ground: level, dot: before } = await seen(page);
        const share = (ground + 0.5) / 4096;
        expect(Math.abs(level / 255 - (change.inverted ? 1 - share : share))).toBeLessThan(0.02);
        await hold(page);
        const { colour } = await seen(page);
        expect(Math.hypot(colour.x - before.x, colour.y - before.y)).toBeLessThan(2);
      },
    );

    it('keeps it there when the image is larger, and takes it away when the button is let go', async () => {
      const page = await open({}, painter);
      await page.locator('.canvases').focus();
      for (let press = 0; press < 3; press += 1) await page.keyboard.press('+');
      const { dot: before } = await seen(page);
      await hold(page);
      const { colour } = await seen(page);
      expect(Math.hypot(colour.x - before.x, colour.y - before.y)).toBeLessThan(2);
      await page.mouse.up();
      await expect.poll(async () => (await seen(page)).colour.x).toBeNaN();
    });
  });
});
