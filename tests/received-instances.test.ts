import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { echoRequest, storeRequest } from '../runtime/dicom/dimse.ts';
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
} from './raw-peer.ts';
import { ReceiverFixture } from './receiver-fixture.ts';

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
    const peer = await fixture.associated();
    if (!title.startsWith('command')) peer.send(data(store));
    peer.send(...pdus);
    expect(await peer.nextCommand()).toMatchObject({ commandField: 0x8001, status: 0 });
    const stored = fixture.told.stored[0]!;
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
    const peer = await fixture.associated();
    const parts = Array.from({ length: 20 }, (_, at) => bytes.subarray(at * 100, at * 100 + 100));
    peer.send(
      ...parts.flatMap((part, at) => [
        data(commandValue(storeRequest(at + 1, ctImageStorage, `1.2.${at}`))),
        data(dataValue(part.subarray(0, 50), false), dataValue(part.subarray(50))),
      ]),
    );
    for (let at = 0; at < parts.length; at += 1)
      expect(await peer.nextCommand()).toMatchObject({ messageIdBeingRespondedTo: at + 1 });
    expect(fixture.told.stored).toEqual(parts);
  });

  it('arrive on contexts numbered in any order', async () => {
    const contexts = [5, 3, 1].map((id) => context(id, ctImageStorage));
    const peer = await fixture.associated(associateRequest({ contexts }));
    peer.send(data({ ...store, contextId: 3 }, dataValue(Buffer.from('ab'), true, 3)));
    expect(await peer.nextCommand()).toMatchObject({ status: 0 });
  });

  it.each([
    ['no SOP Instance UID', { affectedSopInstanceUid: undefined }, 0x0212],
    ['a path as SOP Instance UID', { affectedSopInstanceUid: '../../pwn' }, 0x0117],
    ['65 characters', { affectedSopInstanceUid: '1.'.repeat(32) + '1' }, 0x0117],
    ['another SOP class', { affectedSopClassUid: '1.2.840.10008.5.1.4.1.1.4' }, 0xa900],
  ])('with %s are read, dropped and refused', async (_title, differs, code) => {
    const peer = await fixture.associated();
    const request = { ...storeRequest(1, ctImageStorage, '1.2.3'), ...differs };
    // @ts-expect-error: an element set to undefined is one that is not sent.
    peer.send(data(commandValue(request)), data(dataValue(bytes.subarray(0, 1000))));
    expect(await peer.nextCommand()).toMatchObject({ commandField: 0x8001, status: code });
    peer.send(data(store), data(dataValue(Buffer.from('next'))));
    expect(await peer.nextCommand()).toMatchObject({ status: 0 });
    expect(fixture.told.stored).toEqual([Buffer.from('next')]);
  });

  it('that the sink cannot write are refused, and the association goes on', async () => {
    const full = (): never => {
      throw new Error('ENOSPC');
    };
    fixture.handlers.store = () => ({ ...fixture.memorySink(), write: full });
    const peer = await fixture.associated();
    peer.send(
      data(store),
      data(dataValue(bytes.subarray(0, 10), false), dataValue(bytes.subarray(0, 10))),
    );
    expect(await peer.nextCommand()).toMatchObject({ status: 0xa700 });
    expect(fixture.told.abandoned).toBe(1);
    fixture.handlers.store = () => ({
      ...fixture.memorySink(),
      end: () => Promise.reject(new Error('EIO')),
    });
    peer.send(data(store), data(dataValue(bytes.subarray(0, 10))));
    expect(await peer.nextCommand()).toMatchObject({ status: 0xa700 });
    fixture.handlers.store = () => fixture.memorySink();
    peer.send(data(store), data(dataValue(bytes.subarray(0, 10))));
    expect(await peer.nextCommand()).toMatchObject({ status: 0 });
  });

  it('of an unknown operation are read, dropped and answered as unrecognized', async () => {
    const peer = await fixture.associated();
    const find = { commandField: 0x0020, hasDataSet: true, messageId: 7 };
    peer.send(data(commandValue(find)), data(dataValue(bytes.subarray(0, 100))), data(echo));
    expect(await peer.nextCommand()).toMatchObject({ commandField: 0x8020, status: 0x0211 });
    expect(await peer.nextCommand()).toMatchObject({ commandField: 0x8030, status: 0 });
  });
});

describe('closing', () => {
  it('lets an association in progress finish', async () => {
    const peer = await fixture.associated();
    const closing = fixture.close(60_000);
    peer.send(data(store), data(dataValue(Buffer.from('ab'))));
    expect(await peer.nextCommand()).toMatchObject({ status: 0 });
    peer.send(encodePdu({ pdu: 'A-RELEASE-RQ' }));
    expect(await peer.next()).toEqual({ pdu: 'A-RELEASE-RP' });
    await closing;
    expect(fixture.told.closed).toEqual(['released']);
    await fixture.start();
  });

  it('aborts an association that does not', async () => {
    const peer = await fixture.associated();
    const closing = fixture.close(1000);
    fixture.clock.advance(1000);
    await closing;
    expect(await peer.next()).toEqual({ pdu: 'A-ABORT', source: 0, reason: 0 });
    await peer.closed;
    await fixture.start();
  });

  it('says when the port is taken', async () => {
    await expect(fixture.listen(fixture.port)).rejects.toMatchObject({ code: 'PORT_IN_USE' });
  });
});
