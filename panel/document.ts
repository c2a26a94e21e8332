import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { Assets } from './assets.ts';
import { App } from './view/app.ts';
import { visible } from './view/identity.ts';
import { createLive } from './view/live.ts';
import { viewOf } from './view/pages.ts';
import type { PageState } from './view/state.ts';

/**
 * A page as HTML. It can be read without scripts; with them the browser takes over the same components and keeps them up
 * to date. What the browser starts from stands in it as data, which no policy lets run.
 */
export function documentHtml(state: PageState, assets: Assets): string {
  const { language, direction, theme } = state.shell;
  const live = createLive(state, () => Promise.reject(new Error('no act without scripts')));
  const body = renderToString(h(App, { live, page: state.page, view: viewOf(state.page.name) }));
  const root = `<!doctype html><html lang="${language}" dir="${direction}" data-theme="${theme}">`;
  const data = `<script type="application/json" id="state">${escapeData(JSON.stringify(state))}</script>`;
  return `${root}<head>${head(state, assets)}</head><body><div id="app">${body}</div>${data}</body></html>`;
}

function head({ shell, device, page }: PageState, { script, preloads, styles }: Assets): string {
  return [
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<meta name="color-scheme" content="${shell.theme}">`,
    `<title>${escapeText(visible(device.name))} · Scanside</title>`,
    '<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">',
    ...styles.map((href) => `<link rel="stylesheet" href="${href}">`),
    ...preloads.map((href) => `<link rel="modulepreload" href="${href}">`),
    reloadsOf(page),
    `<script type="module" src="${script}"></script>`,
  ].join('');
}

/** A page that would grow old, without scripts, or until what it waits for has ended, loads itself again. */
function reloadsOf(page: PageState['page']): string {
  if (page.name === 'list') return '<noscript><meta http-equiv="refresh" content="10"></noscript>';
  const waits = page.name === 'service' && page.service.running;
  return waits ? '<meta http-equiv="refresh" content="2">' : '';
}

/** JSON that cannot end the element that it stands in. */
function escapeData(json: string): string {
  return json.replaceAll('<', '\\u003c');
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
