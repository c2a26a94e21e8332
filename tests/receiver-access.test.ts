import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { storeRequest } from '../runtime/dicom/dimse.ts';
import { hashPasscode } from '../runtime/dicom/passcode.ts';
import { type AssociateRequest, encodePdu, type Pdu } from '../runtime/dicom/pdu.ts';
import type { ReceiverOptions } from '../runtime/dicom/receiver.ts';
import { plainUserInformation, type UserIdentity } from '../runtime/dicom/user-information.ts';
import { until } from './peers/process.ts';
import {
  associateRequest,
  commandValue,
  context,
  ctImageStorage,
  data,
  dataValue,
  explicitLittleEndian,
  type RawPeer,
} from './raw-peer.ts';
import { idleMs, maxAssociations, ReceiverFixture } from './receiver-fixture.ts';

const next = { aeTitle: 'NEXT', networks: ['127.0.0.0/8'] };
const raw = { aeTitle: 'RAW', networks: ['127.0.0.1'] };

let fixture: ReceiverFixture;

beforeEach(() => {
  fixture = new ReceiverFixture();
});

/** Whatever was refused, the next one is served. */
afterEach(async () => {
  fixture.dropPeers();
  expect(await until(() => fixture.echoes())).toBe(true);
  await fixture.close(0);
});

async function start(differs: Partial<ReceiverOptions>): Promise<void> {
  Object.assign(fixture.differs, differs);
  await fixture.start();
}

/** Sends an A-ASSOCIATE-RQ and returns what comes back. */
async function ask(differs: Partial<AssociateRequest> = {}, address?: string) {
  const peer = await fixture.connected(address);
  peer.send(encodePdu(associateRequest(differs)));
  return peer.next();
}

function rejected(result: number, source: number, reason: number): Pdu {
  return { pdu: 'A-ASSOCIATE-RJ', result, source, reason };
}

function identified(userIdentity: UserIdentity): Partial<AssociateRequest> {
  return { userInformation: { ...plainUserInformation(16_384, '1.2.3', undefined), userIdentity } };
}

function username(name: string, passcode: string, responseRequested = false): UserIdentity {
  return {
    type: 2,
    responseRequested,
    primary: Buffer.from(name),
    secondary: Buffer.from(passcode),
  };
}

describe('with a list of callers', () => {
  it.each<[string, Partial<AssociateRequest>, string, Pdu, string, RegExp]>([
    [
      'a stranger',
      { callingAeTitle: 'STRANGER' },
      '127.0.0.1',
      rejected(1, 1, 3),
      'calling AE title not recognized',
      /no caller/,
    ],
    [
      'a caller from another address',
      {},
      '127.0.0.2',
      rejected(1, 1, 3),
      'calling AE title not recognized',
      /address/,
    ],
    [
      'a caller that calls another AE title',
      { calledAeTitle: 'OTHER' },
      '127.0.0.1',
      rejected(1, 1, 7),
      'called AE title not recognized',
      /called AE title/,
    ],
  ])(
    '%s is refused, and the event says why',
    async (_title, differs, address, pdu, reason, cause) => {
      await start({ callers: [raw, next] });
      expect(await ask(differs, address)).toEqual(pdu);
      expect(fixture.told.refused).toEqual([reason]);
      expect(fixture.told.causes).toEqual([expect.stringMatching(cause)]);
    },
  );

  it('a listed caller is served', async () => {
    await start({ callers: [raw, next] });
    expect(await ask()).toMatchObject({ pdu: 'A-ASSOCIATE-AC' });
    expect(fixture.told.refused).toEqual([]);
  });

  it('a caller may have a called AE title of its own, and then no other', async () => {
    await start({ callers: [{ ...raw, calledAeTitle: 'ALIAS' }, next] });
    expect(await ask({ calledAeTitle: 'ALIAS' })).toMatchObject({ pdu: 'A-ASSOCIATE-AC' });
    expect(await ask()).toEqual(rejected(1, 1, 7));
  });

  it('a caller gets the SOP classes and transfer syntaxes that it may use', async () => {
    const jpeg2000 = '1.2.840.10008.1.2.4.90';
    const mrImageStorage = '1.2.840.10008.5.1.4.1.1.4';
    await start({
      callers: [{ ...raw, sopClasses: [ctImageStorage], transferSyntaxes: [jpeg2000] }, next],
    });
    const answer = await ask({
      contexts: [
        context(1, ctImageStorage),
        { ...context(3, ctImageStorage), transferSyntaxes: [explicitLittleEndian, jpeg2000] },
        context(5, mrImageStorage),
        context(7, '1.2.840.10008.1.1'),
      ],
    });
    const contexts = answer?.pdu === 'A-ASSOCIATE-AC' ? answer.contexts : [];
    expect(contexts.map(({ id, result }) => [id, result])).toEqual([
      [1, 4],
      [3, 0],
      [5, 3],
      [7, 0],
    ]);
    expect(contexts[1]?.transferSyntax).toBe(jpeg2000);
  });
});

