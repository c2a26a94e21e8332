import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { fleetCommands } from '../cli/fleet.ts';
import { password, type SampleConsole, startSampleConsole } from './fleet-console-samples.ts';
import { temporaryFolder } from './peers/process.ts';

let samples: SampleConsole;

beforeEach(async () => {
  samples = await startSampleConsole();
});
afterEach(() => samples.close());

const address = (path: string) => new URL(path, samples.console.url).href;
const origin = () => new URL(samples.console.url).origin;

/** Asks as a browser does from a page of the console. */
function ask(path: string, cookie = '', form?: Record<string, string>, headers = {}) {
  const own = { cookie, origin: origin(), 'content-type': 'application/x-www-form-urlencoded' };
  return fetch(address(path), {
    redirect: 'manual',
    headers: form ? { ...own, ...headers } : { cookie, ...headers },
    ...(form && { method: 'POST', body: new URLSearchParams(form).toString() }),
  });
}

async function signIn(name: string, secret = password) {
  const answer = await ask('/sign-in', '', { name, secret, to: '/rollouts' });
  return { answer, cookie: (answer.headers.get('set-cookie') ?? '').split(';')[0]! };
}

/** What a form bears so that it is ours. */
async function proofOf(cookie: string, path: string) {
  const html = await (await ask(path, cookie)).text();
  const value = (name: string) =>
    new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '';
  return { csrf: value('csrf'), revision: value('revision'), because: 'a test' };
}

const state = async (name: string) => (await samples.store.rollout(name)).state;
const views = ['/', '/devices', '/rollouts', '/rollouts/spring', '/models', '/drift'];

describe('the fleet’s console', () => {
  it('shows nothing to whoever is not signed in, and leads to the door', async () => {
    for (const path of views) {
      const answer = await ask(path);
      expect([answer.status, answer.headers.get('location')]).toEqual([
        303,
        `/sign-in?to=${encodeURIComponent(path)}`,
      ]);
    }
    expect((await ask('/nowhere')).status).toBe(303);
    expect((await ask('/rollouts/spring/rollback', '', { because: 'x' })).status).toBe(401);
    expect(await (await ask('/sign-in')).text()).not.toContain('ct-01');
  });

  it('lets in by name and password, in a cookie that no script and no other site gets', async () => {
    const { answer, cookie } = await signIn('Vera ');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/rollouts']);
    expect(answer.headers.get('set-cookie')).toMatch(
      /^scanside-fleet=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    for (const path of views) expect([path, (await ask(path, cookie)).status]).toEqual([path, 200]);
  });

  it('signs out on the server, and with the account that is removed', async () => {
    const { cookie } = await signIn('vera');
    const { csrf } = await proofOf(cookie, '/');
    expect((await ask('/sign-out', cookie, { csrf })).headers.get('location')).toBe('/sign-in');
    expect((await ask('/', cookie)).status).toBe(303);
    const other = (await signIn('otto')).cookie;
    await samples.store.accounts.remove('otto');
    expect((await ask('/', other)).status).toBe(303);
  });

  it('sends every answer with a policy that lets nothing in but its own files', async () => {
    const { cookie } = await signIn('vera');
    for (const path of [...views, '/nowhere', '/console.css', '/sign-in']) {
      const { headers } = await ask(path, cookie);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('content-security-policy')).toContain("trusted-types 'none'");
      expect(headers.get('content-security-policy')).not.toContain('unsafe');
      expect(headers.get('x-frame-options')).toBe('DENY');
    }
    const html = await (await ask('/drift', cookie)).text();
    expect(html).not.toMatch(/ style=| on[a-z]+=|<script>/);
  });

  it('shows what needs a human first, and every page what it is for', async () => {
    const { cookie } = await signIn('vera');
    const read = async (path: string) => (await ask(path, cookie)).text();
    const overview = await read('/');
    const places = [
      'rollout stopped',
      'condition high',
      'site drift',
      'certificate ends',
      'disk low',
    ];
    const found = places.map((words) => overview.indexOf(`>${words}<`));
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    expect(found[0]).toBeGreaterThan(0);
    expect(await read('/devices?find=ct-05')).toMatch(/human: 1<.*clock-jumped/s);
    expect(await read('/rollouts/winter')).toMatch(/19 hours left of 24 hours/);
    expect(await read('/models')).toContain('chest-demo');
    expect(await read('/drift?find=east')).toMatch(/of answers are flags this week/);
  });

  it('shows what devices call themselves as text', async () => {
    const { cookie } = await signIn('vera');
    await samples.store.placeDevices(new Map([['evil', '<img src=x onerror=alert(1)>']]));
    const html = await (await ask('/devices?find=%3Cimg%20src', cookie)).text();
    expect(html).toContain('&lt;img src=x onerror=alert(1)>');
    expect(html).not.toContain('<img');
  });
});

