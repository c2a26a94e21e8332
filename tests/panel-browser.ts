import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { findProgram } from './outside.ts';

/** The sizes that the panel is made for: a screen on the wall, a tablet, a phone. */
export const viewports = {
  wall: { width: 1280, height: 800 },
  tablet: { width: 1024, height: 768 },
  phone: { width: 390, height: 844 },
} as const;

/** Everything that a page complained of; each of them empty is what a test wants. */
export interface Complaints {
  /** Errors on the console and errors that nobody caught. */
  errors: string[];
  /** Violations of the Content Security Policy, Trusted Types included: `directive blocked-uri`. */
  violations: string[];
  /** Addresses outside of the panel that the page asked for; none of them is ever reached. */
  strangers: string[];
}

/** A page whose complaints are collected. */
export interface Watched {
  page: Page;
  context: BrowserContext;
  complaints: Complaints;
}

const chromiumArguments = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--force-color-profile=srgb',
];

/** Starts the Chromium of the machine. */
export function startChromium(): Promise<Browser> {
  const executablePath = findProgram('chromium') ?? '';
  return chromium.launch({ executablePath, args: chromiumArguments });
}

/** A page of its own, not yet anywhere. `home`: the only origin that it may ask. */
export async function watchedPage(
  browser: Browser,
  home: string,
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext({ viewport: viewports.wall, ...options });
  const complaints: Complaints = { errors: [], violations: [], strangers: [] };
  await guardOrigin(context, new URL(home).origin, complaints);
  await context.exposeFunction('noteViolation', (text: string) => complaints.violations.push(text));
  await context.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
    noteViolation(event.effectiveDirective + ' ' + event.blockedURI), true)`);
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.errors.push(message.text());
  });
  page.on('pageerror', (error) => complaints.errors.push(error.message));
  return { page, context, complaints };
}

async function guardOrigin(context: BrowserContext, home: string, complaints: Complaints) {
  const isStranger = (url: URL) =>
    url.origin !== home && !['data:', 'blob:'].includes(url.protocol);
  await context.route(isStranger, (route) => {
    complaints.strangers.push(route.request().url());
    return route.abort();
  });
}

/** Waits until the page follows the panel's events. */
export async function untilLive(page: Page): Promise<void> {
  await page.locator('.frame[data-link=live]').waitFor();
}
