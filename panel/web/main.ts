import { h, hydrate } from 'preact';
import { App } from '../view/app.ts';
import { createLive } from '../view/live.ts';
import type { PageState } from '../view/state.ts';
import { createActing } from './acting.ts';
import { followBadge } from './badge.ts';
import { keepClock } from './clock.ts';
import { startExam } from './exam-start.ts';
import { providePinPads } from './pin-pad.ts';
import { keepLive } from './stream.ts';
import './base.css';
import './access.css';
import './exam.css';
import './device.css';

const state = JSON.parse(document.getElementById('state')?.textContent ?? '{}') as PageState;
const live = createLive(state, createActing(state.shell.csrf));
const root = document.getElementById('app');

if (root) hydrate(h(App, { live, page: state.page }), root);
keepClock(live);
providePinPads(state.shell.words['access.erase'] ?? '');
followBadge(state.shell.csrf);
if (state.shell.user) keepLive(live, state.lastEventId);
if (live.exam) void startExam(live, live.exam);
