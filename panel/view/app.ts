import { h } from 'preact';
import type { JSX } from 'preact';
import { Frame } from './frame.ts';
import type { Live } from './live.ts';
import { LiveProvider } from './live.ts';
import { ListView } from './pages/list.ts';
import { NotFoundView } from './pages/not-found.ts';
import { createSay, SayProvider } from './say.ts';
import type { PageData } from './state.ts';

/** The whole page, the same on the server and in the browser. */
export function App({ live, page }: { live: Live; page: PageData }): JSX.Element {
  const { words, language, timeZone } = live.shell;
  const say = createSay(words, language, timeZone);
  return h(
    SayProvider,
    { value: say },
    h(LiveProvider, { value: live }, h(Frame, { page: page.name }, content(page))),
  );
}

function content(page: PageData): JSX.Element {
  if (page.name === 'list') return h(ListView, page);
  return h(NotFoundView, {});
}
