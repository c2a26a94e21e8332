import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../device/manual-clock.ts';
import { echoRequest, responseTo, storeRequest } from '../runtime/dicom/dimse.ts';
import { encodePdu } from '../runtime/dicom/pdu.ts';
import {
  type Receiver,
  type ReceiverHandlers,
  startReceiver,
  type StoreSink,
} from '../runtime/dicom/receiver.ts';
import { dial } from '../runtime/dicom/sender.ts';
import { until } from './peers/process.ts';
import { Random } from './random-pdu.ts';
import {
  associateRequest,
  commandValue,
  context,
  ctImageStorage,
  data,
  dataValue,
  RawPeer,
} from './raw-peer.ts';

const maxPduLength = 16_384;
const artimMs = 10_000;
const idleMs = 30_000;
const maxAssociations = 4;

const store = commandValue(storeRequest(1, ctImageStorage, '1.2.3'));
const echo = commandValue(echoRequest(1, '1.2.840.10008.1.1'), 3);

/** What the receiver told its handlers. */
interface Told {
  closed: string[];
  refused: string[];
  stored: Buffer[];
  abandoned: number;
}

let clock: ManualClock;
let told: Told;
let receiver: Receiver;
let handlers: ReceiverHandlers;
let peers: RawPeer[];

/** Keeps an instance in memory and answers a moment later, as a disk does. */
function memorySink(): StoreSink {
  const parts: Buffer[] = [];
  return {
    write: (buffer, start, end) => parts.push(Buffer.from(buffer.subarray(start, end))),
    end: () =>
      new Promise((resolve) => {
        setTimeout(() => {
          told.stored.push(Buffer.concat(parts));
          resolve(0);
        }, 2);
      }),
    abort: () => (told.abandoned += 1),
  };
}

beforeEach(async () => {
  clock = new ManualClock();
  told = { closed: [], refused: [], stored: [], abandoned: 0 };
  peers = [];
  handlers = {
    closed: (_association, how) => told.closed.push(how),
    refused: (_peer, reason) => told.refused.push(reason),
    store: memorySink,
  };
  receiver = await listen(0);
});

function listen(port: number): Promise<Receiver> {
  const options = {
    host: '127.0.0.1',
    port,
    aeTitle: 'SCANSIDE',
    maxPduLength,
    maxAssociations,
    artimMs,
    idleMs,
    storage: true,
    commitment: 'both' as const,
    clock,
  };
  return startReceiver(options, handlers);
}

/** Whatever a peer has done, the next one is served. */
afterEach(async () => {
  for (const peer of peers) peer.socket.destroy();
  expect(await until(() => echoes())).toBe(true);
  await receiver.close(0);
});

async function echoes(): Promise<boolean> {
  try {
    const association = await dial({
      host: '127.0.0.1',
      port: receiver.port,
      callingAeTitle: 'NEXT',
      calledAeTitle: 'SCANSIDE',
      contexts: [{ abstractSyntax: '1.2.840.10008.1.1', transferSyntaxes: ['1.2.840.10008.1.2'] }],
      maxPduLength,
      connectMs: 1000,
      responseMs: 1000,
      clock,
    });
    const code = await association.echo();
    await association.release();
    return code === 0;
  } catch {
    return false;
  }
}

async function connected(): Promise<RawPeer> {
  const peer = await RawPeer.connect(receiver.port);
  peers.push(peer);
  return peer;
}

