import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../device/clock.ts';
import { ManualClock } from '../device/manual-clock.ts';
import type { Link } from '../runtime/outbox/destination.ts';
import { createHl7Courier } from '../runtime/outbox/hl7-courier.ts';
import { frameMessage } from '../runtime/outbox/mllp.ts';
import { Authority, type Identity } from './certificates.ts';
import { freePort } from './outside.ts';
import { acknowledge, type MllpServer, type Reaction, startMllpServer } from './peers/mllp-peer.ts';
import { temporaryFolder, until } from './peers/process.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const answerMs = 5000;
const refer = (sopInstanceUid: string) => ({ sopClassUid: '', sopInstanceUid });
const load = (uid: string) =>
  Buffer.from(`MSH|^~\\&|SCANSIDE||||||ORU^R01^ORU_R01|ID${uid}|P|2.5.1\rPID|1||P7||山田^太郎\r`);

async function startPeer(react: Reaction): Promise<MllpServer> {
  const peer = await startMllpServer(react);
  closing.push(peer.close);
  return peer;
}

async function openLink(port: number, clock = systemClock): Promise<Link> {
  const destinations = [{ name: 'ris', host: '127.0.0.1', port, answerMs }];
  const link = await createHl7Courier({ clock, destinations, load, refer }).open('ris');
  closing.unshift(() => Promise.resolve(link.abort()));
  return link;
}

async function send(react: Reaction) {
  const peer = await startPeer(react);
  return (await openLink(peer.port)).store('1', refer('1'));
}

const bytes = (text: string): Uint8Array[] => [Buffer.from(text)];

describe('what an acknowledgement makes of a message', () => {
  it.each(['AA', 'CA'])('%s: accepted', async (code) => {
    expect(await send((id) => [acknowledge(code, id)])).toEqual({ verdict: 'accepted' });
  });

  it.each(['AE', 'CE'])('%s: refused, to be tried again as usual', async (code) => {
    const error = 'ERR||PID^1^3|204^Unknown key identifier|E|||patient P7 not found';
    expect(await send((id) => [acknowledge(code, id, error)])).toEqual({
      verdict: 'refused',
      detail: `${code}: 204 unknown key identifier at PID-1-3; patient … not found`,
    });
  });

  it.each(['AR', 'CR'])('%s: refused, to be tried again only now and then', async (code) => {
    expect(await send((id) => [acknowledge(code, id)])).toEqual({
      verdict: 'refused',
      detail: code,
      retryAfterMs: 900_000,
    });
  });

  it('is read from single bytes', async () => {
    const attempt = await send((id) => [...acknowledge('AA', id)].map((byte) => Buffer.of(byte)));
    expect(attempt).toEqual({ verdict: 'accepted' });
  });
});

describe('what ends a link', () => {
  const failures: [string, Reaction][] = [
    ['an acknowledgement of another message', () => [acknowledge('AA', 'OTHER')]],
    ['an answer without MSA', () => [frameMessage(Buffer.from('MSH|^~\\&|RIS\r'))]],
    ['an answer of another kind', () => [frameMessage(Buffer.from('fine'))]],
    ['bytes that are no block', () => bytes('HTTP/1.1 400 Bad Request')],
    ['an answer that is too long', () => bytes(`\x0b${'x'.repeat(70_000)}\x1c\r`)],
    ['a connection that ends without an answer', (_, socket) => void socket.end()],
    ['a connection that is torn', (_, socket) => void socket.resetAndDestroy()],
    ['half an answer', (id, socket) => void socket.end(acknowledge('AA', id).subarray(0, 20))],
  ];

  it.each(failures)('%s', async (_, react) => {
    await expect(send(react)).rejects.toMatchObject({ code: 'ASSOCIATION_ABORTED' });
  });

  it('an acknowledgement that does not come in time', async () => {
    const clock = new ManualClock();
    const peer = await startPeer(() => undefined);
    const link = await openLink(peer.port, clock);
    const ends: unknown[] = [];
    void link.store('1', refer('1')).catch((error: unknown) => ends.push(error));
    await until(() => peer.messages.length === 1);
    clock.advance(answerMs - 1);
    await setImmediate();
    expect(ends).toEqual([]);
    clock.advance(1);
    await until(() => ends.length > 0);
    expect(ends).toMatchObject([{ code: 'PEER_TIMEOUT' }]);
  });

  it('a peer that is not there', async () => {
    await expect(openLink(await freePort())).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
  });
});

