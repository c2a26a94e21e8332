import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../device/manual-clock.ts';
import { startPanel } from '../panel/server.ts';
import type { Panel } from '../panel/server.ts';
import { everyOutcome, exam, SampleSource } from './panel-source.ts';
import { sampleAccounts, visit, type Visitor } from './panel-visitor.ts';

const html = { headers: { accept: 'text/html' } };

let clock: ManualClock;
let source: SampleSource;
let panel: Panel;
let visitor: Visitor;

const accounts = await sampleAccounts();

beforeEach(async () => {
  clock = new ManualClock();
  source = new SampleSource();
  panel = await startPanel({ host: '127.0.0.1', port: 0, clock, source, accounts });
  visitor = await visit(panel);
});

afterEach(() => panel.close());

const get = (path: string, init?: RequestInit) => visitor.fetch(path, init);

interface SeenEvent {
  event: string;
  id: string;
  data: Record<string, unknown>;
}

/** Opens the stream and reads it event by event. */
async function watch(path = '/api/events', lastEventId?: string) {
  const headers = lastEventId ? { 'last-event-id': lastEventId } : {};
  const response = await get(path, { headers });
  const events = readEvents(response);
  const next = async () => {
    const { value } = await events.next();
    if (!value) throw new Error('The stream has ended.');
    return value;
  };
  return { response, next, stop: () => events.return(undefined) };
}

async function* readEvents(response: Response): AsyncGenerator<SeenEvent, undefined> {
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) yield parseEvent(block);
  }
  return undefined;
}

function parseEvent(block: string): SeenEvent {
  const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s)));
  return { event: fields.event, id: fields.id, data: JSON.parse(fields.data) };
}

