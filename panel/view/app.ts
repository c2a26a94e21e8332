import { h } from 'preact';
import type { FunctionComponent, JSX } from 'preact';
import { Frame } from './frame.ts';
import type { Live } from './live.ts';
import { LiveProvider } from './live.ts';
import { AboutView } from './pages/about.ts';
import { DevicePageView } from './pages/device.ts';
import { ExamPageView } from './pages/exam.ts';
import { AccountView } from './pages/account.ts';
import { EnteredView } from './pages/entered.ts';
import { ListView } from './pages/list.ts';
import { ModelsView } from './pages/models.ts';
import { NotFoundView } from './pages/not-found.ts';
import { QualityView } from './pages/quality.ts';
import { RefusedView } from './pages/refused.ts';
import { SetupView } from './pages/setup.ts';
import { SignInView } from './pages/sign-in.ts';
import { UsersView } from './pages/users.ts';
import { createSay, SayProvider } from './say.ts';
import type { PageData } from './state.ts';

/** The whole page, the same on the server and in the browser. */
export function App({ live, page }: { live: Live; page: PageData }): JSX.Element {
  const { words, language, timeZone } = live.shell;
  const say = createSay(words, language, timeZone);
  return h(
    SayProvider,
    { value: say },
    h(LiveProvider, { value: live }, h(Frame, { page }, content(page))),
  );
}

/** Every page by its name. */
const pages: { [Name in PageData['name']]: FunctionComponent<PageData & { name: Name }> } = {
  list: ListView,
  device: DevicePageView,
  models: ModelsView,
  quality: QualityView,
  about: AboutView,
  exam: ExamPageView,
  'sign-in': SignInView,
  setup: SetupView,
  account: AccountView,
  users: UsersView,
  refused: RefusedView,
  entered: EnteredView,
  'not-found': NotFoundView,
};

function content(page: PageData): JSX.Element {
  return h(pages[page.name] as FunctionComponent<PageData>, page);
}
