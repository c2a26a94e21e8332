import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { echoRequest, responseTo, storeRequest } from '../runtime/dicom/dimse.ts';
import { encodePdu } from '../runtime/dicom/pdu.ts';
import { until } from './peers/process.ts';
import { Random } from './random-pdu.ts';
import {
  associateRequest,
  commandValue,
  context,
  ctImageStorage,
  data,
  dataValue,
  type RawPeer,
} from './raw-peer.ts';
import { artimMs, idleMs, maxAssociations, ReceiverFixture } from './receiver-fixture.ts';

const store = commandValue(storeRequest(1, ctImageStorage, '1.2.3'));
const echo = commandValue(echoRequest(1, '1.2.840.10008.1.1'), 3);

let fixture: ReceiverFixture;

beforeEach(async () => {
  fixture = new ReceiverFixture();
  await fixture.start();
});

/** Whatever a peer has done, the next one is served. */
afterEach(async () => {
  fixture.dropPeers();
  expect(await until(() => fixture.echoes())).toBe(true);
  await fixture.close(0);
});

function manyContexts(ids: number[]): Buffer {
  return encodePdu(associateRequest({ contexts: ids.map((id) => context(id, ctImageStorage)) }));
}

describe('before an association', () => {
  it.each<[string, Buffer]>([
    ['two contexts with ID 255', manyContexts([255, 255])],
    [
      '129 contexts',
      manyContexts(Array.from({ length: 129 }, (_, index) => (2 * index + 1) % 256)),
    ],
    ['an even context ID', manyContexts([2])],
    ['data', data(echo)],
    ['an A-RELEASE-RP', encodePdu({ pdu: 'A-RELEASE-RP' })],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: scanner\r\n\r\n')],
    ['a TLS ClientHello', Buffer.from('16030102000100', 'hex')],
    ['an A-ASSOCIATE-RQ of 4 GiB', Buffer.from('0100ffffffff', 'hex')],
    ['an A-ASSOCIATE-RQ cut inside an item', cutRequest()],
  ])('%s is aborted', async (_title, bytes) => {
    const peer = await fixture.connected();
    peer.send(bytes);
    expect(await peer.next()).toEqual({ pdu: 'A-ABORT', source: 0, reason: 0 });
    fixture.clock.advance(artimMs);
    await peer.closed;
  });

  it.each([
    ['another called AE title', { calledAeTitle: 'OTHER' }, [1, 1, 7]],
    ['another application context', { applicationContextName: '1.2' }, [1, 1, 2]],
    ['another protocol version', { protocolVersion: 2 }, [1, 2, 2]],
    ['no presentation context', { contexts: [] }, [1, 1, 1]],
  ])('%s is rejected', async (_title, differs, [result, source, reason]) => {
    const peer = await fixture.connected();
    peer.send(encodePdu(associateRequest(differs)));
    expect(await peer.next()).toEqual({ pdu: 'A-ASSOCIATE-RJ', result, source, reason });
    expect(fixture.told.refused).toHaveLength(1);
  });

  it('one association too many is rejected as transient', async () => {
    for (let count = 0; count < maxAssociations; count += 1) await fixture.associated();
    const peer = await fixture.connected();
    peer.send(encodePdu(associateRequest()));
    const refusal = { pdu: 'A-ASSOCIATE-RJ', result: 2, source: 3, reason: 2 };
    expect(await peer.next()).toEqual(refusal);
    expect(fixture.told.refused).toEqual(['local limit exceeded']);
  });

  it('a silent connection is closed when ARTIM expires, however many bytes it drips', async () => {
    const peer = await fixture.connected();
    const bytes = encodePdu(associateRequest());
    for (let at = 0; at < 5; at += 1) {
      peer.send(bytes.subarray(at, at + 1));
      fixture.clock.advance(artimMs / 5 - 1);
    }
    fixture.clock.advance(5);
    await peer.closed;
  });

  it('silent connections do not keep a scanner out', async () => {
    for (let count = 0; count < 100; count += 1) await fixture.connected();
    expect(await fixture.echoes()).toBe(true);
  });
});

/** All lengths but the last item's are right. */
function cutRequest(): Buffer {
  const bytes = encodePdu(associateRequest());
  bytes.writeUInt32BE(bytes.length - 6 - 3, 2);
  return bytes.subarray(0, -3);
}

