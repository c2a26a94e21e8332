import { connect, type Socket } from 'node:net';
import fastify from 'fastify';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../device/clock.ts';
import { registerAccess } from '../panel/access/access.ts';
import { isAllowed } from '../panel/access/permissions.ts';
import type { PanelRecord } from '../panel/record.ts';
import { roles } from '../panel/role.ts';
import { startPanel, type Panel } from '../panel/server.ts';
import { exam, SampleSource } from './panel-source.ts';
import { sampleAccounts, visit } from './panel-visitor.ts';

const accounts = await sampleAccounts();

let source: SampleSource;
let panel: Panel;

beforeEach(async () => {
  source = new SampleSource();
  source.list = [exam()];
  panel = await startPanel({ ...options, source });
});

afterEach(() => panel.close());

const options = { host: '127.0.0.1', port: 0, clock: systemClock, accounts };

/** Every route of the panel with an example of its address, and who may ask it. */
async function listRoutes() {
  const other = await startPanel({ ...options, source: new SampleSource() });
  await other.close();
  return other.routes.map(({ method, url, permission }) => {
    return { method, path: url.replaceAll(/:\w+/g, 'e1'), permission };
  });
}

const routes = await listRoutes();
const guarded = routes.flatMap(({ method, path, permission }) =>
  permission === undefined || permission === 'public' ? [] : [{ method, path, permission }],
);

const reasons = () =>
  source.records.flatMap((record) => (record.kind === 'refused' ? [record.reason] : []));

