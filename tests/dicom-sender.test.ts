import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../device/clock.ts';
import {
  decodeCommitmentResult,
  encodeCommitmentRequest,
  encodeCommitmentResult,
} from '../runtime/dicom/commitment.ts';
import { type NormalizedRequest, type Receiver, startReceiver } from '../runtime/dicom/receiver.ts';
import { dial, type DialOptions } from '../runtime/dicom/sender.ts';
import {
  storageCommitmentInstance,
  storageCommitmentPushModel,
  verification,
} from '../runtime/dicom/uid.ts';
import { freePort } from './outside.ts';
import { ctImageStorage, explicitLittleEndian } from './raw-peer.ts';

let receiver: Receiver | undefined;
let server: Server | undefined;
const sockets: Socket[] = [];

afterEach(async () => {
  await receiver?.close(0);
  for (const socket of sockets) socket.destroy();
  server?.close();
  receiver = undefined;
  server = undefined;
});

function options(port: number, differs: Partial<DialOptions> = {}): DialOptions {
  return {
    host: '127.0.0.1',
    port,
    callingAeTitle: 'US',
    calledAeTitle: 'PACS',
    contexts: [
      { abstractSyntax: verification, transferSyntaxes: [explicitLittleEndian] },
      { abstractSyntax: ctImageStorage, transferSyntaxes: [explicitLittleEndian] },
      { abstractSyntax: storageCommitmentPushModel, transferSyntaxes: [explicitLittleEndian] },
    ],
    maxPduLength: 16_384,
    connectMs: 2_000,
    responseMs: 300,
    clock: systemClock,
    ...differs,
  };
}

async function pacs(
  store: () => Promise<number>,
  action?: (request: NormalizedRequest) => Promise<number>,
  commitment: 'scp' | 'scu' = 'scp',
): Promise<number> {
  receiver = await startReceiver(
    {
      host: '127.0.0.1',
      port: 0,
      aeTitle: 'PACS',
      maxPduLength: 4_096,
      maxAssociations: 2,
      artimMs: 1_000,
      idleMs: 10_000,
      storage: true,
      commitment,
      clock: systemClock,
    },
    {
      store: () => ({ write: () => {}, end: store, abort: () => {} }),
      action: (_association, request) => action?.(request) ?? Promise.resolve(0),
      eventReport: (_association, request) => action?.(request) ?? Promise.resolve(0),
    },
  );
  return receiver.port;
}

/** A server that is no DICOM peer: `behave` gets each connection. */
async function strange(behave: (socket: Socket) => void): Promise<number> {
  const port = await freePort();
  server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    behave(socket);
  });
  await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
  return port;
}

const object = {
  sopClassUid: ctImageStorage,
  sopInstanceUid: '1.2.3',
  transferSyntaxUid: explicitLittleEndian,
  dataSet: Buffer.alloc(100_000),
};