describe('user identity', () => {
  it.each<[string, UserIdentity, Buffer | undefined]>([
    ['ignored', username('any', 'any'), undefined],
    ['answered where an answer is asked for', username('any', 'any', true), Buffer.alloc(0)],
    [
      'not answered where the answer would be a ticket',
      { ...username('a', '', true), type: 3 },
      undefined,
    ],
  ])('is %s where none is required', async (_title, identity, response) => {
    await start({});
    const answer = await ask(identified(identity));
    expect(answer).toMatchObject({ pdu: 'A-ASSOCIATE-AC' });
    if (answer?.pdu === 'A-ASSOCIATE-AC')
      expect(answer.userInformation.userIdentityResponse).toEqual(response);
  });

  it.each<[string, Partial<AssociateRequest>, string]>([
    ['none', {}, 'no user identity'],
    ['another name', identified(username('other', 'right')), 'another user identity'],
    ['a wrong passcode', identified(username('ct', 'wrong')), 'wrong passcode'],
  ])('%s is refused where one is required', async (_title, differs, cause) => {
    const user = { name: 'ct', passcodeHash: await hashPasscode('right') };
    await start({ callers: [{ ...raw, user }, next] });
    expect(await ask(differs)).toEqual(rejected(1, 1, 1));
    expect(fixture.told.causes).toEqual([expect.stringContaining(cause)]);
  });

  it('the right passcode opens, also when the peer before has left meanwhile', async () => {
    const user = { name: 'ct', passcodeHash: await hashPasscode('right') };
    await start({ callers: [{ ...raw, user }, next] });
    const request = identified(username('ct', 'right', true));
    const hasty = await fixture.connected();
    hasty.send(encodePdu(associateRequest(request)));
    hasty.socket.destroy();
    expect(await ask(request)).toMatchObject({ pdu: 'A-ASSOCIATE-AC' });
  });
});

