import { h } from 'preact';
import type { JSX } from 'preact';
import { Frame } from './frame.ts';
import type { Live } from './live.ts';
import { LiveProvider } from './live.ts';
import { ExamPageView } from './pages/exam.ts';
import { AccountView } from './pages/account.ts';
import { AboutView } from './pages/about.ts';
import { DevicePageView } from './pages/device.ts';
import { ListView } from './pages/list.ts';
import { ModelsView } from './pages/models.ts';
import { NotFoundView } from './pages/not-found.ts';
import { RefusedView } from './pages/refused.ts';
import { SetupView } from './pages/setup.ts';
import { SignInView } from './pages/sign-in.ts';
import { UsersView } from './pages/users.ts';
import { QualityView } from './pages/quality.ts';
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
  if (page.name === 'exam') return h(ExamPageView, {});
  if (page.name === 'sign-in') return h(SignInView, page);
  if (page.name === 'setup') return h(SetupView, page);
  if (page.name === 'account') return h(AccountView, page);
  if (page.name === 'users') return h(UsersView, page);
  if (page.name === 'refused') return h(RefusedView, page);
  if (page.name === 'device') return h(DevicePageView, page);
  if (page.name === 'models') return h(ModelsView, page);
  if (page.name === 'quality') return h(QualityView, {});
  if (page.name === 'about') return h(AboutView, page);
  return h(NotFoundView, {});
}
