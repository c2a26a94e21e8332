import { request as httpRequest } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../device/manual-clock.ts';
import type { ExamDetail } from '../panel/exam-detail.ts';
import { roles, type Role } from '../panel/role.ts';
import { startPanel } from '../panel/server.ts';
import type { Panel } from '../panel/server.ts';
import { defaultSettings } from '../panel/settings.ts';
import type { ExamOutcome, ExamView, PresentationProfile } from '../panel/source.ts';
import { putChest, putDetail } from './panel-exams.ts';
import { exam, SampleSource } from './panel-source.ts';
import { sampleAccounts, visit, type Visitor } from './panel-visitor.ts';

/** Stands for everything that a model knows and that must not leave: found in an answer, it has left. */
const canary = 'CANARY';
const noticeDelayMs = 60_000;

const unlimited = { burst: 1e6, perSecond: 1e6 };

const accounts = await sampleAccounts();

let clock: ManualClock;
let source: SampleSource;
let panel: Panel;

beforeEach(async () => {
  clock = new ManualClock();
  source = new SampleSource();
  panel = await startPanel({
    host: '127.0.0.1',
    port: 0,
    clock,
    source,
    accounts,
    settings: { ...defaultSettings, technologistNoticeDelaySeconds: noticeDelayMs / 1000 },
    rates: { requests: unlimited, secrets: unlimited, refusals: unlimited },
  });
});

afterEach(() => panel.close());

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  bytes: Buffer;
}