/** Sends bytes as they are, and returns what comes back until the server closes. */
function exchange(bytes: string, then: (socket: Socket) => void = () => undefined) {
  const socket = connect(panel.port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
  socket.on('error', () => undefined);
  socket.write(bytes, 'latin1');
  then(socket);
  return new Promise<string>((resolve) => {
    socket.once('close', () => resolve(answer));
  });
}

/** The server is up and quick for everybody else. */
async function isUp(): Promise<boolean> {
  return (await fetch(new URL('/healthz', panel.url))).ok;
}

describe('who asks', () => {
  it('is public at the door alone', () => {
    const open = routes.filter(({ permission }) => permission === 'public');
    const paths = new Set(open.map(({ path }) => path.replace(/^\/assets\/.*/, '/assets/')));
    expect(paths).toEqual(new Set(['/assets/', '/sign-in', '/setup', '/healthz']));
    expect(routes.filter(({ permission }) => permission === undefined)).toEqual([]);
    expect(guarded.length).toBeGreaterThan(20);
  });

  it.each(guarded)('$method $path is for whoever is signed in', async ({ method, path }) => {
    const { origin } = new URL(panel.url);
    const answer = await fetch(new URL(path, panel.url), { method, headers: { origin } });
    expect(answer.status).toBe(401);
    expect(reasons()).toEqual(['session']);
    expect(source.acts).toEqual([]);
  });

  it.each(guarded)('$method $path is for those with $permission', async (route) => {
    for (const role of roles.filter((each) => !isAllowed(each, route.permission))) {
      const visitor = await visit(panel, role);
      const answer = await visitor.fetch(route.path, { method: route.method });
      expect([role, answer.status]).toEqual([role, 403]);
      expect(source.records.at(-1)).toMatchObject({ kind: 'refused', role, reason: 'role' });
    }
    expect(source.acts).toEqual([]);
  });

  it('takes neither a made-up cookie nor one that is sent twice', async () => {
    const { cookie } = await visit(panel);
    const status = async (header: string) => {
      const url = new URL('/api/exams', panel.url);
      return (await fetch(url, { headers: { cookie: header } })).status;
    };
    expect(await status(cookie)).toBe(200);
    expect(await status(`${cookie}x`)).toBe(401);
    expect(await status('scanside=')).toBe(401);
    expect(await status(`${cookie}; scanside=other`)).toBe(401);
  });
});

describe('a route', () => {
  it('that names nobody is open to nobody, whoever is signed in', async () => {
    const records: PanelRecord[] = [];
    const app = fastify();
    onTestFinished(() => app.close());
    const access = registerAccess(app, {
      clock: systemClock,
      accounts,
      sessionIdleMinutes: 1,
      sessionHours: 1,
      isSecure: false,
      record: async (record) => void records.push(record),
      ended: () => undefined,
      log: () => undefined,
    });
    app.get('/forgotten', () => 'secret');
    app.post('/enter', { config: { permission: 'public' } }, (request, reply) => {
      const administrator = accounts.find('administrator');
      if (administrator) access.begin(request, reply, administrator);
      return 'in';
    });
    const headers = { host: 'localhost', origin: 'http://localhost' };
    const entered = await app.inject({ method: 'POST', url: '/enter', headers });
    const cookie = String(entered.headers['set-cookie']).split(';')[0] ?? '';
    for (const method of ['GET', 'HEAD'] as const) {
      const answer = await app.inject({ method, url: '/forgotten', headers: { cookie } });
      expect(answer.statusCode).not.toBe(200);
      expect(answer.body).not.toContain('secret');
    }
    expect(records.at(-1)).toMatchObject({ user: 'administrator', reason: 'route' });
  });
});

describe('where from', () => {
  it.each<[string, Record<string, string>]>([
    ['another site', { origin: 'https://evil.example' }],
    ['another port of this host', { origin: 'http://127.0.0.1:1' }],
    ['a frame without an origin', { origin: 'null' }],
    ['another site, as the browser says', { 'sec-fetch-site': 'cross-site' }],
  ])('refuses %s, with a good cookie and a good token', async (_, headers) => {
    const visitor = await visit(panel);
    const answer = await visitor.fetch('/api/exams/e1/raise', { method: 'POST', headers });
    expect([answer.status, await answer.json()]).toMatchObject([403, { code: 'ORIGIN_REFUSED' }]);
    expect([source.acts, reasons()]).toEqual([[], ['origin']]);
  });

  it('refuses another site’s form for signing in', async () => {
    const answer = await fetch(new URL('/sign-in', panel.url), {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
      body: new URLSearchParams({ name: 'technologist', secret: '482135' }),
    });
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([403, null]);
  });

  it.each([
    ['none', { 'x-scanside-csrf': '' }],
    ['another session’s', {}],
  ])('refuses a request whose token is %s', async (_, change) => {
    const [visitor, other] = [await visit(panel), await visit(panel)];
    const headers = { 'x-scanside-csrf': other.csrf, ...change };
    const answer = await visitor.fetch('/api/exams/e1/raise', { method: 'POST', headers });
    expect([answer.status, await answer.json()]).toMatchObject([403, { code: 'FORM_EXPIRED' }]);
    expect([source.acts, reasons()]).toEqual([[], ['form']]);
  });

  it('lets no other site show the answer to itself', async () => {
    const visitor = await visit(panel);
    const { headers } = await visitor.fetch('/api/exams');
    expect(headers.get('access-control-allow-origin')).toBeNull();
    const headersOfPicture = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
    const url = new URL('/api/exams', panel.url);
    const { cookie } = visitor;
    const answer = await fetch(url, { headers: { cookie, ...headersOfPicture } });
    expect(answer.status).toBe(403);
  });
});

describe('how much', () => {
  it('refuses an oversized body before it has come', async () => {
    const { cookie, csrf } = await visit(panel);
    const head = [
      'POST /api/exams/e1/raise HTTP/1.1',
      `host: 127.0.0.1:${panel.port}`,
      `origin: http://127.0.0.1:${panel.port}`,
      `cookie: ${cookie}`,
      `x-scanside-csrf: ${csrf}`,
      'content-type: application/json',
      'connection: close',
    ];
    const declared = await exchange([...head, 'content-length: 1000000000', '', ''].join('\r\n'));
    expect(declared).toMatch(/^HTTP\/1\.1 413 /);
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    const sent = await exchange(
      [...head, 'transfer-encoding: chunked', '', chunk + chunk].join('\r\n'),
    );
    expect(sent).toMatch(/^HTTP\/1\.1 413 /);
    expect([await isUp(), source.acts]).toEqual([true, []]);
  });

  it('refuses a head of more than 8 KiB', async () => {
    const answer = await exchange(`GET / HTTP/1.1\r\nhost: panel\r\nx: ${'y'.repeat(20_000)}\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect([await isUp(), reasons()]).toEqual([true, ['form']]);
  });

  it('limits how often one address tries secrets, and tells it to wait', async () => {
    const { origin } = new URL(panel.url);
    const attempt = () =>
      fetch(new URL('/sign-in', panel.url), {
        method: 'POST',
        headers: { origin },
        body: new URLSearchParams({ badge: 'no-such-badge' }),
      });
    const answers: Response[] = [];
    for (let count = 0; count < 40; count += 1) answers.push(await attempt());
    const last = answers.at(-1);
    expect([last?.status, last?.headers.get('retry-after')]).toEqual([429, '60']);
    expect(await isUp()).toBe(true);
  });

  it('limits how often one address asks at all', async () => {
    await panel.close();
    const rates = { requests: { burst: 5, perSecond: 0.001 } };
    panel = await startPanel({ ...options, source, rates });
    const statuses: number[] = [];
    for (let count = 0; count < 7; count += 1)
      statuses.push((await fetch(new URL('/healthz', panel.url))).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
  });

  it('does not let an address fill the audit log with what it is refused', async () => {
    for (let count = 0; count < 100; count += 1) await fetch(new URL('/api/exams', panel.url));
    expect(reasons().length).toBeLessThan(30);
  });

  it('cuts whoever sends byte by byte, while others are served', { timeout: 30_000 }, async () => {
    const slow = Array.from({ length: 20 }, () =>
      exchange('GET /', (socket) => {
        const drip = setInterval(() => socket.write('a'), 500);
        socket.once('close', () => clearInterval(drip));
      }),
    );
    const visitor = await visit(panel);
    expect((await visitor.fetch('/api/exams')).status).toBe(200);
    const answers = await Promise.all(slow);
    expect(new Set(answers.map((answer) => answer.split('\r\n')[0]))).toEqual(
      new Set(['HTTP/1.1 408 Request Timeout']),
    );
    expect(await isUp()).toBe(true);
  });

  it('gives one address 64 connections', async () => {
    const sockets = Array.from({ length: 80 }, () => connect(panel.port, '127.0.0.1'));
    onTestFinished(() => sockets.forEach((socket) => socket.destroy()));
    for (const socket of sockets) socket.on('error', () => undefined);
    await expect.poll(() => sockets.filter(({ closed }) => closed).length).toBeGreaterThan(15);
    for (const socket of sockets) socket.destroy();
    await expect.poll(isUp).toBe(true);
  });
});

describe('what', () => {
  it.each([
    '/../../etc/passwd',
    '/assets/../../package.json',
    '/assets/..%2f..%2fpackage.json',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/assets/..%5c..%5cpackage.json',
    '//etc/passwd',
    '/assets/main.js%00.css',
    '/exams/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    '/%zz',
    `/${'a/'.repeat(2000)}`,
  ])('serves no file by the path %s', async (path) => {
    const { cookie } = await visit(panel);
    const answer = await exchange(
      `GET ${path} HTTP/1.1\r\nhost: panel\r\ncookie: ${cookie}\r\nconnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 (404|403|400|414) /);
    expect(answer).not.toMatch(/root:|"dependencies"/);
    expect(await isUp()).toBe(true);
  });

  const smuggled = 'GET /api/exams HTTP/1.1\r\nhost: panel\r\n\r\n';

  it.each([
    ['two lengths', `content-length: 0\r\ncontent-length: ${smuggled.length}\r\n\r\n${smuggled}`],
    [
      'length and chunks',
      `content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    ['chunks that are none', `transfer-encoding: xchunked\r\n\r\n${smuggled}`],
    ['a length that is none', `content-length: +5\r\n\r\n${smuggled}`],
    ['a folded header', `x: a\r\n y\r\ntransfer-encoding : chunked\r\n\r\n0\r\n\r\n${smuggled}`],
    ['bare line feeds', `x: a\ncontent-length: 0\n\n${smuggled}`],
    ['a chunk of no size', `transfer-encoding: chunked\r\n\r\nzz\r\n\r\n${smuggled}`],
    ['two hosts', `host: other\r\nhost: panel\r\n\r\n`],
    ['a header with a zero', `x: a\0b\r\n\r\n`],
  ])('takes no request with %s', async (_, rest) => {
    const answer = await exchange(`POST /sign-in HTTP/1.1\r\nhost: panel\r\n${rest}`, (socket) =>
      socket.end(),
    );
    expect(answer.match(/HTTP\/1\.1 \d+/g)?.length ?? 0).toBeLessThanOrEqual(1);
    expect(answer).not.toMatch(/HTTP\/1\.1 2/);
    expect(await isUp()).toBe(true);
  });

  it.each([
    '\x16\x03\x01\x00\xa5',
    'SSH-2.0-x\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\0'.repeat(64),
  ])('answers what is no request by closing: %j', async (bytes) => {
    expect(await exchange(bytes, (socket) => socket.end())).toMatch(/^(HTTP\/1\.1 400 |$)/);
    expect(await isUp()).toBe(true);
  });

  it.each<[string, unknown]>([
    ['no object', '[]'],
    ['a number', '{"name":7,"secret":"x"}'],
    ['an object for a text', '{"name":{"$ne":""},"secret":{"$ne":""}}'],
    ['a prototype', '{"__proto__":{"role":"administrator"},"name":"a","secret":"b"}'],
    ['what is no JSON', '{"name":'],
    ['another kind', 'name=technologist'],
  ])('signs nobody in by a body with %s', async (_, body) => {
    const { origin } = new URL(panel.url);
    const answer = await fetch(new URL('/sign-in', panel.url), {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json' },
      body: String(body),
    });
    expect([400, 401]).toContain(answer.status);
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'CONNECT'])(
    'does nothing for %s',
    async (method) => {
      const { cookie } = await visit(panel);
      const answer = await exchange(
        `${method} /api/exams HTTP/1.1\r\nhost: panel\r\ncookie: ${cookie}\r\nconnection: close\r\n\r\n`,
      );
      expect(answer).not.toMatch(/^HTTP\/1\.1 2/);
      expect(await isUp()).toBe(true);
    },
  );
});