describe('a link', () => {
  it('keeps one connection for a burst, and sends the bytes of each message', async () => {
    const peer = await startPeer((id) => [acknowledge('AA', id)]);
    const link = await openLink(peer.port);
    for (const uid of ['1', '2', '3']) await link.store(uid, refer(uid));
    await link.release();
    expect(peer.connections()).toBe(1);
    expect(peer.messages).toEqual(['1', '2', '3'].map((uid) => load(uid).toString()));
  });

  it('takes a new connection where the peer closes after each answer', async () => {
    const peer = await startPeer((id, socket) => void socket.end(acknowledge('AA', id)));
    const link = await openLink(peer.port);
    for (const uid of ['1', '2', '3']) {
      expect(await link.store(uid, refer(uid))).toEqual({ verdict: 'accepted' });
    }
    expect(peer.connections()).toBe(3);
  });

  it('does not mistake what comes unasked for the next answer', async () => {
    const peer = await startPeer((id) => [acknowledge('AA', id), acknowledge('AA', 'ID2')]);
    const link = await openLink(peer.port);
    await link.store('1', refer('1')).catch(() => {});
    await link.store('2', refer('2')).catch(() => {});
    await link.store('3', refer('3')).catch(() => {});
    expect(peer.messages.at(-1)).toBe(load('3').toString());
  });

  it('offers a report in its one form', async () => {
    const peer = await startPeer(() => undefined);
    const link = await openLink(peer.port);
    expect(link.forms('7')).toEqual([{ sopClassUid: '', sopInstanceUid: '7' }]);
  });
});

describe('MLLP over TLS', () => {
  const folder = temporaryFolder();
  let hospital: Authority;
  let server: Identity;
  let device: Identity;
  let stranger: Identity;

  beforeAll(async () => {
    hospital = await Authority.make(folder.path, 'hospital');
    const other = await Authority.make(folder.path, 'other');
    server = await hospital.issue('ris.example');
    device = await hospital.issue('device.example');
    stranger = await other.issue('stranger.example');
  });
  afterAll(() => folder.remove());

  async function attempt(serverName: string, own?: Identity) {
    const peer = await startMllpServer((id) => [acknowledge('AA', id)], {
      cert: server.certificate,
      key: server.key,
      ca: hospital.certificate,
      requestCert: true,
    });
    closing.push(peer.close);
    const tls = {
      authority: hospital.certificate,
      serverName,
      certificate: own?.certificate,
      key: own?.key,
    };
    const courier = createHl7Courier({
      clock: systemClock,
      destinations: [{ name: 'ris', host: '127.0.0.1', port: peer.port, answerMs, tls }],
      load,
      refer,
    });
    const link = await courier.open('ris');
    closing.unshift(() => Promise.resolve(link.abort()));
    return link.store('1', refer('1'));
  }

  it('is accepted on both certificates', async () => {
    expect(await attempt('ris.example', device)).toEqual({ verdict: 'accepted' });
  });

  it('sends nothing to a peer with another name', async () => {
    await expect(attempt('pacs.example', device)).rejects.toMatchObject({ code: 'TLS_FAILED' });
  });

  it.each([
    ['without a certificate', () => undefined],
    ['with one of another authority', () => stranger],
  ])('fails as a link %s', async (_, own) => {
    await expect(attempt('ris.example', own())).rejects.toMatchObject({
      code: expect.stringMatching(/^(TLS_FAILED|ASSOCIATION_ABORTED)$/),
    });
  });
});