/** Asks byte by byte as nobody's client would: any method, any path, any header. */
function ask(
  visitor: Visitor,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<Answer> {
  const { hostname, port, origin } = new URL(panel.url);
  const own = { cookie: visitor.cookie, origin, 'x-scanside-csrf': visitor.csrf };
  return new Promise((resolve, reject) => {
    const options = { host: hostname, port, method, path, headers: { ...own, ...headers } };
    const asked = httpRequest(options, (answer) => {
      const chunks: Buffer[] = [];
      const end = () => {
        const bytes = Buffer.concat(chunks);
        const zipped = answer.headers['content-encoding'] === 'gzip' && bytes.length > 0;
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          bytes: zipped ? gunzipSync(bytes) : bytes,
        });
      };
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        // A stream of events does not end by itself.
        if (answer.headers['content-type'] === 'text/event-stream') {
          end();
          asked.destroy();
        }
      });
      answer.on('end', end);
      answer.on('error', () => undefined);
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** A flagged exam in which everything that a model knows is a canary, also where no type allows it. */
function putCanaries(profile: PresentationProfile, change: Partial<ExamView> = {}): ExamDetail {
  const view = {
    ...exam({
      id: 'e1',
      profile,
      outcome: { state: 'flagged', labels: ['suspected x'], missed: 0, withdrawn: false },
      outcomeId: 'o1',
      state: 'delivered',
      delivery: 'stored',
      deliveredAt: clock.now() - 2 * noticeDelayMs,
      thumbnail: 't1',
      ...change,
    }),
    score: canary,
    probability: canary,
  };
  Object.assign(view.outcome, { score: canary, location: canary });
  const chest = putChest(new SampleSource()).images[0];
  const image = { ...chest, rows: 2, columns: 2, keyImage: canary } as ExamDetail['images'][number];
  const reacted = { ...image, id: `${canary}-slice`, etag: `${canary}-etag` };
  source.pictures.set('e1', picture('image/png', 'thumb', 't1'));
  source.pictures.set('e1/dx-1', picture('application/octet-stream', 'preview!', image.etag));
  source.pictures.set(
    `e1/${reacted.id}`,
    picture('application/octet-stream', canary, reacted.etag),
  );
  for (const id of ['dx-1', reacted.id])
    source.pictures.set(`e1/${id}/x`, picture('image/png', canary, canary));
  return putDetail(source, {
    exam: view,
    timeline: [
      { step: 'result', at: clock.now(), score: canary } as ExamDetail['timeline'][number],
    ],
    images: [image],
    previews: 'ready',
    aid: {
      findings: [
        {
          id: 'x',
          label: `${canary} label`,
          tier: canary as 'high',
          confirmed: { count: 1, of: 2, low: 0, high: 1 },
          spread: canary as 'low',
        },
      ],
      keyImage: reacted.id,
      heatmaps: ['dx-1', reacted.id].map((imageId) => ({ imageId, finding: 'x' })),
      statement: canary,
      images: [reacted],
    },
    acts: [],
    heatmap: canary,
  } as ExamDetail);
}

function picture(type: 'image/png' | 'application/octet-stream', text: string, etag: string) {
  return { type, bytes: Buffer.from(text), etag };
}

const paths = [
  '/',
  '/?show=look',
  '/exams/e1',
  '/api/exams',
  '/api/exams/e1',
  '/api/events',
  '/thumbnails/e1',
  '/previews/e1/dx-1',
  `/previews/e1/${canary}-slice`,
  '/heatmaps/e1/dx-1/x',
  '/heatmaps/e1/dx-1/x/',
  '/heatmaps/e1/dx-1/x?role=radiologist&profile=research',
  '/heatmaps/e1/dx-1/%78',
  '/heatmaps//e1/dx-1/x',
  '/heatmaps/e1/../e1/dx-1/x',
  '/heatmaps/e1/%2e%2e/dx-1/x',
  `/heatmaps/e1/${canary}-slice/x`,
  '/heatmaps/E1/dx-1/x',
  '/api/exams/e1?format=full',
  '/api/exams/e1.json',
  '/device',
  '/models',
  '/quality',
  '/about',
  '/api/heatmap-shown',
  ...['seen', 'disagree', 'withdraw', 'raise', 'repeat-taken'].map((act) => `/api/exams/e1/${act}`),
];
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'];
const formats: Record<string, string>[] = [
  {},
  { accept: 'text/html', 'accept-encoding': 'gzip' },
  { accept: 'application/json' },
  { accept: 'image/png, */*;q=0.1', 'accept-encoding': 'gzip, br, deflate' },
  { accept: 'application/dicom+json', range: 'bytes=0-100', 'if-none-match': '*' },
  { 'x-http-method-override': 'GET', 'x-forwarded-user': 'radiologist', 'x-role': 'radiologist' },
];
const bodies = ['', '{"examId":"e1","imageId":"dx-1","finding":"x","heldMs":5,"outcomeId":"o0"}'];

/** Asks every route by every method for every format. Returns what answered with a canary, and how many did not. */
async function leaks(role: Role): Promise<{ found: string[]; asked: number }> {
  const visitor = await visit(panel, role);
  const found: string[] = [];
  let asked = 0;
  for (const path of paths)
    for (const method of methods)
      for (const [at, format] of formats.entries()) {
        const body = method === 'POST' ? (bodies[at % 2] ?? '') : '';
        const headers = body ? { ...format, 'content-type': 'application/json' } : format;
        const answer = await ask(visitor, method, path, headers, body);
        const echo = path.includes(canary)
          ? Buffer.alloc(0)
          : Buffer.from(JSON.stringify(answer.headers));
        asked += 1;
        if (Buffer.concat([answer.bytes, echo]).includes(canary))
          found.push(`${role} ${method} ${path} ${JSON.stringify(format)}`);
      }
  return { found, asked };
}

/** Follows the events as a page does. `until` reads on to a text and gives all that came. */
async function follow(visitor: Visitor) {
  const reader = (await visitor.fetch('/api/events')).body?.getReader();
  return {
    async until(end: string): Promise<string> {
      let text = '';
      while (!text.includes(end)) {
        const { value, done } = (await reader?.read()) ?? { done: true };
        if (done || !value) throw new Error(`The stream has ended before ${end}: ${text}`);
        text += Buffer.from(value).toString();
      }
      return text;
    },
    stop: () => reader?.cancel(),
  };
}

describe('what the panel lets out', () => {
  it.each(roles)('under triage-notify holds nothing of the model for a %s', async (role) => {
    putCanaries('triage-notify');
    const { found, asked } = await leaks(role);
    expect(found).toEqual([]);
    expect(asked).toBe(paths.length * methods.length * formats.length);
    expect(source.records.some(({ kind }) => kind === 'heatmap')).toBe(false);
  });

  it.each(['technologist', 'administrator', 'field-engineer'] as const)(
    'under concurrent-aid holds nothing of the model for a %s',
    async (role) => {
      putCanaries('concurrent-aid');
      expect((await leaks(role)).found).toEqual([]);
    },
  );

  it('under concurrent-aid lets a radiologist have what the test would find', async () => {
    putCanaries('concurrent-aid');
    const { found } = await leaks('radiologist');
    for (const path of [
      '/exams/e1',
      '/api/exams/e1',
      '/heatmaps/e1/dx-1/x',
      `/previews/e1/${canary}-slice`,
    ])
      expect(
        found.some((leak) => leak.includes(`GET ${path} `)),
        path,
      ).toBe(true);
    expect(found.some((leak) => leak.includes('/api/events') || leak.includes('/api/exams '))).toBe(
      false,
    );
  });

  it('answers a heatmap that may not leave like one that does not exist', async () => {
    putCanaries('triage-notify');
    const visitor = await visit(panel, 'radiologist');
    const answers = ['/heatmaps/e1/dx-1/x', '/heatmaps/e1/dx-1/none', '/heatmaps/none/dx-1/x'].map(
      async (path) => {
        const { status, headers, bytes } = await ask(visitor, 'GET', path);
        return { status, headers: { ...headers, date: '' }, text: bytes.toString() };
      },
    );
    const [there, finding, no] = await Promise.all(answers);
    expect(there?.status).toBe(404);
    expect(finding).toEqual(there);
    expect(no).toEqual(there);
  });

  it('has every profile’s events without what helps a reader', async () => {
    const visitor = await visit(panel, 'radiologist');
    for (const profile of ['triage-notify', 'concurrent-aid', 'research'] as const) {
      const events = await follow(visitor);
      putCanaries(profile);
      clock.advance(100);
      const text = await events.until('event: device');
      await events.stop();
      expect(text).toContain('"state":"flagged"');
      expect(text).not.toContain(canary);
    }
  });
});

describe('a technologist under triage-notify', () => {
  const outcomes: ExamOutcome[] = [
    { state: 'flagged', labels: ['suspected x'], missed: 1, withdrawn: false },
    { state: 'no-flag', findingsChecked: 1 },
  ];

  /** Everything that a technologist can ask for, and the events they get, while an exam gets its outcome. */
  async function watched(outcome: ExamOutcome): Promise<{ before: string[]; after: string }> {
    const visitor = await visit(panel, 'technologist');
    const events = await follow(visitor);
    const heard = async (end: string) => (await events.until(end)).replaceAll(/id: .*\n/g, '');
    const put = (change: Partial<ExamView>) => {
      const decided = { outcome, outcomeId: `o-${outcome.state}`, resultAt: clock.now() };
      putCanaries('triage-notify', { ...decided, deliveredAt: undefined, ...change });
    };
    const before = [await heard('event: ping')];
    put({ version: 2, state: 'reported', delivery: 'sending' });
    clock.advance(100);
    before.push(await heard('event: device'));
    const asked = [
      '/api/exams',
      '/api/exams/e1',
      '/exams/e1',
      '/',
      '/heatmaps/e1/dx-1/x',
      '/previews/e1/dx-1',
    ];
    for (const path of asked) before.push(await bare(visitor, 'GET', path));
    for (const act of ['seen', 'disagree', 'repeat-taken'])
      for (const outcomeId of ['withheld', 'o-flagged', 'o-no-flag']) {
        const reason = act === 'disagree' ? 'not-seen' : undefined;
        const body = JSON.stringify({ outcomeId, reason });
        before.push(await bare(visitor, 'POST', `/api/exams/e1/${act}`, body));
      }
    put({ version: 3, state: 'delivered', delivery: 'stored', deliveredAt: clock.now() });
    clock.advance(100);
    before.push(await heard('event: device'));
    for (const path of asked) before.push(await bare(visitor, 'GET', path));
    clock.advance(noticeDelayMs - 101);
    before.push(await heard(`"now":${lastPing()}`));
    clock.advance(1 + 100);
    const after = await heard('event: device');
    await events.stop();
    return { before, after };
  }

  /** When the panel, which started with the clock, said last that it is there. */
  function lastPing(): number {
    const started = new ManualClock().now();
    return clock.now() - ((clock.now() - started) % 5_000);
  }

  async function bare(visitor: Visitor, method: string, path: string, body = ''): Promise<string> {
    const headers: Record<string, string> = body ? { 'content-type': 'application/json' } : {};
    const answer = await ask(visitor, method, path, headers, body);
    const ofSession = /"csrf":"[^"]*"|name="csrf" value="[^"]*"|"lastEventId":"[^"]*"/g;
    const text = answer.bytes.toString().replaceAll(ofSession, '');
    return `${method} ${path} ${answer.status} ${text}`;
  }

  it('cannot tell a flag from none before the PACS has it and the delay is over', async () => {
    const flagged = await watched(outcomes[0] as ExamOutcome);
    await panel.close();
    clock = new ManualClock();
    source = new SampleSource();
    panel = await startPanel({
      host: '127.0.0.1',
      port: 0,
      clock,
      source,
      accounts,
      settings: { ...defaultSettings, technologistNoticeDelaySeconds: noticeDelayMs / 1000 },
    });
    const none = await watched(outcomes[1] as ExamOutcome);
    expect(flagged.before).toEqual(none.before);
    expect(flagged.before.join()).not.toContain('"state":"flagged"');
    expect(flagged.after).toContain('"state":"flagged"');
    expect(none.after).toContain('"state":"no-flag"');
  });
});
