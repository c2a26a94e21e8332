import type { PageView } from './app.ts';
import { AboutView } from './pages/about.ts';
import { AccountView } from './pages/account.ts';
import { DevicePageView } from './pages/device.ts';
import { EnteredView } from './pages/entered.ts';
import { ExamPageView } from './pages/exam.ts';
import { ListView } from './pages/list.ts';
import { ModelsView } from './pages/models.ts';
import { NotFoundView } from './pages/not-found.ts';
import { QualityView } from './pages/quality.ts';
import { ReadingView } from './pages/reading.ts';
import { RefusedView } from './pages/refused.ts';
import { ServicePageView } from './pages/service.ts';
import { SetupView } from './pages/setup.ts';
import { SignInView } from './pages/sign-in.ts';
import { UsersView } from './pages/users.ts';
import type { PageData } from './state.ts';

/** Every page by its name, for the server; the browser loads the one that it shows. */
const views: { [Name in PageData['name']]: PageView<Name> } = {
  list: ListView,
  device: DevicePageView,
  models: ModelsView,
  quality: QualityView,
  reading: ReadingView,
  service: ServicePageView,
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

export function viewOf(name: PageData['name']): PageView {
  return views[name] as PageView;
}