async function associated(request = associateRequest()): Promise<RawPeer> {
  const peer = await RawPeer.associated(receiver.port, request);
  peers.push(peer);
  return peer;
}

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
    const peer = await connected();
    peer.send(bytes);
    expect(await peer.next()).toEqual({ pdu: 'A-ABORT', source: 0, reason: 0 });
    clock.advance(artimMs);
    await peer.closed;
  });

  it.each([
    ['another called AE title', { calledAeTitle: 'OTHER' }, [1, 1, 7]],
    ['another application context', { applicationContextName: '1.2' }, [1, 1, 2]],
    ['another protocol version', { protocolVersion: 2 }, [1, 2, 2]],
    ['no presentation context', { contexts: [] }, [1, 1, 1]],
  ])('%s is rejected', async (_title, differs, [result, source, reason]) => {
    const peer = await connected();
    peer.send(encodePdu(associateRequest(differs)));
    expect(await peer.next()).toEqual({ pdu: 'A-ASSOCIATE-RJ', result, source, reason });
    expect(told.refused).toHaveLength(1);
  });

  it('one association too many is rejected as transient', async () => {
    for (let count = 0; count < maxAssociations; count += 1) await associated();
    const peer = await connected();
    peer.send(encodePdu(associateRequest()));
    const refusal = { pdu: 'A-ASSOCIATE-RJ', result: 2, source: 3, reason: 2 };
    expect(await peer.next()).toEqual(refusal);
    expect(told.refused).toEqual(['local limit exceeded']);
  });

  it('a silent connection is closed when ARTIM expires, however many bytes it drips', async () => {
    const peer = await connected();
    const bytes = encodePdu(associateRequest());
    for (let at = 0; at < 5; at += 1) {
      peer.send(bytes.subarray(at, at + 1));
      clock.advance(artimMs / 5 - 1);
    }
    clock.advance(5);
    await peer.closed;
  });

  it('silent connections do not keep a scanner out', async () => {
    for (let count = 0; count < 100; count += 1) await connected();
    expect(await echoes()).toBe(true);
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
    const peer = await associated();
    peer.send(bytes);
    expect(await peer.next()).toEqual({ pdu: 'A-ABORT', source, reason });
    expect(told.closed).toEqual(['aborted']);
    clock.advance(artimMs);
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
    const peer = await associated();
    peer.send(data(store, dataValue(Buffer.alloc(500), false)));
    kill(peer);
    expect(await until(() => told.closed.length > 0)).toBe(true);
    expect(told).toMatchObject({ closed: [how], abandoned: 1, stored: [] });
  });

  it('a release in mid-instance abandons it', async () => {
    const peer = await associated();
    peer.send(data(store, dataValue(Buffer.alloc(500), false)), encodePdu({ pdu: 'A-RELEASE-RQ' }));
    expect(await peer.next()).toEqual({ pdu: 'A-RELEASE-RP' });
    expect(told).toMatchObject({ closed: ['released'], abandoned: 1 });
  });

  it('silence is aborted, and work of ours is not silence', async () => {
    let finish: (status: number) => void = () => {};
    handlers.store = () => ({
      ...memorySink(),
      end: () => new Promise((resolve) => (finish = resolve)),
    });
    const peer = await associated();
    peer.send(data(store, dataValue(Buffer.alloc(10))));
    expect(await until(() => finish.length > 0)).toBe(true);
    clock.advance(10 * idleMs);
    finish(0);
    expect(await peer.nextCommand()).toMatchObject({ status: 0 });
    clock.advance(idleMs - 1);
    expect(told.closed).toEqual([]);
    clock.advance(idleMs);
    expect(await peer.next()).toEqual({ pdu: 'A-ABORT', source: 0, reason: 0 });
    expect(told.closed).toEqual(['aborted']);
  });

  it('a peer that takes no responses is no longer read', async () => {
    const peer = await associated();
    peer.socket.pause();
    const requests = Buffer.concat(Array.from({ length: 2000 }, () => data(echo)));
    let sent = 0;
    for (; sent < 400 && !peer.socket.writableNeedDrain; sent += 1) {
      peer.send(requests);
      await until(() => !peer.socket.writableNeedDrain, 200);
    }
    expect(sent).toBeLessThan(400);
    clock.advance(2 * idleMs);
    expect(told.closed).toEqual(['aborted']);
  });
});