describe('the panel’s pages', () => {
  it('serves the list, each tab and the files that it needs', async () => {
    source.list = everyOutcome();
    const page = await (await get('/')).text();
    expect(page.match(/<li /g)).toHaveLength(5);
    expect((await (await get('/?show=look')).text()).match(/<li /g)).toHaveLength(3);
    expect((await get('/?show=look&show=%00')).status).toBe(200);
    for (const [, path] of page.matchAll(/(?:href|src)="(\/assets\/[\w.-]+)"/g))
      expect((await get(path ?? '')).status, path).toBe(200);
  });

  it('gives the same as JSON, and health', async () => {
    source.list = everyOutcome();
    const answer: unknown = await (await get('/api/exams')).json();
    expect(answer).toMatchObject({ device: source.device(), seen: {} });
    expect(await (await get('/healthz')).json()).toEqual({ status: 'ok' });
  });

  it.each(['/', '/api/exams', '/api/events', '/nowhere', '/%zz'])(
    'guards %s with its headers',
    async (path) => {
      const stop = new AbortController();
      const { headers } = await get(path, { signal: stop.signal });
      stop.abort();
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("require-trusted-types-for 'script'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toBe('no-store');
    },
  );

  it('answers what it does not know in the asker’s language', async () => {
    expect(await (await get('/nowhere')).json()).toEqual({ error: 'not found' });
    expect(await (await get('/nowhere', html)).text()).toContain('There is no such page');
    expect((await get('/api/exams', { method: 'POST' })).status).toBe(404);
    expect((await get('/%zz')).status).toBe(404);
  });

  it('raises an exam when its own page asks, and for nobody else', async () => {
    source.list = [exam()];
    const { origin } = new URL(panel.url);
    const raise = async (id: string, headers: Record<string, string>) => {
      const { cookie, csrf } = visitor;
      const own = { cookie, 'x-scanside-csrf': csrf, ...headers };
      const url = new URL(`/api/exams/${id}/raise`, panel.url);
      return (await fetch(url, { method: 'POST', headers: own })).status;
    };
    expect(await raise('e1', { origin })).toBe(200);
    expect(await raise('e1', { origin: 'https://elsewhere.example' })).toBe(403);
    expect(await raise('e1', { origin: 'null' })).toBe(403);
    expect(await raise('e1', {})).toBe(403);
    expect(await raise('e2', { origin })).toBe(404);
    expect((await get('/api/exams/e1/raise')).status).toBe(404);
    expect(source.acts.map(({ act }) => act)).toEqual([{ kind: 'raise', examId: 'e1' }]);
  });

  it('does not say why it failed inside', async () => {
    source.exams = () => {
      throw new Error('Sample^Ada');
    };
    const answer = await get('/api/exams');
    expect([answer.status, await answer.json()]).toEqual([500, { error: 'internal' }]);
  });

  it('says with a code that its port is taken, and lets go of the source', async () => {
    const other = new SampleSource();
    const again = startPanel({
      host: '127.0.0.1',
      port: panel.port,
      clock,
      source: other,
      accounts,
    });
    await expect(again).rejects.toMatchObject({ code: 'PORT_IN_USE' });
    expect(other.listeners).toBe(0);
  });
});

describe('the panel’s events', () => {
  it('tells a change once, however often the exam changed meanwhile', async () => {
    const viewer = await watch();
    expect(await viewer.next()).toMatchObject({ event: 'ping', data: { now: clock.now() } });
    for (let version = 1; version <= 300; version += 1)
      source.put(exam({ version, images: version }));
    clock.advance(100);
    const changed = await viewer.next();
    expect(changed).toMatchObject({ event: 'exam', data: { exam: { version: 300 } } });
    expect(await viewer.next()).toMatchObject({ event: 'device' });
    await viewer.stop();
  });

  it('tells of the device alone and of an exam that is gone', async () => {
    source.list = [exam()];
    const viewer = await watch();
    await viewer.next();
    source.putDevice({ pacs: 'failing' });
    clock.advance(100);
    expect(await viewer.next()).toMatchObject({
      event: 'device',
      data: { device: { pacs: 'failing' } },
    });
    source.remove('e1');
    clock.advance(100);
    expect(await viewer.next()).toMatchObject({ event: 'exam', data: { removed: 'e1' } });
    await viewer.stop();
  });

  it('pings every 5 s', async () => {
    const viewer = await watch();
    const first = await viewer.next();
    clock.advance(10_000);
    const nows = [await viewer.next(), await viewer.next()].map(({ data }) => Number(data['now']));
    expect(nows.map((now) => now - Number(first.data['now']))).toEqual([5_000, 10_000]);
    await viewer.stop();
  });

  it('replays what a viewer missed, after the header or the address', async () => {
    const viewer = await watch();
    const { id } = await viewer.next();
    await viewer.stop();
    source.put(exam({ version: 2 }));
    clock.advance(100);
    for (const again of [await watch('/api/events', id), await watch(`/api/events?since=${id}`)]) {
      const names = [await again.next(), await again.next(), await again.next()];
      expect(names.map(({ event }) => event)).toEqual(['exam', 'device', 'ping']);
      await again.stop();
    }
  });

  it('continues a page from the event that the page already shows', async () => {
    source.put(exam({ version: 2 }));
    clock.advance(100);
    const page = await (await get('/')).text();
    const [, since] = /"lastEventId":"([^"]+)"/.exec(page) ?? [];
    const viewer = await watch(`/api/events?since=${since}`);
    expect((await viewer.next()).event).toBe('ping');
    await viewer.stop();
  });

  it('has a viewer of another run or of long ago load the page again', async () => {
    const viewer = await watch();
    const { id } = await viewer.next();
    await viewer.stop();
    for (let version = 1; version <= 1001; version += 1) {
      source.put(exam({ version }));
      clock.advance(100);
    }
    for (const old of [id, 'other-run-1']) {
      const again = await watch('/api/events', old);
      expect((await again.next()).event).toBe('resync');
      await again.stop();
    }
  });

  it('drops a viewer that does not read, and goes on for the others', async () => {
    const stuck = connect(panel.port, '127.0.0.1').pause();
    stuck.on('error', () => undefined);
    stuck.write(`GET /api/events HTTP/1.1\r\nhost: panel\r\ncookie: ${visitor.cookie}\r\n\r\n`);
    await expect.poll(() => panel.viewers).toBe(1);
    const large = 'x'.repeat(400_000);
    for (let version = 1; version <= 100 && panel.viewers > 0; version += 1) {
      source.put(exam({ version, description: large }));
      clock.advance(100);
      await get('/healthz');
    }
    expect(panel.viewers).toBe(0);
    stuck.destroy();
    const viewer = await watch();
    expect((await viewer.next()).event).toBe('ping');
    await viewer.stop();
  });

  it('ends its streams and lets go of the source when it closes', async () => {
    const viewer = await watch();
    await viewer.next();
    await panel.close();
    await expect(viewer.next()).rejects.toThrow();
    expect(source.listeners).toBe(0);
  });
});
