import { describe, expect, it } from 'vitest';

import { Random, randomPdu } from '../../tests/random-pdu.ts';
import { MalformedPdu } from './malformed.ts';
import { type AssociateRequest, decodePdu, encodePdu, type Pdu } from './pdu.ts';
import { plainUserInformation } from './user-information.ts';

const limits = { dataTransfer: 65_536, associate: 65_536 };

function decode(bytes: Buffer): Pdu {
  return decodePdu(bytes.readUInt8(0), bytes.subarray(6), limits);
}

const request: AssociateRequest = {
  pdu: 'A-ASSOCIATE-RQ',
  protocolVersion: 1,
  calledAeTitle: 'SCAN',
  callingAeTitle: 'CT1',
  applicationContextName: '1.2.840.10008.3.1.1.1',
  contexts: [{ id: 1, abstractSyntax: '1.2', transferSyntaxes: ['1.2.840.10008.1.2'] }],
  userInformation: plainUserInformation(16_384, '1.2.3', undefined),
};

/** Written by hand from PS3.8 9.3.2, so that codec and test cannot agree on the same mistake. */
const requestBytes = Buffer.concat([
  Buffer.from('01000000009600010000', 'hex'),
  Buffer.from('SCAN            CT1             ', 'latin1'),
  Buffer.alloc(32),
  Buffer.from('10000015', 'hex'),
  Buffer.from('1.2.840.10008.3.1.1.1'),
  Buffer.from('2000002001000000', 'hex'),
  Buffer.from('30000003', 'hex'),
  Buffer.from('1.2'),
  Buffer.from('40000011', 'hex'),
  Buffer.from('1.2.840.10008.1.2'),
  Buffer.from('50000011510000040000400052000005', 'hex'),
  Buffer.from('1.2.3'),
]);

describe('PDU codec', () => {
  it('encodes an A-ASSOCIATE-RQ as the standard lays it out', () => {
    expect(encodePdu(request).toString('hex')).toBe(requestBytes.toString('hex'));
  });

  it('decodes an A-ASSOCIATE-RQ as the standard lays it out', () => {
    expect(decode(requestBytes)).toEqual(request);
  });

  it.each<[string, Pdu]>([
    ['03000000000400010107', { pdu: 'A-ASSOCIATE-RJ', result: 1, source: 1, reason: 7 }],
    ['05000000000400000000', { pdu: 'A-RELEASE-RQ' }],
    ['06000000000400000000', { pdu: 'A-RELEASE-RP' }],
    ['07000000000400000206', { pdu: 'A-ABORT', source: 2, reason: 6 }],
    [
      '04000000000900000005010341424300'.slice(0, -2),
      {
        pdu: 'P-DATA-TF',
        values: [{ contextId: 1, isCommand: true, isLast: true, data: Buffer.from('ABC') }],
      },
    ],
  ])('knows %s', (hex, pdu) => {
    expect(encodePdu(pdu).toString('hex')).toBe(hex);
    expect(decode(Buffer.from(hex, 'hex'))).toEqual(pdu);
  });

  it.each(Array.from({ length: 400 }, (_, seed) => seed))('round trip of seed %i', (seed) => {
    const pdu = randomPdu(new Random(seed));
    expect(decode(encodePdu(pdu))).toEqual(pdu);
  });

  it('survives any byte changed: a PDU or a MalformedPdu, and what is decoded encodes again', () => {
    const random = new Random(7);
    for (let round = 0; round < 20_000; round += 1) {
      const bytes = encodePdu(randomPdu(random));
      bytes[random.below(bytes.length)] = random.below(256);
      const pdu = outcome(() => decode(bytes));
      if (pdu)
        expect(
          outcome(() => decode(encodePdu(pdu))),
          `round ${round}`,
        ).toEqual(pdu);
    }
  });

  it('refuses every A-ASSOCIATE-RQ cut short inside an item', () => {
    const wholes = new Set([68, 93, 129].map((length) => length + 6));
    for (let end = 6; end < requestBytes.length; end += 1)
      expect(outcome(() => decode(requestBytes.subarray(0, end))) !== undefined, `${end}`).toBe(
        wholes.has(end),
      );
  });

  it('skips items that it does not know', () => {
    const unknown = Buffer.from('7f000002abcd', 'hex');
    expect(decode(Buffer.concat([requestBytes, unknown]))).toEqual(request);
  });

  it.each([
    ['even', [2]],
    ['repeated', [1, 1]],
  ])('refuses an %s presentation context ID', (_title, ids) => {
    const contexts = ids.map((id) => ({ id, abstractSyntax: '1.2', transferSyntaxes: ['1.2'] }));
    const bytes = encodePdu({ ...request, contexts });
    expect(() => decode(bytes)).toThrow(
      expect.objectContaining({ abortReason: 'invalidParameterValue' }),
    );
  });

  it('takes 128 presentation contexts in any order', () => {
    const contexts = Array.from({ length: 128 }, (_, index) => ({
      id: 255 - 2 * index,
      abstractSyntax: '1.2',
      transferSyntaxes: ['1.2'],
    }));
    expect(decode(encodePdu({ ...request, contexts }))).toEqual({ ...request, contexts });
  });

  it.each([
    [0, 'unrecognizedPdu'],
    [8, 'unrecognizedPdu'],
    [0x47, 'unrecognizedPdu'],
  ])('refuses type %i', (type, abortReason) => {
    expect(() => decodePdu(type, Buffer.alloc(4), limits)).toThrow(
      expect.objectContaining({ abortReason }),
    );
  });

  it.each([1, 2, 3, 4, 5, 6, 7])('holds type %i to its limit', (type) => {
    const body = Buffer.alloc(2000);
    const small = { dataTransfer: 1999, associate: 1999 };
    expect(() => decodePdu(type, body, small)).toThrow(/limit/);
  });
});

/** What `run` returns, or undefined where it throws MalformedPdu; another error is let through. */
function outcome<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof MalformedPdu) return undefined;
    throw error;
  }
}
