import { h, hydrate } from 'preact';
import { App } from '../view/app.ts';
import { createLive } from '../view/live.ts';
import type { PageState } from '../view/state.ts';
import { createActing } from './acting.ts';
import { followBadge } from './badge.ts';
import { keepClock } from './clock.ts';
import { startExam } from './exam-start.ts';
import { forgetDrawn } from './forget-drawn.ts';
import { keepMask } from './mask.ts';
import { closeMenus } from './menus.ts';
import { providePinPads } from './pin-pad.ts';
import { loadView } from './page-view.ts';
import { watchSession } from './session.ts';
import { fetchSheets } from './sheets.ts';
import { tellShown } from './shown.ts';
import { keepLive } from './stream.ts';
import './base.css';
import './frame.css';
import './banners.css';
import './outcome.css';
import './list.css';
import './acts.css';
import './access.css';
import './conditions.css';
import './pages.css';
import './exam.css';
import './viewer.css';

const state = JSON.parse(document.getElementById('state')?.textContent ?? '{}') as PageState;
const session = watchSession();
const live = createLive(
  state,
  createActing(state.shell.csrf, () => void session.check()),
);
const root = document.getElementById('app');

const view = await loadView(state.page.name);
forgetDrawn();
if (root) hydrate(h(App, { live, page: state.page, view }), root);
keepClock(live);
closeMenus();
if (state.shell.user) {
  keepLive(live, state.lastEventId, () => void session.check());
  keepMask(live);
  tellShown(live);
  void fetchSheets(live.acting);
}
providePinPads(state.shell.words['access.erase'] ?? '');
followBadge(state.shell.csrf, session);
if (live.exam) void startExam(live, live.exam);
