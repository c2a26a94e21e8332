import { Agent, request as httpsRequest } from 'node:https';
import { connect as connectTls } from 'node:tls';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { disk } from '../device/files.ts';
import { keysOf } from '../device/keys.ts';
import { ManualClock } from '../device/manual-clock.ts';
import { addAccount, changeAccount, makeAccount, removeAccount } from '../panel/access/account.ts';
import { AccountStore } from '../panel/access/account-store.ts';
import { openDeviceCertificate } from '../panel/access/device-certificate.ts';
import { hashSecret } from '../panel/access/secret.ts';
import { startPanel, type Panel } from '../panel/server.ts';
import { exam, SampleSource } from './panel-source.ts';
import { fillAccounts, makeAccountStore, testPin, visit } from './panel-visitor.ts';
import { temporaryFolder } from './peers/process.ts';

let clock: ManualClock;
let source: SampleSource;
let accounts: AccountStore;
let panel: Panel;

beforeEach(async () => {
  const made = makeAccountStore();
  onTestFinished(() => made.remove());
  ({ accounts } = made);
  clock = new ManualClock();
  source = new SampleSource();
  source.list = [exam()];
  panel = await startPanel({ host: '127.0.0.1', port: 0, clock, source, accounts });
});

afterEach(() => panel.close());

const html = { accept: 'text/html' };

/** Asks without a session, as a form of a page does where there are fields. */
function ask(path: string, fields?: Record<string, string>): Promise<Response> {
  const { origin } = new URL(panel.url);
  const headers = fields ? { ...html, origin } : html;
  const body = fields && new URLSearchParams(fields);
  const method = fields ? 'POST' : 'GET';
  return fetch(new URL(path, panel.url), {
    method,
    headers,
    redirect: 'manual',
    ...(body && { body }),
  });
}

const leadsTo = async (answer: Promise<Response>) => {
  const { status, headers } = await answer;
  return [status, headers.get('location')];
};

const recordsOf = (kind: string) => source.records.filter((record) => record.kind === kind);

describe('the first start', () => {
  const first = { name: 'chief', secret: 'three brown chairs' };

  it('leads every page to the setup, and shows and tells nothing else', async () => {
    for (const path of ['/', '/account', '/users', '/nowhere'])
      expect(await leadsTo(ask(path))).toEqual([303, '/setup']);
    expect(await leadsTo(ask('/sign-in'))).toEqual([303, '/setup']);
    const api = await fetch(new URL('/api/exams', panel.url));
    expect([api.status, await api.json()]).toMatchObject([401, { code: 'SETUP_NEEDED' }]);
    const page = await (await ask('/setup')).text();
    expect(page).toContain('Setup code');
    expect(page).not.toMatch(/SC-0001|Sample/);
  });

  it('makes the first administrator for whoever has the code, once', async () => {
    expect(await leadsTo(ask('/setup', { ...first, code: 'AAAA-AAAA-AAAA' }))).toEqual([
      303,
      '/setup?fault=SETUP_REFUSED',
    ]);
    const code = panel.setupCode.toLowerCase().replaceAll('-', ' ');
    const made = await ask('/setup', { ...first, code });
    expect([made.status, made.headers.get('location')]).toEqual([303, '/users']);
    expect(accounts.accounts.map(({ name, role }) => [name, role])).toEqual([
      ['chief', 'administrator'],
    ]);
    expect((await ask('/setup', { ...first, name: 'other', code })).headers.get('location')).toBe(
      '/setup?fault=SETUP_REFUSED',
    );
    expect(await leadsTo(ask('/setup'))).toEqual([303, '/sign-in']);
    expect(accounts.accounts).toHaveLength(1);
    expect(recordsOf('user-changed')).toMatchObject([{ user: 'chief', item: 'created' }]);
  });

  it('makes one administrator of two who set up at the same moment', async () => {
    const code = panel.setupCode;
    const made = await Promise.all(
      ['chief', 'other'].map((name) => ask('/setup', { ...first, name, code })),
    );
    expect(new Set(made.map(({ headers }) => headers.get('location')))).toEqual(
      new Set(['/setup?fault=SETUP_REFUSED', '/users']),
    );
    expect(accounts.accounts).toHaveLength(1);
  });

  it('takes no weak PIN, and no code of another start', async () => {
    const weak = { name: 'chief', secret: '123456', code: panel.setupCode };
    expect(await leadsTo(ask('/setup', weak))).toEqual([303, '/setup?fault=pin-sequence']);
    const other = await startPanel({ host: '127.0.0.1', port: 0, clock, source, accounts });
    await other.close();
    expect(other.setupCode).not.toBe(panel.setupCode);
    expect(await (await ask('/setup?fault=pin-sequence')).text()).toContain('follow each other');
  });
});

