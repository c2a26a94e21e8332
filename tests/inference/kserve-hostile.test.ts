import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../device/clock.ts';
import { createKserveRuntime } from '../../runtime/inference/kserve/kserve-runtime.ts';
import type { KserveSettings } from '../../runtime/inference/kserve/settings.ts';
import type { Session } from '../../runtime/inference/session/session-port.ts';
import { Authority } from '../certificates.ts';
import { freePort } from '../outside.ts';
import { temporaryFolder } from '../peers/process.ts';
import {
  type Scripted,
  type ScriptedServer,
  type Seen,
  startScripted,
} from '../peers/scripted-server.ts';
import { named, settingsFor } from './kserve-cases.ts';
import { double, json, multiplied, run, startDoubling, twice } from './kserve-double.ts';

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function openOn(url: string, more: Partial<KserveSettings> = {}): Promise<Session> {
  const settings = settingsFor(url, { longestRetryPauseMs: 5, ...more });
  const runtime = createKserveRuntime(settings, { clock: systemClock });
  ends.push(() => runtime.close());
  return runtime.open(double, named('double.1.0.0.1'));
}

async function serve(
  answer: (seen: Seen) => Scripted,
  more: Parameters<typeof startDoubling>[1] = {},
): Promise<ScriptedServer> {
  const server = await startDoubling(answer, more);
  ends.push(() => server.close());
  return server;
}

/** How often a network has been run. */
function runs({ seen }: ScriptedServer): number {
  return seen.filter(({ path }) => path.endsWith('/infer')).length;
}

const right = (seen: Seen): Scripted => multiplied(seen, 2);

describe('a server that answers well', () => {
  it('is asked for the version that was checked, over one connection', async () => {
    const server = await serve(right);
    const session = await openOn(server.url);
    for (const value of [1, 2, 3]) expect(await run(session, value, 0)).toEqual([2 * value, 0]);
    expect(server.seen.at(-1)?.path).toBe('/v2/models/double.1.0.0.1/versions/1/infer');
    expect(server.connections()).toBe(1);
  });

  it('is found behind a prefix, with a token', async () => {
    const server = await startScripted(() => json({ error: 'closed' }, 403));
    ends.push(() => server.close());
    await expect(openOn(`${server.url}/gateway/`, { token: 'secret' })).rejects.toThrow(
      'status 403: closed',
    );
    expect(server.seen[0]).toMatchObject({
      path: '/gateway/v2',
      headers: { authorization: 'Bearer secret' },
    });
  });

  it('is given the inputs as they were when the run was asked', async () => {
    const server = await serve(right);
    const session = await openOn(server.url);
    const inputs = twice(1, 2);
    const asked = session.run(inputs, ['y']);
    inputs.x.values.fill(9);
    expect(Array.from((await asked)['y']!.values)).toEqual([2, 4]);
  });

  it('is not asked for what the network does not take', async () => {
    const server = await serve(right);
    const session = await openOn(server.url);
    const wrong = { x: { dims: [1, 3], values: new Float32Array(3) } };
    await expect(session.run(wrong, ['y'])).rejects.toThrow('MODEL_FAULT');
    await expect(session.run(twice(1, 2), ['z'])).rejects.toThrow('MODEL_FAULT');
    expect(runs(server)).toBe(0);
  });
});

describe('a server that answers badly', () => {
  const stall = () => undefined;

  it.each<[string, Scripted, string]>([
    ['an error', json({ error: 'out of memory' }, 500), 'status 500: out of memory'],
    ['a redirection', { status: 307, headers: { location: '/v2' } }, 'status 307'],
    ['a page', { body: '<html>Welcome</html>' }, 'not JSON'],
    ['nothing', { body: '' }, 'not JSON'],
    ['NaN', { body: '{"model_name":"double.1.0.0.1","outputs":[NaN]}' }, 'not JSON'],
    ['too much', { body: Buffer.alloc(70_000) }, 'larger than 65536 bytes'],
    [
      'too much, bit by bit',
      (response) => {
        const more = () => response.write(Buffer.alloc(16_384)) || response.once('drain', more);
        response.writeHead(200);
        for (let at = 0; at < 8; at++) more();
      },
      'larger than 65536 bytes',
    ],
    [
      'a length that it does not keep to',
      (response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{');
        response.socket?.end();
      },
      'PEER_UNREACHABLE',
    ],
    ['no HTTP', (response) => response.socket?.end('\0\0\0\0\r\n\r\n'), 'INFERENCE_SERVER_FAULT'],
    ['compressed', { headers: { 'content-encoding': 'gzip' }, body: 'x' }, 'in gzip'],
    ['nothing, ever', stall, 'PEER_TIMEOUT'],
    [
      'a beginning and no end',
      (response) => {
        response.writeHead(200);
        response.write('{"model_name":');
      },
      'PEER_TIMEOUT',
    ],
  ])('is refused: %s', async (_, scripted, words) => {
    const server = await serve(() => scripted);
    const session = await openOn(server.url, { largestAnswer: 65_536, timeoutMs: 500 });
    await expect(run(session, 1, 2)).rejects.toThrow(words);
  });

  it.each<[string, object]>([
    ['inputs', { inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 3] }] }],
    ['outputs', { outputs: [{ name: 'y', datatype: 'FP16', shape: [-1, 2] }] }],
    ['a name', { name: 'triple.1.0.0.1' }],
    ['a digest', { parameters: { graph_sha256: '0'.repeat(64) } }],
  ])('is refused before any run for a model with %s of its own', async (_, metadata) => {
    const server = await serve(right, { metadata });
    await expect(openOn(server.url)).rejects.toThrow('MODEL_MISMATCH');
    expect(runs(server)).toBe(0);
  });

  it('is refused when its model has become another version', async () => {
    const server = await serve((seen) => {
      const { body } = right(seen) as { body: string };
      return { body: body.replace('"model_version":"1"', '"model_version":"2"') };
    });
    const session = await openOn(server.url);
    await expect(run(session, 1, 2)).rejects.toThrow('MODEL_MISMATCH');
  });
});