describe('an operator', () => {
  it('steers a rollout after a second look, under their own name', async () => {
    const { cookie } = await signIn('otto');
    const proof = await proofOf(cookie, '/rollouts/winter/pause');
    expect(await state('winter')).toBe('soaking');
    const answer = await ask('/rollouts/winter/pause', cookie, proof);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/rollouts/winter']);
    expect(await state('winter')).toBe('paused');
    const history = await samples.store.history({ name: 'winter' });
    expect(history.at(-1)).toMatchObject({ event: 'pause', actor: 'otto', because: 'a test' });
    await ask('/rollouts/winter/resume', cookie, await proofOf(cookie, '/rollouts/winter/resume'));
    expect(await state('winter')).toBe('running');
    await ask(
      '/rollouts/winter/rollback',
      cookie,
      await proofOf(cookie, '/rollouts/winter/rollback'),
    );
    expect(await state('winter')).toBe('rolling-back');
  });

  it('is refused what the rollout does not know, or has changed since they looked', async () => {
    const { cookie } = await signIn('otto');
    expect((await ask('/rollouts/spring/pause', cookie)).status).toBe(409);
    expect((await ask('/rollouts/none/pause', cookie)).status).toBe(404);
    const proof = await proofOf(cookie, '/rollouts/winter/pause');
    expect((await ask('/rollouts/winter/pause', cookie, { ...proof, because: ' ' })).status).toBe(
      400,
    );
    const old = { ...proof, revision: String(Number(proof.revision) - 1) };
    expect((await ask('/rollouts/winter/pause', cookie, old)).status).toBe(409);
    expect(await state('winter')).toBe('soaking');
  });

  const forged: [string, Record<string, string>, Record<string, string>][] = [
    ['no proof', { csrf: '' }, {}],
    ['the proof of another session', { csrf: 'A'.repeat(43) }, {}],
    ['another site as its origin', {}, { origin: 'http://evil.example' }],
    ['another port of this host as its origin', {}, { origin: 'http://127.0.0.1:1' }],
    ['a browser that says another site asked', {}, { 'sec-fetch-site': 'cross-site' }],
  ];
  it.each(forged)('is not taken for a form with %s', async (_, fields, headers) => {
    const { cookie } = await signIn('otto');
    const proof = await proofOf(cookie, '/rollouts/winter/rollback');
    const answer = await ask('/rollouts/winter/rollback', cookie, { ...proof, ...fields }, headers);
    expect([answer.status, await state('winter')]).toEqual([403, 'soaking']);
  });
});

describe('a viewer', () => {
  it('looks and does nothing', async () => {
    const { cookie } = await signIn('vera');
    expect(await (await ask('/rollouts/winter', cookie)).text()).not.toContain('/pause');
    const { csrf } = await proofOf(cookie, '/');
    for (const step of ['pause', 'resume', 'retry', 'rollback']) {
      expect((await ask(`/rollouts/winter/${step}`, cookie)).status).toBe(403);
      const form = { csrf, revision: '3', because: 'x' };
      expect((await ask(`/rollouts/winter/${step}`, cookie, form)).status).toBe(403);
    }
    expect(await state('winter')).toBe('soaking');
  });
});

describe('whoever guesses', () => {
  it('waits after five failures, with a known name and with an unknown one alike', async () => {
    for (const name of ['vera', 'nobody']) {
      const told: string[] = [];
      for (let at = 0; at < 6; at += 1) {
        const { answer } = await signIn(name, `wrong ${at} wrong`);
        told.push(
          `${answer.status} ${/role="alert">([^<]*)/g.exec((await answer.text()).split('<main>')[1]!)?.[1]}`,
        );
      }
      expect(told.slice(0, 5)).toEqual(Array(5).fill('401 Name or password is wrong.'));
      expect(told[5]).toMatch(/^429 Too many tries in a row/);
    }
    expect((await signIn('vera')).answer.status).toBe(429);
    expect((await signIn('otto')).answer.status).toBe(303);
  });
});

describe('scanside fleet', () => {
  const main = join(import.meta.dirname, '..', 'cli', 'main.ts');
  /** With a password it is a process of its own, whose standard input holds it. */
  const user = async (place: string, args: string[], input?: string) => {
    const given = ['user', ...args, '--database', place];
    if (input === undefined) return command(given);
    const options = { input, encoding: 'utf8' } as const;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [main, 'fleet', ...given],
      options,
    );
    return { code: status, text: `${stdout}${stderr}` };
  };
  const command = async ([verb = '', ...args]: string[]) => {
    const said: string[] = [];
    const say = (text: string) => void said.push(text);
    const code = await fleetCommands[verb]!.run(args, { out: say, error: say });
    return { code, text: said.join('\n') };
  };

  it('makes, lists and removes who may sign in', { timeout: 60_000 }, async () => {
    const folder = temporaryFolder();
    onTestFinished(() => folder.remove());
    const place = join(folder.path, 'fleet.db');
    const otto = ['add', '--name', 'otto', '--role', 'operator'];
    expect(await user(place, otto, '12345678901234')).toMatchObject({
      code: 1,
      text: expect.stringContaining('FLEET_ACCOUNT_REFUSED'),
    });
    expect(await user(place, otto, `${password}\n`)).toEqual({
      code: 0,
      text: 'otto is operator.\n',
    });
    expect((await user(place, ['add', '--name', 'ida', '--role', 'king'])).code).toBe(2);
    const listed = await user(place, ['list', '--json']);
    expect(JSON.parse(listed.text)).toEqual([{ name: 'otto', role: 'operator' }]);
    expect((await user(place, ['remove', '--name', 'otto'])).code).toBe(0);
    expect((await user(place, ['remove', '--name', 'otto'])).code).toBe(1);
    expect((await user(place, ['shout'])).code).toBe(2);
  });

  it.each(['0.0.0.0:8443', '10.0.0.1:8443', '[::]:8443', '8443', '127.0.0.1:99999'])(
    'serves no console on %s without a certificate',
    async (place) => {
      const where = ['--broker', 'mqtt://127.0.0.1:1', '--folder', 'none', '--console', place];
      const { code, text } = await command([
        'serve',
        '--name',
        'f',
        '--database',
        'none',
        ...where,
      ]);
      expect([code, text]).toEqual([2, expect.stringContaining('--console')]);
    },
  );
});
