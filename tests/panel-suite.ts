import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { startChromium } from './panel-browser.ts';
import type { Watched } from './panel-browser.ts';
import type { Opening, SamplePanel } from './panel-samples.ts';
import { openSample, startSamplePanel } from './panel-samples.ts';

/** What a suite that looks at the sample panel has at hand while its tests run. */
export interface PanelSuite {
  readonly browser: Browser;
  readonly samples: SamplePanel;
  /** Opens a page of `samples`. */
  open(opening: Opening): Promise<Watched>;
}

/**
 * Gives the suite that calls it a browser and a panel, and closes every page after each test. `lasts`: whether the panel
 * is the suite's, or another for each test because tests act on it.
 */
export function setUpPanel(lasts: 'suite' | 'test'): PanelSuite {
  let browser: Browser;
  let samples: SamplePanel;
  const [before, after] =
    lasts === 'suite' ? ([beforeAll, afterAll] as const) : ([beforeEach, afterEach] as const);
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());
  before(async () => {
    samples = await startSamplePanel();
  });
  after(() => samples.close());
  // The hooks of an end run last first: the pages go before the panel that they are connected to.
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
  });
  return {
    get browser() {
      return browser;
    },
    get samples() {
      return samples;
    },
    open: (opening) => openSample(browser, samples, opening),
  };
}
