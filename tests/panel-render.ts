import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { Language } from '../panel/settings.ts';
import type { DeviceView } from '../panel/source.ts';
import { App } from '../panel/view/app.ts';
import { viewOf } from '../panel/view/pages.ts';
import { createLive } from '../panel/view/live.ts';
import type { PageData, PageState } from '../panel/view/state.ts';
import { catalogueOf } from '../panel/view/words/catalogue.ts';
import { device } from './panel-source.ts';

interface Rendering {
  language?: Language;
  device?: Partial<DeviceView>;
}

/** A whole page as the server draws it. */
export function renderPage(page: PageData, rendering: Rendering = {}): string {
  const { language = 'en' } = rendering;
  const view = device(rendering.device);
  const state: PageState = {
    shell: {
      language,
      direction: 'ltr',
      theme: 'dark',
      words: catalogueOf(language),
      timeZone: 'UTC',
      user: undefined,
      csrf: '',
      privacyMaskSeconds: 60,
    },
    page,
    now: view.now,
    lastEventId: '',
    device: view,
    exams: [],
    seen: {},
  };
  const live = createLive(state, () => Promise.reject(new Error('not here')));
  return renderToString(h(App, { live, page, view: viewOf(page.name) }));
}

/** What is to be read of a page, in one line. */
export function readable(html: string): string {
  return html
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
