import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../device/clock.ts';
import { ManualClock } from '../device/manual-clock.ts';
import {
  createHttpPeer,
  type HttpPeer,
  type HttpPeerOptions,
} from '../runtime/outbox/http-peer.ts';
import { Authority, type Identity } from './certificates.ts';
import { describeWith, freePort } from './outside.ts';
import { temporaryFolder, until } from './peers/process.ts';
import { type Scripted, type ScriptedServer, startScripted } from './peers/scripted-server.ts';

const clock = new ManualClock();
let server: ScriptedServer | undefined;
let peer: HttpPeer | undefined;

afterEach(async () => {
  peer?.close();
  await server?.close();
});

async function reach(script: Scripted, more: Partial<HttpPeerOptions> = {}): Promise<HttpPeer> {
  server = await startScripted(() => script);
  return connect({ url: server.url, ...more });
}

function connect(more: Partial<HttpPeerOptions> & { url: string }): HttpPeer {
  return (peer = createHttpPeer({ timeoutMs: 1000, largestAnswer: 100, clock, ...more }));
}

const post = {
  method: 'POST' as const,
  path: '/studies',
  headers: { 'content-type': 'text/plain' },
  body: Buffer.from('Grüße'),
};

describe('a request to a peer', () => {
  it('has the place, the body, the token of the moment, and brings the whole answer', async () => {
    const answer = { status: 202, headers: { 'retry-after': '5' }, body: 'taken' };
    const tokens = ['first', 'second'];
    const to = await reach(answer, { token: () => tokens.shift() ?? '' });
    const { url, seen } = server!;
    const under = createHttpPeer({ url: `${url}/rs/`, timeoutMs: 1, largestAnswer: 9, clock });
    expect(await to.exchange(post)).toMatchObject({
      status: 202,
      headers: { 'retry-after': '5' },
      body: Buffer.from('taken'),
    });
    await to.exchange({ ...post, path: '' });
    await under.exchange(post);
    under.close();
    expect(seen.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/studies', 'Bearer first'],
      ['/', 'Bearer second'],
      ['/rs/studies', undefined],
    ]);
    expect(seen[0]?.body.toString()).toBe('Grüße');
  });

  it('keeps its connection for the next', async () => {
    const to = await reach({});
    for (let round = 0; round < 3; round++) await to.exchange(post);
    expect(server?.connections()).toBe(1);
  });

  it('follows no redirect', async () => {
    const to = await reach({ status: 307, headers: { location: '/elsewhere' } });
    expect((await to.exchange(post)).status).toBe(307);
    expect(server?.seen).toHaveLength(1);
  });
});

describe('a peer that fails', () => {
  it.each<[string, string, Scripted]>([
    ['answers more than is read', 'larger than 100 bytes', { body: 'x'.repeat(101) }],
    ['compresses', 'is in gzip', { headers: { 'content-encoding': 'gzip' }, body: 'x' }],
    ['hangs up', 'ASSOCIATION_ABORTED', (response) => response.socket?.destroy()],
    [
      'hangs up in its answer',
      'ASSOCIATION_ABORTED',
      (response) => {
        response.writeHead(200, { 'content-length': '50' });
        response.write('half', () => response.socket?.destroy());
      },
    ],
    [
      'speaks no HTTP',
      'ASSOCIATION_ABORTED',
      (response) => response.socket?.end('SSH-2.0-OpenSSH_9.2\r\n'),
    ],
  ])('%s', async (_, words, script) => {
    const to = await reach(script);
    await expect(to.exchange(post)).rejects.toMatchObject({
      code: 'ASSOCIATION_ABORTED',
      message: expect.stringContaining(words),
    });
  });

  it('does not listen', async () => {
    const to = connect({ url: `http://127.0.0.1:${await freePort()}` });
    await expect(to.exchange(post)).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
  });

  it('does not answer in time', async () => {
    const to = await reach(() => undefined);
    const failed = expect(to.exchange(post)).rejects.toMatchObject({ code: 'PEER_TIMEOUT' });
    await until(() => server?.seen.length === 1);
    clock.advance(1000);
    await failed;
  });

  it('is given up while it answers', async () => {
    const to = await reach(() => undefined);
    const failed = expect(to.exchange(post)).rejects.toMatchObject({ code: 'ASSOCIATION_ABORTED' });
    await until(() => server?.seen.length === 1);
    to.close();
    await failed;
  });
});

describe('an address or a token that cannot be used', () => {
  const token = () => 'secret';
  it.each<[string, Partial<HttpPeerOptions>]>([
    ['none', { url: 'pacs' }],
    ['another protocol', { url: 'ftp://pacs/' }],
    ['a password', { url: 'https://me:secret@pacs/' }],
    ['a question', { url: 'https://pacs/?a=b' }],
    ['a token in the open', { url: 'http://pacs.example/', token }],
  ])('is refused: %s', (_, more) => {
    expect(() => connect({ url: '', ...more })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });

  it('is refused before it is sent: a token of two lines', async () => {
    const to = await reach({}, { token: () => 'a\r\nhost: b' });
    await expect(to.exchange(post)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(server?.seen).toEqual([]);
  });
});

describeWith(['openssl'], 'a peer behind TLS', () => {
  const folder = temporaryFolder();
  let hospital: Authority;
  let other: Authority;
  let [own, theirs]: Identity[] = [];

  beforeAll(async () => {
    hospital = await Authority.make(folder.path, 'hospital');
    other = await Authority.make(folder.path, 'other');
    own = await hospital.issue('scanside.example');
    theirs = await hospital.issue('pacs.example');
  });
  afterAll(() => folder.remove());

  const listen = async () => {
    const { certificate: cert, key } = theirs!;
    server = await startScripted(() => ({}), { ca: hospital.certificate, cert, key });
    return server.url;
  };
  const tls = () => ({
    authority: hospital.certificate,
    certificate: own!.certificate,
    key: own!.key,
    serverName: 'pacs.example',
  });

  it('is asked, knows our certificate, and is not asked under another name', async () => {
    const url = await listen();
    const to = connect({ url, tls: tls(), clock: systemClock });
    expect((await to.exchange(post)).status).toBe(200);
    expect(server?.seen[0]?.client).toBe('scanside.example');
  });

  it.each([
    ['of another authority', { authority: () => other.certificate }],
    ['for another name', { serverName: () => 'ris.example' }],
    ['for a name, where an address is wanted', { serverName: () => '127.0.0.1' }],
  ])('is told nothing with a certificate %s', async (_, wrong) => {
    const url = await listen();
    const changed = Object.entries(wrong).map(([key, value]) => [key, value()]);
    const to = connect({ url, tls: { ...tls(), ...Object.fromEntries(changed) } });
    await expect(to.exchange(post)).rejects.toMatchObject({ code: 'TLS_FAILED' });
    expect(server?.seen).toEqual([]);
  });

  it('refuses us without a certificate', async () => {
    const url = await listen();
    const to = connect({ url, tls: { ...tls(), certificate: undefined, key: undefined } });
    await expect(to.exchange(post)).rejects.toMatchObject({
      code: expect.stringMatching(/^(TLS_FAILED|ASSOCIATION_ABORTED)$/),
    });
    expect(server?.seen).toEqual([]);
  });
});