describe('limits', () => {
  it.each<[string, Partial<ReceiverOptions>, string, RegExp]>([
    ['of one address', { maxAssociationsPerAddress: 2 }, '127.0.0.2', /of this address/],
    ['of one AE title', { maxAssociationsPerAeTitle: 2 }, '127.0.0.1', /of this AE title/],
    ['of one caller', { callers: [{ ...raw, maxAssociations: 2 }, next] }, '', /of this AE title/],
  ])(
    'one association %s too many is refused as transient',
    async (_title, differs, other, cause) => {
      await start(differs);
      await fixture.associated();
      await fixture.associated();
      expect(await ask()).toEqual(rejected(2, 3, 2));
      expect(fixture.told.refused).toEqual(['local limit exceeded']);
      expect(fixture.told.causes).toEqual([expect.stringMatching(cause)]);
      if (other === '127.0.0.2')
        expect(await ask({}, other)).toMatchObject({ pdu: 'A-ASSOCIATE-AC' });
      else expect(await fixture.echoes()).toBe(true);
    },
  );

  it('the last association is kept for a caller with priority', async () => {
    const urgent = { aeTitle: 'ER', networks: ['127.0.0.1'], priority: true };
    await start({ callers: [raw, urgent, next] });
    for (let count = 1; count < maxAssociations; count += 1) await fixture.associated();
    expect(await ask()).toEqual(rejected(2, 3, 2));
    expect(await ask({ callingAeTitle: 'ER' })).toMatchObject({ pdu: 'A-ASSOCIATE-AC' });
  });

  it('a crowd of silent connections does not push out one from elsewhere', async () => {
    await start({});
    const patient = await fixture.connected('127.0.0.2');
    for (let count = 0; count < 100; count += 1) await fixture.connected('127.0.0.3');
    patient.send(encodePdu(associateRequest()));
    expect(await patient.next()).toMatchObject({ pdu: 'A-ASSOCIATE-AC' });
  });

  it('an instance above the limit is refused, and the next one on the association is kept', async () => {
    await start({ maxInstanceBytes: 1000 });
    const peer = await fixture.associated();
    peer.send(
      data(commandValue(storeRequest(1, ctImageStorage, '1.2.3'))),
      data(dataValue(Buffer.alloc(600), false)),
      data(dataValue(Buffer.alloc(402))),
    );
    expect(await peer.nextCommand()).toMatchObject({ status: 0xa700 });
    expect(fixture.told).toMatchObject({ abandoned: 1, stored: [] });
    expect(fixture.told.discarded).toEqual(['an instance above 1000 bytes']);
    peer.send(
      data(commandValue(storeRequest(2, ctImageStorage, '1.2.4'))),
      data(dataValue(Buffer.alloc(1000))),
    );
    expect(await peer.nextCommand()).toMatchObject({ status: 0 });
  });
});

describe('a slow peer', () => {
  const rate = { bytes: 100, windowMs: 5_000 };
  const store = data(commandValue(storeRequest(1, ctImageStorage, '1.2.3')));
  const piece = data(dataValue(Buffer.alloc(2), false));

  /** The first window may have begun before the message did; two of them are certain. */
  async function wait(peer: RawPeer, windows: number, each: Buffer): Promise<void> {
    for (let count = 0; count < windows; count += 1) {
      const before = peer.socket.bytesWritten;
      peer.send(each);
      await until(() => peer.socket.bytesWritten > before, 1000);
      await received();
      fixture.clock.advance(rate.windowMs);
    }
  }

  /** Another peer is answered: what was sent before has been read. */
  function received(): Promise<boolean> {
    return fixture.echoes();
  }

  it.each([
    ['drips a data set', store, piece],
    ['drips one PDU', Buffer.concat([store, piece.subarray(0, 7)]), Buffer.from([0])],
    ['drips a command', store.subarray(0, 40), Buffer.from([0])],
  ])('that %s is aborted', async (_title, begins, drips) => {
    await start({ rate });
    const peer = await fixture.associated();
    peer.send(begins);
    await received();
    await wait(peer, 2, drips);
    expect(await peer.next()).toEqual({ pdu: 'A-ABORT', source: 0, reason: 0 });
    expect(fixture.told.closed).toContain('aborted');
    expect(fixture.told.stored).toEqual([]);
  });

  it('that is fast enough is not, nor one that pauses between messages', async () => {
    await start({ rate });
    const peer = await fixture.associated();
    peer.send(store);
    await wait(peer, 4, data(dataValue(Buffer.alloc(200), false)));
    peer.send(data(dataValue(Buffer.alloc(2))));
    expect(await peer.nextCommand()).toMatchObject({ status: 0 });
    fixture.clock.advance(Math.min(idleMs - 1, 4 * rate.windowMs));
    expect(fixture.told.closed.filter((how) => how === 'aborted')).toEqual([]);
  });
});
