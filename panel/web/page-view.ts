import type { PageView } from '../view/app.ts';
import { ListView } from '../view/pages/list.ts';
import type { PageData } from '../view/state.ts';

/** The list comes at once; what shows another page comes with that page, so that the list does not carry it. */
const views: { [Name in PageData['name']]: () => PageView<Name> | Promise<PageView<Name>> } = {
  list: () => ListView,
  device: async () => (await import('../view/pages/device.ts')).DevicePageView,
  models: async () => (await import('../view/pages/models.ts')).ModelsView,
  quality: async () => (await import('../view/pages/quality.ts')).QualityView,
  reading: async () => (await import('../view/pages/reading.ts')).ReadingView,
  service: async () => (await import('../view/pages/service.ts')).ServicePageView,
  about: async () => (await import('../view/pages/about.ts')).AboutView,
  exam: async () => (await import('../view/pages/exam.ts')).ExamPageView,
  'sign-in': async () => (await import('../view/pages/sign-in.ts')).SignInView,
  setup: async () => (await import('../view/pages/setup.ts')).SetupView,
  account: async () => (await import('../view/pages/account.ts')).AccountView,
  users: async () => (await import('../view/pages/users.ts')).UsersView,
  refused: async () => (await import('../view/pages/refused.ts')).RefusedView,
  entered: async () => (await import('../view/pages/entered.ts')).EnteredView,
  'not-found': async () => (await import('../view/pages/not-found.ts')).NotFoundView,
};

export async function loadView(name: PageData['name']): Promise<PageView> {
  return (await views[name]()) as PageView;
}