describe('a panel with accounts', () => {
  beforeEach(() => fillAccounts(accounts));

  it('leads to the door and back to where one wanted to go', async () => {
    expect(await leadsTo(ask('/?show=look'))).toEqual([303, '/sign-in?to=%2F%3Fshow%3Dlook']);
    const page = await (await ask('/sign-in?to=/?show=look')).text();
    expect(page).toContain('value="/?show=look"');
    const fields = { name: 'technologist', secret: testPin };
    expect(await leadsTo(ask('/sign-in', { ...fields, to: '/?show=look' }))).toEqual([
      303,
      '/?show=look',
    ]);
    expect(await leadsTo(ask('/sign-in', { ...fields, to: '//evil.example' }))).toEqual([303, '/']);
  });

  it('tells nobody at the door about the device', async () => {
    source.putDevice({ model: 'secret-model 1.0' });
    const secret = await hashSecret(accounts.keys, testPin, { n: 1024, r: 8, p: 1 });
    const nina = makeAccount('nina.b', 'Nina', 'radiologist', secret);
    accounts.change((all) => addAccount(all, nina));
    const page = await (await ask('/sign-in')).text();
    expect(page).toContain('BAY 3 X-RAY');
    for (const word of ['secret-model', 'SC-0001', 'nina.b', 'Nina', 'Sample^'])
      expect(page).not.toContain(word);
  });

  it('gives a cookie that no script reads and no other site gets', async () => {
    const answer = await ask('/sign-in', { name: 'technologist', secret: testPin });
    const cookie = answer.headers.get('set-cookie');
    expect(cookie).toMatch(/^scanside=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    const again = await ask('/sign-in', { name: 'technologist', secret: testPin });
    expect(again.headers.get('set-cookie')).not.toBe(cookie);
  });

  it('says what to do after a failure, in the language of the browser', async () => {
    const wrong = { name: 'technologist', secret: '111111' };
    expect(await leadsTo(ask('/sign-in', wrong))).toEqual([303, '/sign-in?fault=SIGN_IN_FAILED']);
    const page = await fetch(new URL('/sign-in?fault=SIGN_IN_FAILED', panel.url), {
      headers: { ...html, 'accept-language': 'de-DE' },
    });
    expect(await page.text()).toContain('Name, PIN oder Ausweis stimmt nicht');
    const made = await (await ask('/sign-in?fault=Call-0900-1234')).text();
    expect(made).not.toMatch(/role="alert"/);
  });

  it('ends a session on the server: a replayed cookie is refused', async () => {
    const visitor = await visit(panel);
    expect((await visitor.fetch('/api/exams')).status).toBe(200);
    const left = await visitor.fetch('/sign-out', {
      method: 'POST',
      headers: { ...html, 'content-type': 'application/x-www-form-urlencoded' },
      body: `csrf=${visitor.csrf}`,
    });
    expect(await leadsTo(Promise.resolve(left))).toEqual([303, '/sign-in']);
    expect(left.headers.get('clear-site-data')).toContain('"cache"');
    expect(left.headers.get('set-cookie')).toContain('Max-Age=0');
    expect((await visitor.fetch('/api/exams')).status).toBe(401);
    expect(recordsOf('signed-out')).toMatchObject([{ reason: 'asked-for' }]);
  });

  it('ends what a session has open with it', async () => {
    const visitor = await visit(panel);
    const stream = await visitor.fetch('/api/events');
    const reader = stream.body?.getReader();
    await reader?.read();
    await visitor.post('/sign-out');
    while (!(await reader?.read())?.done);
    expect(panel.viewers).toBe(0);
  });

  it('hands over in place: the one who was there is out, on the same page', async () => {
    const before = await visit(panel);
    const answer = await before.post('/sign-in', { name: 'radiologist', secret: testPin, to: '/' });
    expect(answer.status).toBe(200);
    expect((await before.fetch('/api/exams')).status).toBe(401);
    const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
    const session = await before.fetch('/api/session', { headers: { cookie } });
    expect(await session.json()).toMatchObject({ user: 'radiologist' });
    expect(recordsOf('signed-out')).toMatchObject([{ reason: 'switched' }]);
  });

  it('lets a badge in, once an administrator has given it', async () => {
    const admin = await visit(panel, 'administrator');
    const badge = '0012345678';
    expect((await admin.post('/users/radiologist/badge', { badge })).status).toBe(200);
    expect(await leadsTo(ask('/sign-in', { badge }))).toEqual([303, '/']);
    const own = await admin.post('/users/administrator/badge', { badge: '0012345679' });
    expect([own.status, await own.json()]).toMatchObject([400, { fault: 'badge-administrator' }]);
  });

  it('ends sessions after idle minutes and after all hours', async () => {
    const visitor = await visit(panel);
    clock.advance(240 * 60_000);
    expect((await visitor.fetch('/api/exams')).status).toBe(401);
    expect(recordsOf('signed-out')).toMatchObject([{ reason: 'expired' }]);
  });

  it('ends the sessions of an account whose role a command changes in the file', async () => {
    const visitor = await visit(panel, 'radiologist');
    accounts.change((all) => changeAccount(all, 'radiologist', { role: 'technologist' }));
    clock.advance(5_000);
    expect((await visitor.fetch('/api/exams')).status).toBe(401);
    const other = await visit(panel, 'field-engineer');
    accounts.change((all) => removeAccount(all, 'field-engineer'));
    clock.advance(5_000);
    expect((await other.fetch('/api/session')).status).toBe(401);
  });

  it('lets an administrator manage people, with what is wrong said', async () => {
    const admin = await visit(panel, 'administrator');
    const added = { name: 'Nina.B', displayName: 'Nina', role: 'technologist', secret: '907342' };
    expect((await admin.post('/users', added)).status).toBe(200);
    const again = await admin.post('/users', added);
    expect([again.status, await again.json()]).toMatchObject([400, { fault: 'name-taken' }]);
    await visit(panel, 'technologist', { user: 'nina.b', secret: '907342' });
    await admin.post('/users/nina.b/role', { role: 'radiologist' });
    await admin.post('/users/nina.b/secret', { secret: 'three brown chairs' });
    await visit(panel, 'radiologist', { user: 'nina.b', secret: 'three brown chairs' });
    expect(await (await admin.fetch('/users', { headers: html })).text()).toContain('Nina');
    expect((await admin.post('/users/nina.b/remove')).status).toBe(200);
    const last = await admin.post('/users/administrator/remove');
    expect(await last.json()).toMatchObject({ fault: 'last-administrator' });
    expect((await admin.post('/users/nobody/remove')).status).toBe(404);
    expect(recordsOf('user-changed').map((record) => 'item' in record && record.item)).toEqual([
      'created',
      'role',
      'secret',
      'removed',
    ]);
  });

  it('changes one’s own PIN with the old one, and ends all other sessions of it', async () => {
    const [here, there] = [await visit(panel), await visit(panel)];
    const wrong = await here.post('/account/secret', { current: '000000', secret: '907342' });
    expect(wrong.status).toBe(401);
    const changed = await here.post('/account/secret', { current: testPin, secret: '907342' });
    expect(changed.status).toBe(200);
    expect((await there.fetch('/api/exams')).status).toBe(401);
    const cookie = changed.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect((await here.fetch('/api/exams', { headers: { cookie } })).status).toBe(200);
    await visit(panel, 'technologist', { secret: '907342' });
  });

  it('records who came, went and was sent away, and never what was typed', async () => {
    await ask('/sign-in', { name: 'my-typed-name', secret: 'my-typed-secret' });
    await ask('/sign-in', { badge: 'my-typed-badge' });
    await visit(panel);
    const text = JSON.stringify(source.records);
    expect(text).not.toMatch(/typed/);
    expect(source.records.map(({ kind }) => kind)).toEqual([
      'sign-in-failed',
      'sign-in-failed',
      'signed-in',
    ]);
  });

  it('goes on, and says so, where a record cannot be kept', async () => {
    source.record = () => Promise.reject(new Error('disk full'));
    expect((await (await visit(panel)).fetch('/api/exams')).status).toBe(200);
  });
});

it('lets nobody in where the accounts are lost, not even by the setup code', async () => {
  const { accounts: kept, folder, remove } = makeAccountStore();
  onTestFinished(() => remove());
  await fillAccounts(kept);
  for (const name of disk.list(folder).filter((each) => each !== 'in-use'))
    disk.remove(join(folder, name));
  const lost = new AccountStore(disk, kept.keys, folder);
  const other = await startPanel({ host: '127.0.0.1', port: 0, clock, source, accounts: lost });
  onTestFinished(() => other.close());
  const { origin } = new URL(other.url);
  const page = await fetch(new URL('/', other.url), { headers: html, redirect: 'manual' });
  expect([page.status, await page.text()]).toMatchObject([
    503,
    expect.stringContaining('Call a field engineer'),
  ]);
  const setup = await fetch(new URL('/setup', other.url), {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json' },
    body: JSON.stringify({ code: other.setupCode, name: 'chief', secret: '907342' }),
  });
  expect([setup.status, await setup.json()]).toMatchObject([503, { code: 'ACCOUNTS_UNUSABLE' }]);
  expect((await fetch(new URL('/healthz', other.url))).status).toBe(200);
});

it('is served over HTTPS with the device’s own certificate, from TLS 1.2 on', async () => {
  const { path, remove } = temporaryFolder();
  onTestFinished(() => remove());
  const names = { needed: ['127.0.0.1'], further: ['localhost'] };
  const keys = keysOf(randomBytes(32));
  const now = Date.now();
  const tls = await openDeviceCertificate({ files: disk, keys, folder: path, names, now });
  const secure = await startPanel({ host: '127.0.0.1', port: 0, clock, source, accounts, tls });
  onTestFinished(() => secure.close());
  await fillAccounts(accounts);
  const agent = new Agent({ ca: tls.certificate });
  onTestFinished(() => agent.destroy());
  const { origin } = new URL(secure.url);
  expect(origin).toMatch(/^https:/);
  const body = JSON.stringify({ name: 'technologist', secret: testPin });
  const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
    const options = {
      method: 'POST',
      agent,
      headers: { origin, 'content-type': 'application/json' },
    };
    const request = httpsRequest(new URL('/sign-in', secure.url), options, (answer) => {
      answer.resume();
      resolve(answer.headers);
    });
    request.on('error', reject);
    request.end(body);
  });
  expect(String(headers['set-cookie'])).toMatch(
    /^__Host-scanside=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
  );
  expect(headers['strict-transport-security']).toBeUndefined();
  const old = new Promise((resolve) => {
    const { port } = secure;
    const options = {
      port,
      host: '127.0.0.1',
      ca: tls.certificate,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
    } as const;
    connectTls(options).on('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
  });
  expect(await old).toMatch(/VERSION|PROTOCOL|CIPHER|ALERT/i);
});

it('makes an account that is shown as its owner wants, with nothing hidden in it', async () => {
  const secret = await hashSecret(accounts.keys, testPin, { n: 1024, r: 8, p: 1 });
  const odd = makeAccount('odd', '\u202eAda\u0000 ', 'technologist', secret);
  accounts.change((all) => addAccount(all, { ...odd, role: 'administrator' }));
  expect(odd.displayName).toBe('Ada');
});