describe('dialling', () => {
  it('nobody listens', async () => {
    const port = await freePort();
    await expect(dial(options(port))).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
  });

  it('a host that has no address', async () => {
    const nowhere = dial(options(104, { host: 'nowhere.invalid' }));
    await expect(nowhere).rejects.toMatchObject({
      code: expect.stringMatching(/^PEER_(UNREACHABLE|TIMEOUT)$/),
    });
  });

  it('a peer that says nothing', async () => {
    const port = await strange(() => {});
    await expect(dial(options(port))).rejects.toMatchObject({ code: 'PEER_TIMEOUT' });
  });

  it.each([
    ['closes', (socket: Socket) => socket.end()],
    ['resets', (socket: Socket) => socket.once('data', () => socket.resetAndDestroy())],
    ['aborts', (socket: Socket) => socket.write(Buffer.from('07000000000400000200', 'hex'))],
  ])('a peer that %s', async (_title, behave) => {
    const port = await strange(behave);
    await expect(dial(options(port))).rejects.toMatchObject({ code: 'ASSOCIATION_ABORTED' });
  });

  it('a peer that speaks HTTP', async () => {
    const port = await strange((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await expect(dial(options(port))).rejects.toMatchObject({
      code: 'ASSOCIATION_ABORTED',
      cause: { code: 'PDU_MALFORMED' },
    });
  });

  it('a peer that knows us not', async () => {
    const port = await pacs(() => Promise.resolve(0));
    const call = dial(options(port, { calledAeTitle: 'OTHER' }));
    await expect(call).rejects.toThrow(/ASSOCIATION_REJECTED.*called AE title not recognized/);
  });
});

describe('an association', () => {
  it('runs operations asked for at once in order', async () => {
    const association = await dial(options(await pacs(() => Promise.resolve(0xb000))));
    const done = await Promise.all([
      association.echo(),
      association.store(object),
      association.store({ ...object, dataSet: Buffer.alloc(0) }),
      association.echo(),
    ]);
    expect(done).toEqual([0, 0xb000, 0xb000, 0]);
    await association.release();
    await expect(association.echo()).rejects.toMatchObject({ code: 'ASSOCIATION_ABORTED' });
  });

  it('names a SOP class that the peer does not take', async () => {
    const association = await dial(options(await pacs(() => Promise.resolve(0))));
    expect(association.accepts(ctImageStorage)).toBe(true);
    expect(association.accepts(ctImageStorage, '1.2.840.10008.1.2')).toBe(false);
    expect(association.transferSyntaxOf(ctImageStorage)).toBe(explicitLittleEndian);
    await expect(association.store({ ...object, sopClassUid: '1.2.3' })).rejects.toMatchObject({
      code: 'CONTEXT_NOT_ACCEPTED',
    });
    await association.release();
  });

  it('is aborted when the peer does not answer', async () => {
    const association = await dial(options(await pacs(() => new Promise(() => {}))));
    await expect(association.store(object)).rejects.toMatchObject({ code: 'PEER_TIMEOUT' });
    await association.ended;
  });

  it('fails what is outstanding when it is aborted or lost', async () => {
    const association = await dial(options(await pacs(() => new Promise(() => {}))));
    const stored = association.store(object);
    const next = association.echo();
    setTimeout(() => void receiver?.close(0), 50);
    await expect(stored).rejects.toMatchObject({ code: 'ASSOCIATION_ABORTED' });
    await expect(next).rejects.toMatchObject({ code: 'ASSOCIATION_ABORTED' });
    await association.ended;
    await association.release();
  });

  it('can be aborted by us', async () => {
    const association = await dial(options(await pacs(() => Promise.resolve(0))));
    association.abort();
    await association.ended;
    await expect(association.echo()).rejects.toMatchObject({ code: 'ASSOCIATION_ABORTED' });
  });
});

describe('storage commitment', () => {
  const reference = { sopClassUid: ctImageStorage, sopInstanceUid: '1.2.3' };

  it('is asked for by N-ACTION', async () => {
    const asked: NormalizedRequest[] = [];
    const port = await pacs(
      () => Promise.resolve(0),
      (request) => {
        asked.push(request);
        return Promise.resolve(0);
      },
    );
    const association = await dial(options(port));
    const dataSet = encodeCommitmentRequest('2.25.1', [reference], explicitLittleEndian);
    const request = {
      sopClassUid: storageCommitmentPushModel,
      sopInstanceUid: storageCommitmentInstance,
      typeId: 1,
      dataSet,
    };
    expect(await association.action(request)).toBe(0);
    await association.release();
    expect(asked).toEqual([{ ...request, transferSyntaxUid: explicitLittleEndian }]);
  });

  it('is reported on an association that the PACS opens as SCP', async () => {
    const reports: NormalizedRequest[] = [];
    const port = await pacs(
      () => Promise.resolve(0),
      (request) => {
        reports.push(request);
        return Promise.resolve(0);
      },
      'scu',
    );
    const contexts = [
      {
        abstractSyntax: storageCommitmentPushModel,
        transferSyntaxes: [explicitLittleEndian],
        roles: { scu: false, scp: true },
      },
    ];
    const association = await dial(options(port, { contexts }));
    const result = { transactionUid: '2.25.1', stored: [reference], failed: [] };
    const dataSet = encodeCommitmentResult(result, explicitLittleEndian);
    const report = { sopInstanceUid: storageCommitmentInstance, typeId: 1, dataSet };
    const sopClassUid = storageCommitmentPushModel;
    expect(await association.eventReport({ ...report, sopClassUid })).toBe(0);
    await association.release();
    expect(decodeCommitmentResult(reports[0]!.dataSet!, explicitLittleEndian)).toEqual(result);
  });
});
