import type { Role } from '../role.ts';
import type { DeviceView, ExamView } from '../source.ts';
import type { EnteredPage } from './pages/entered.ts';
import type { Shipment } from './pages/about.ts';
import type { DevicePage } from './pages/device.ts';
import type { ExamPage } from './pages/exam.ts';
import type { ListPage } from './pages/list.ts';
import type { ModelsPage } from './pages/models.ts';
import type { ReadingPage } from './pages/reading.ts';
import type { QualityPage } from './pages/quality.ts';
import type { AccountPage } from './pages/account.ts';
import type { RefusedPage } from './pages/refused.ts';
import type { ServicePage } from './pages/service.ts';
import type { SetupPage } from './pages/setup.ts';
import type { SignInPage } from './pages/sign-in.ts';
import type { UsersPage } from './pages/users.ts';
import type { Catalogue } from './words/catalogue.ts';

/** What every page needs and what does not change while it is open. */
export interface Shell {
  /** BCP 47, of the words. */
  language: string;
  direction: 'ltr' | 'rtl';
  theme: 'dark' | 'light';
  words: Catalogue;
  /** IANA name of the device's time zone. */
  timeZone: string;
  /** Who is signed in; undefined on the pages that come before. */
  user: { name: string; role: Role; permissions: readonly string[] } | undefined;
  /** Goes with everything that changes something. */
  csrf: string;
  /** Seconds without a touch after which names are masked; 0 is never. */
  privacyMaskSeconds: number;
  /** Names were masked when this browser loaded the page by itself: they stay so. */
  masked?: boolean | undefined;
}

/** The pages and what each is made of. */
export type PageData =
  | ({ name: 'list' } & ListPage)
  | ({ name: 'exam' } & ExamPage)
  | ({ name: 'device' } & DevicePage)
  | ({ name: 'models' } & ModelsPage)
  | ({ name: 'quality' } & QualityPage)
  | ({ name: 'reading' } & ReadingPage)
  | ({ name: 'service' } & ServicePage)
  | ({ name: 'about' } & Shipment)
  | ({ name: 'sign-in' } & SignInPage)
  | ({ name: 'setup' } & SetupPage)
  | ({ name: 'account' } & AccountPage)
  | ({ name: 'users' } & UsersPage)
  | ({ name: 'refused' } & RefusedPage)
  | ({ name: 'entered' } & EnteredPage)
  | { name: 'not-found' };

/** All that a page shows, as the server knew it when it was asked. */
export interface PageState {
  shell: Shell;
  page: PageData;
  now: number;
  /** The newest event that this already shows. */
  lastEventId: string;
  device: DeviceView;
  exams: ExamView[];
  seen: Record<string, string>;
}
