import { afterEach, beforeEach, expect, it } from 'vitest';
import { ManualClock } from '../device/manual-clock.ts';
import { startPanel, type Panel } from '../panel/server.ts';
import { freePort } from './outside.ts';
import { SampleSource } from './panel-source.ts';
import { sampleAccounts } from './panel-visitor.ts';
import { startProviderDouble, type ProviderDouble } from './provider-double.ts';

const accounts = await sampleAccounts();
const clientId = 'scanside-bay-3';

let clock: ManualClock;
let source: SampleSource;
let provider: ProviderDouble;
let panel: Panel;

beforeEach(async () => {
  clock = new ManualClock();
  source = new SampleSource();
  provider = await startProviderDouble(clientId);
  provider.claims = { preferred_username: 'Anna.K', groups: ['staff', 'ct-readers'] };
  const port = await freePort();
  const oidc = {
    issuer: provider.issuer,
    clientId,
    clientSecret: undefined,
    panelUrl: `http://127.0.0.1:${port}/`,
    nameClaim: 'preferred_username',
    roleClaim: 'groups',
    roles: { radiologist: ['ct-readers'], technologist: ['staff'], administrator: ['it'] },
  };
  panel = await startPanel({ host: '127.0.0.1', port, clock, source, accounts, oidc });
});

afterEach(async () => {
  await panel.close();
  await provider.close();
});

const go = (url: string, cookie = '') =>
  fetch(new URL(url, panel.url), { headers: { accept: 'text/html', cookie }, redirect: 'manual' });

const cookiesOf = ({ headers }: Response) =>
  headers.getSetCookie().map((each) => each.split(';')[0] ?? '');

/** Goes to the provider; where it sends the browser back to, and the cookie that the browser has. */
async function goThere(to = '/?show=look') {
  const start = await go(`/oidc/start?to=${encodeURIComponent(to)}`);
  const there = await fetch(start.headers.get('location') ?? '', { redirect: 'manual' });
  return { back: there.headers.get('location') ?? '', cookie: cookiesOf(start)[0] ?? '', start };
}

async function comeBack(): Promise<Response> {
  const { back, cookie } = await goThere();
  return go(back, cookie);
}

it('signs in whom the provider vouches for, with the widest role of the claim', async () => {
  expect(await (await go('/sign-in')).text()).toContain('/oidc/start?to=%2F');
  const entered = await comeBack();
  expect([entered.status, await entered.text()]).toEqual([
    200,
    expect.stringContaining('content="0;url=/?show=look"'),
  ]);
  const cookie = cookiesOf(entered).find((each) => /^scanside=./.test(each)) ?? '';
  const session = await fetch(new URL('/api/session', panel.url), { headers: { cookie } });
  expect(await session.json()).toMatchObject({ user: 'sso-anna.k', role: 'radiologist' });
  clock.advance(60_000);
  expect((await go('/api/exams', cookie)).status).toBe(200);
  clock.advance(12 * 3600_000);
  expect((await go('/api/session', cookie)).status).toBe(303);
});

it('asks by code, with a challenge, a state and a nonce, and binds it to the browser', async () => {
  const { start } = await goThere();
  const { searchParams } = new URL(start.headers.get('location') ?? '');
  expect(Object.fromEntries(searchParams)).toMatchObject({
    response_type: 'code',
    client_id: clientId,
    code_challenge_method: 'S256',
    redirect_uri: `${panel.url}oidc/callback`,
  });
  for (const name of ['state', 'nonce', 'code_challenge'])
    expect(searchParams.get(name)).toMatch(/^[\w-]{43}$/);
  expect(start.headers.get('set-cookie')).toContain('HttpOnly; SameSite=Lax');
});

it.each([
  ['a foreign key', { foreignKey: true }],
  ['no signature', { unsigned: true }],
  ['another nonce', { nonce: 'another' }],
  ['another issuer', { issuer: 'http://127.0.0.1:1' }],
  ['another audience', { audience: 'another' }],
  ['an end that is past', { lifetime: -3600 }],
])('takes no token with %s', async (_, faults) => {
  provider.faults = faults;
  const answer = await comeBack();
  expect([answer.status, cookiesOf(answer).some((each) => /^scanside=./.test(each))]).toEqual([
    502,
    false,
  ]);
  expect(source.records).toMatchObject([{ kind: 'sign-in-failed', reason: 'provider' }]);
});

it('takes no answer twice, of another browser, with another state, or too late', async () => {
  const { back, cookie } = await goThere();
  expect((await go(back)).status).toBe(502);
  const forged = new URL(back);
  forged.searchParams.set('state', 'forged');
  expect((await go(forged.href, cookie)).status).toBe(502);
  expect((await go(back, cookie)).status).toBe(502);
  const late = await goThere();
  clock.advance(10 * 60_000 + 1);
  expect((await go(late.back, late.cookie)).status).toBe(502);
});

it.each([
  ['no group of ours', { preferred_username: 'anna', groups: ['visitors'] }],
  ['no groups', { preferred_username: 'anna' }],
  ['no name', { groups: ['staff'] }],
  ['a name that is none', { preferred_username: '<b>Anna</b>', groups: ['staff'] }],
])('lets nobody in with %s', async (_, claims) => {
  provider.claims = claims;
  const answer = await comeBack();
  expect([answer.status, await answer.text()]).toEqual([
    403,
    expect.stringContaining('gives you no role here'),
  ]);
});

it('says so where the provider does not answer, and keeps the device’s accounts usable', async () => {
  await provider.close();
  const answer = await go('/oidc/start');
  expect([answer.status, await answer.text()]).toEqual([
    502,
    expect.stringContaining('use an account of this device'),
  ]);
  provider = await startProviderDouble(clientId);
});