describe('a server in trouble', () => {
  /** Answers as `troubles` say, one after the other, then well. */
  const troubled = (...troubles: Scripted[]) => serve((seen) => troubles.shift() ?? right(seen));
  const reset: Scripted = (response) => response.destroy();

  it.each<[string, Scripted]>([
    ['is busy', { status: 503 }],
    ['wants fewer requests', { status: 429, headers: { 'retry-after': '0' } }],
    ['closes the connection', reset],
  ])('is asked again when it %s', async (_, trouble) => {
    const server = await troubled(trouble, trouble);
    const session = await openOn(server.url, { attempts: 3 });
    expect(await run(session, 1, 2)).toEqual([2, 4]);
    expect(runs(server)).toBe(3);
  });

  it('is given up after the last attempt', async () => {
    const server = await troubled(...Array.from({ length: 9 }, () => ({ status: 503 })));
    const session = await openOn(server.url, { attempts: 3 });
    await expect(run(session, 1, 2)).rejects.toThrow('status 503');
    expect(runs(server)).toBe(3);
  });

  it.each<[string, Scripted]>([
    ['refuses the request', { status: 400 }],
    ['has failed inside', { status: 500 }],
    ['asks for too much patience', { status: 503, headers: { 'retry-after': '60' } }],
  ])('is not asked again when it %s', async (_, trouble) => {
    const server = await troubled(trouble);
    const session = await openOn(server.url);
    await expect(run(session, 1, 2)).rejects.toThrow('INFERENCE_SERVER_FAULT');
    expect(runs(server)).toBe(1);
  });

  it('is not waited for beyond the time of the whole run', async () => {
    const server = await troubled(...Array.from({ length: 99 }, () => ({ status: 503 })));
    const patience = { attempts: 99, longestRetryPauseMs: 60_000, timeoutMs: 200 };
    const session = await openOn(server.url, patience);
    await expect(run(session, 1, 2)).rejects.toThrow('status 503');
    expect(runs(server)).toBeLessThan(5);
  });

  it('is unreachable where nothing listens', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    await expect(openOn(url)).rejects.toThrow('PEER_UNREACHABLE');
  });
});

describe('a server with TLS', () => {
  async function secured() {
    const folder = temporaryFolder();
    ends.push(() => Promise.resolve(folder.remove()));
    const [authority, stranger] = [
      await Authority.make(folder.path, 'authority'),
      await Authority.make(folder.path, 'stranger'),
    ];
    const own = await authority.issue('triton.test');
    const server = await startScripted(() => json({ error: 'no more' }, 404), {
      ca: authority.certificate,
      cert: own.certificate,
      key: own.key,
    });
    ends.push(() => server.close());
    const device = await authority.issue('device.test');
    const { certificate, key } = device;
    const tls = { authority: authority.certificate, certificate, key, serverName: 'triton.test' };
    return { server, tls, stranger };
  }

  it('is shown our certificate, and its own is checked', async () => {
    const { server, tls, stranger } = await secured();
    await expect(openOn(server.url, { tls })).rejects.toThrow('status 404: no more');
    expect(server.seen[0]?.client).toBe('device.test');
    const wrong = [
      { ...tls, authority: stranger.certificate },
      { ...tls, authority: undefined },
      { ...tls, serverName: 'another.test' },
      { ...tls, serverName: undefined },
    ];
    for (const each of wrong)
      await expect(openOn(server.url, { tls: each })).rejects.toThrow('TLS_FAILED');
    expect(server.seen).toHaveLength(1);
  });

  it('does not hear us without our certificate', async () => {
    const { server, tls } = await secured();
    const anonymous = { ...tls, certificate: undefined, key: undefined };
    await expect(openOn(server.url, { tls: anonymous })).rejects.toThrow(
      /TLS_FAILED|PEER_UNREACHABLE/,
    );
    expect(server.seen).toHaveLength(0);
  });
});

describe('an address', () => {
  it.each([
    ['is none', 'triton:8000', {}],
    ['names another protocol', 'grpc://triton:8001', {}],
    ['holds a password', 'http://a:b@triton:8000', {}],
    ['holds a question', 'http://triton:8000/?a=b', {}],
    ['would show the token', 'http://triton:8000', { token: 'secret' }],
    ['has a token with a line break', 'https://triton:8000', { token: 'a\r\nb: c' }],
  ])('is refused that %s', async (_, url, more) => {
    await expect(openOn(url, more)).rejects.toThrow('CONFIG_INVALID');
  });
});