describe('instances', () => {
  const bytes = new Random(3).bytes(50_000);

  /** The same instance in many legal forms. */
  it.each<[string, Buffer[]]>([
    ['command and data in one PDU', [data(store, dataValue(bytes.subarray(0, 10_000)))]],
    ['a value of one byte each', Array.from(bytes.subarray(0, 300), (_, at) => single(at))],
    ['many values in a PDU', [data(...Array.from({ length: 300 }, (_, at) => value(at)))]],
    [
      'an empty last value',
      [data(dataValue(bytes.subarray(0, 9), false)), data(dataValue(Buffer.alloc(0)))],
    ],
  ])('arrive whole as %s', async (title, pdus) => {
    const peer = await associated();
    if (!title.startsWith('command')) peer.send(data(store));
    peer.send(...pdus);
    expect(await peer.nextCommand()).toMatchObject({ commandField: 0x8001, status: 0 });
    const stored = told.stored[0]!;
    expect(stored.equals(bytes.subarray(0, stored.length))).toBe(true);
    expect(stored.length).toBe(
      { c: 10_000, a: title.includes('empty') ? 9 : 300, m: 300 }[title[0]!],
    );
  });

  function value(at: number) {
    return dataValue(bytes.subarray(at, at + 1), at === 299);
  }

  function single(at: number): Buffer {
    return data(value(at));
  }

  it('are kept in order when a peer does not wait for responses', async () => {
    const peer = await associated();
    const parts = Array.from({ length: 20 }, (_, at) => bytes.subarray(at * 100, at * 100 + 100));
    peer.send(
      ...parts.flatMap((part, at) => [
        data(commandValue(storeRequest(at + 1, ctImageStorage, `1.2.${at}`))),
        data(dataValue(part.subarray(0, 50), false), dataValue(part.subarray(50))),
      ]),
    );
    for (let at = 0; at < parts.length; at += 1)
      expect(await peer.nextCommand()).toMatchObject({ messageIdBeingRespondedTo: at + 1 });
    expect(told.stored).toEqual(parts);
  });

  it('arrive on contexts numbered in any order', async () => {
    const contexts = [5, 3, 1].map((id) => context(id, ctImageStorage));
    const peer = await associated(associateRequest({ contexts }));
    peer.send(data({ ...store, contextId: 3 }, dataValue(Buffer.from('ab'), true, 3)));
    expect(await peer.nextCommand()).toMatchObject({ status: 0 });
  });

  it.each([
    ['no SOP Instance UID', { affectedSopInstanceUid: undefined }, 0x0212],
    ['a path as SOP Instance UID', { affectedSopInstanceUid: '../../pwn' }, 0x0117],
    ['65 characters', { affectedSopInstanceUid: '1.'.repeat(32) + '1' }, 0x0117],
    ['another SOP class', { affectedSopClassUid: '1.2.840.10008.5.1.4.1.1.4' }, 0xa900],
  ])('with %s are read, dropped and refused', async (_title, differs, code) => {
    const peer = await associated();
    const request = { ...storeRequest(1, ctImageStorage, '1.2.3'), ...differs };
    // @ts-expect-error: an element set to undefined is one that is not sent.
    peer.send(data(commandValue(request)), data(dataValue(bytes.subarray(0, 1000))));
    expect(await peer.nextCommand()).toMatchObject({ commandField: 0x8001, status: code });
    peer.send(data(store), data(dataValue(Buffer.from('next'))));
    expect(await peer.nextCommand()).toMatchObject({ status: 0 });
    expect(told.stored).toEqual([Buffer.from('next')]);
  });

  it('that the sink cannot write are refused, and the association goes on', async () => {
    const full = (): never => {
      throw new Error('ENOSPC');
    };
    handlers.store = () => ({ ...memorySink(), write: full });
    const peer = await associated();
    peer.send(
      data(store),
      data(dataValue(bytes.subarray(0, 10), false), dataValue(bytes.subarray(0, 10))),
    );
    expect(await peer.nextCommand()).toMatchObject({ status: 0xa700 });
    expect(told.abandoned).toBe(1);
    handlers.store = () => ({ ...memorySink(), end: () => Promise.reject(new Error('EIO')) });
    peer.send(data(store), data(dataValue(bytes.subarray(0, 10))));
    expect(await peer.nextCommand()).toMatchObject({ status: 0xa700 });
    handlers.store = memorySink;
    peer.send(data(store), data(dataValue(bytes.subarray(0, 10))));
    expect(await peer.nextCommand()).toMatchObject({ status: 0 });
  });

  it('of an unknown operation are read, dropped and answered as unrecognized', async () => {
    const peer = await associated();
    const find = { commandField: 0x0020, hasDataSet: true, messageId: 7 };
    peer.send(data(commandValue(find)), data(dataValue(bytes.subarray(0, 100))), data(echo));
    expect(await peer.nextCommand()).toMatchObject({ commandField: 0x8020, status: 0x0211 });
    expect(await peer.nextCommand()).toMatchObject({ commandField: 0x8030, status: 0 });
  });
});

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
      const peer = await connected();
      peer.socket.end(bytes);
      await until(() => peer.socket.readableEnded || peer.socket.closed, 1000);
      peer.socket.destroy();
    }
    expect(await echoes()).toBe(true);
  });
});

describe('closing', () => {
  it('lets an association in progress finish', async () => {
    const peer = await associated();
    const closing = receiver.close(60_000);
    peer.send(data(store), data(dataValue(Buffer.from('ab'))));
    expect(await peer.nextCommand()).toMatchObject({ status: 0 });
    peer.send(encodePdu({ pdu: 'A-RELEASE-RQ' }));
    expect(await peer.next()).toEqual({ pdu: 'A-RELEASE-RP' });
    await closing;
    expect(told.closed).toEqual(['released']);
    await restart();
  });

  it('aborts an association that does not', async () => {
    const peer = await associated();
    const closing = receiver.close(1000);
    clock.advance(1000);
    await closing;
    expect(await peer.next()).toEqual({ pdu: 'A-ABORT', source: 0, reason: 0 });
    await peer.closed;
    await restart();
  });

  it('says when the port is taken', async () => {
    await expect(listen(receiver.port)).rejects.toMatchObject({ code: 'PORT_IN_USE' });
  });

  async function restart(): Promise<void> {
    receiver = await listen(0);
  }
});
