import { h } from 'preact';
import type { FunctionComponent, JSX } from 'preact';
import { Frame } from './frame.ts';
import type { Live } from './live.ts';
import { setDrawn } from './live.ts';
import { createSay, setSaid } from './say.ts';
import type { PageData } from './state.ts';

/** What shows one kind of page. */
export type PageView<Name extends PageData['name'] = PageData['name']> = FunctionComponent<
  PageData & { name: Name }
>;

/** The whole page, the same on the server and in the browser. `view` is that of `page`'s name. */
export function App({
  live,
  page,
  view,
}: {
  live: Live;
  page: PageData;
  view: PageView;
}): JSX.Element {
  const { words, language, timeZone } = live.shell;
  setDrawn(live);
  setSaid(createSay(words, language, timeZone));
  return h(Frame, { page }, h(view, page));
}