describe('in an association', () => {
  it.each<[string, Buffer, number, number]>([
    ['a PDU above the limit we advertise', Buffer.from('040000004001', 'hex'), 2, 6],
    ['a PDU of unknown type', Buffer.from('990000000004', 'hex'), 2, 1],
    ['a second A-ASSOCIATE-RQ', encodePdu(associateRequest()), 2, 2],
    ['an A-RELEASE-RP', encodePdu({ pdu: 'A-RELEASE-RP' }), 2, 2],
    ['a value longer than its PDU', Buffer.from('040000000006000000080103', 'hex'), 2, 6],
    ['a cut command set', data({ ...echo, data: echo.data.subarray(0, -1) }), 0, 0],
    ['a data set without a command', data(dataValue(Buffer.from('abcd'))), 0, 0],
    ['a context that was not accepted', data({ ...echo, contextId: 99 }), 0, 0],
    ['a message in two contexts', data(store, dataValue(Buffer.from('ab'), true, 3)), 0, 0],
    ['a command inside a data set', data(store, echo), 0, 0],
    [
      'a response that nothing asked for',
      data(commandValue(responseTo(echoRequest(1, '1.2'), 0), 3)),
      0,
      0,
    ],
    [
      'a command set without end',
      Buffer.concat(
        Array.from({ length: 70 }, () =>
          data({ contextId: 1, isCommand: true, isLast: false, data: Buffer.alloc(1000) }),
        ),
      ),
      0,
      0,
    ],
  ])('%s is aborted', async (_title, bytes, source, reason) => {
    const peer = await fixture.associated();
    peer.send(bytes);
    expect(await peer.next()).toEqual({ pdu: 'A-ABORT', source, reason });
    expect(fixture.told.closed).toEqual(['aborted']);
    fixture.clock.advance(artimMs);
    await peer.closed;
  });

  it.each<[string, (peer: RawPeer) => void, string]>([
    [
      'A-ABORT',
      (peer) => peer.send(encodePdu({ pdu: 'A-ABORT', source: 0, reason: 0 })),
      'aborted',
    ],
    ['RST', (peer) => peer.socket.resetAndDestroy(), 'lost'],
    ['FIN', (peer) => peer.socket.end(), 'lost'],
    ['a broken PDU', (peer) => peer.send(Buffer.from('ffffffffffff', 'hex')), 'aborted'],
  ])('%s in mid-instance abandons it', async (_title, kill, how) => {
    const peer = await fixture.associated();
    peer.send(data(store, dataValue(Buffer.alloc(500), false)));
    kill(peer);
    expect(await until(() => fixture.told.closed.length > 0)).toBe(true);
    expect(fixture.told).toMatchObject({ closed: [how], abandoned: 1, stored: [] });
  });

  it('a release in mid-instance abandons it', async () => {
    const peer = await fixture.associated();
    peer.send(data(store, dataValue(Buffer.alloc(500), false)), encodePdu({ pdu: 'A-RELEASE-RQ' }));
    expect(await peer.next()).toEqual({ pdu: 'A-RELEASE-RP' });
    expect(fixture.told).toMatchObject({ closed: ['released'], abandoned: 1 });
  });

  it('silence is aborted, and work of ours is not silence', async () => {
    let finish: (status: number) => void = () => {};
    fixture.handlers.store = () => ({
      ...fixture.memorySink(),
      end: () => new Promise((resolve) => (finish = resolve)),
    });
    const peer = await fixture.associated();
    peer.send(data(store, dataValue(Buffer.alloc(10))));
    expect(await until(() => finish.length > 0)).toBe(true);
    fixture.clock.advance(10 * idleMs);
    finish(0);
    expect(await peer.nextCommand()).toMatchObject({ status: 0 });
    fixture.clock.advance(idleMs - 1);
    expect(fixture.told.closed).toEqual([]);
    fixture.clock.advance(idleMs);
    expect(await peer.next()).toEqual({ pdu: 'A-ABORT', source: 0, reason: 0 });
    expect(fixture.told.closed).toEqual(['aborted']);
  });

  it('a peer that takes no responses is no longer read', async () => {
    const peer = await fixture.associated();
    peer.socket.pause();
    expect(await flood(peer, 80)).toBeLessThan(80);
    fixture.clock.advance(2 * idleMs);
    expect(fixture.told.closed).toEqual(['aborted']);
  });

  it('a peer that floods while an operation of ours is pending is not read, and then served in order', async () => {
    let finish: (status: number) => void = () => {};
    fixture.handlers.store = () => ({
      ...fixture.memorySink(),
      end: () => new Promise((resolve) => (finish = resolve)),
    });
    const peer = await fixture.associated();
    peer.send(data(store, dataValue(Buffer.alloc(10))));
    expect(await until(() => finish.length > 0)).toBe(true);
    expect(await flood(peer, 24)).toBeLessThan(24);
    finish(0);
    expect(await peer.nextCommand()).toMatchObject({ commandField: 0x8001, status: 0 });
    expect(await peer.nextCommand()).toMatchObject({ commandField: 0x8030, status: 0 });
  });
});

/** Sends up to `most` times many requests; returns how often the receiver's side took them. */
async function flood(peer: RawPeer, most: number): Promise<number> {
  const requests = Buffer.concat(Array.from({ length: 10_000 }, () => data(echo)));
  let sent = 0;
  for (; sent < most && !peer.socket.writableNeedDrain; sent += 1) {
    peer.send(requests);
    await until(() => !peer.socket.writableNeedDrain, 500);
  }
  return sent;
}

describe('any byte changed', () => {
  const session = [
    encodePdu(associateRequest()),
    data(echo),
    data(store),
    data(dataValue(Buffer.alloc(200), false), dataValue(Buffer.alloc(100))),
    encodePdu({ pdu: 'A-RELEASE-RQ' }),
  ];

  it.each([1, 2, 3, 4])('leaves the receiver serving: seed %i', async (seed) => {
    const random = new Random(seed);
    for (let round = 0; round < 60; round += 1) {
      const bytes = Buffer.concat(session);
      for (let change = 0; change < 3; change += 1)
        bytes[random.below(bytes.length)] = random.below(256);
      const peer = await fixture.connected();
      peer.socket.end(bytes);
      await until(() => peer.socket.readableEnded || peer.socket.closed, 1000);
      peer.socket.destroy();
    }
    expect(await fixture.echoes()).toBe(true);
  });
});
