import { readdirSync } from 'node:fs';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventReportRequest, storeRequest } from '../../runtime/dicom/dimse.ts';
import { encodePdu } from '../../runtime/dicom/pdu.ts';
import { explicitVrLittleEndian } from '../../runtime/dicom/transfer-syntax.ts';
import { storageCommitmentPushModel } from '../../runtime/dicom/uid.ts';
import { plainUserInformation } from '../../runtime/dicom/user-information.ts';
import { until } from '../peers/process.ts';
import { Random } from '../random-pdu.ts';
import {
  associateRequest,
  commandValue,
  context,
  ctImageStorage,
  data,
  dataValue,
  RawPeer,
} from '../raw-peer.ts';
import { maxPduLength, ReceiverFixture } from '../receiver-fixture.ts';
import { ctDataSet } from './element-bytes.ts';
import { startReceiverChild } from './receiver-child.ts';

const mebibyte = 1024 * 1024;
const store = commandValue(storeRequest(1, ctImageStorage, '1.2.3'));
const echoText = (text: string) => ({
  commandField: 0x0030,
  hasDataSet: false,
  messageId: 1,
  affectedSopClassUid: text,
});

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

/** What has gone wrong in other implementations of the upper layer and is tested nowhere else here. */
describe('where others fail', () => {
  it('no value is lost where a PDU carries two', async () => {
    const chunks = Array.from({ length: 40 }, (_, at) => Buffer.alloc(1000, at));
    const peer = await fixture.associated();
    peer.send(data(store));
    for (let at = 0; at < 40; at += 2)
      peer.send(data(dataValue(chunks[at]!, false), dataValue(chunks[at + 1]!, at === 38)));
    expect(await peer.nextCommand()).toMatchObject({ status: 0 });
    expect(fixture.told.stored).toEqual([Buffer.concat(chunks)]);
  });

  it('a peer is not read while an instance is made durable', async () => {
    let finish: (status: number) => void = () => {};
    const ended = Promise.withResolvers<void>();
    const end = (): Promise<number> => {
      ended.resolve();
      return new Promise((resolve) => (finish = resolve));
    };
    fixture.handlers.store = () => ({ ...fixture.memorySink(), end });
    const peer = await fixture.associated();
    peer.send(data(store, dataValue(Buffer.alloc(10))));
    await ended.promise;
    const more = data(dataValue(Buffer.alloc(16_000), false));
    peer.send(data(store), ...Array.from({ length: 4000 }, () => more));
    const taken = await until(() => peer.socket.writableLength === 0, 500);
    expect(taken).toBe(false);
    finish(0);
    expect(await until(() => peer.socket.writableLength === 0)).toBe(true);
  });

  it('data of 4 GiB in one PDU are aborted at their header', async () => {
    const peer = await fixture.associated();
    peer.send(Buffer.from('0400ffffffff', 'hex'));
    expect(await peer.next()).toEqual({ pdu: 'A-ABORT', source: 2, reason: 6 });
  });

  it('our own limit is advertised, however little the peer takes', async () => {
    const peer = await fixture.connected();
    const userInformation = plainUserInformation(4096, '1.2.3', undefined);
    peer.send(encodePdu(associateRequest({ userInformation })));
    expect(await peer.next()).toMatchObject({ userInformation: { maxPduLength } });
  });
});

/** What hostile streams have found here. */
describe('a peer cannot take more than it sends', () => {
  it('time, with a long run of padding inside a text', async () => {
    const peer = await fixture.associated();
    const bytes = commandValue(echoText(`1${' '.repeat(60_000)}2`), 3);
    for (let at = 0; at < 20; at += 1)
      peer.send(
        ...[0, 1, 2, 3].map((part) => {
          const piece = bytes.data.subarray(part * 16_000, (part + 1) * 16_000);
          return data({ ...bytes, isLast: part === 3, data: piece });
        }),
      );
    // Each response repeats the text and is cut into as many values.
    for (let at = 0; at < 20 * 4; at += 1) expect((await peer.next())?.pdu).toBe('P-DATA-TF');
  });

  it('memory, with a data set in values of one byte', async () => {
    let received: Buffer | undefined;
    fixture.handlers.eventReport = (_association, request) => {
      received = request.dataSet;
      return Promise.resolve(0);
    };
    const contexts = [context(1, storageCommitmentPushModel)];
    const peer = await fixture.associated(associateRequest({ contexts }));
    const report = eventReportRequest(1, storageCommitmentPushModel, '1.2', 1);
    peer.send(data(commandValue(report)));
    const before = process.memoryUsage().heapUsed;
    const bytes = Array.from({ length: 2000 }, () => dataValue(Buffer.alloc(1), false));
    for (let at = 0; at < 300; at += 1) peer.send(data(...bytes));
    peer.send(data(dataValue(Buffer.alloc(1))));
    expect(await peer.nextCommand()).toMatchObject({ status: 0 });
    expect(received?.length).toBe(600_001);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * mebibyte);
  });

  it('open files, with a new study in each instance', async () => {
    const receiver = await startReceiverChild();
    const peer = await RawPeer.associated(receiver.port);
    const openFiles = () => readdirSync(`/proc/${receiver.pid}/fd`).length;
    const before = openFiles();
    for (let at = 0; at < 60; at += 1) {
      const uid = `1.2.3.${at}`;
      const dataSet = ctDataSet(explicitVrLittleEndian, uid, new Random(at), `1.2.4.${at}`);
      peer.send(data(commandValue(storeRequest(at, ctImageStorage, uid))));
      peer.send(data(dataValue(dataSet)));
      expect(await peer.nextCommand()).toMatchObject({ status: 0 });
    }
    expect(openFiles() - before).toBeLessThanOrEqual(20);
    await receiver.stop();
  });
});
