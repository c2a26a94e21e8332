import { describe, expect, it } from 'vitest';

import { Random } from '../../tests/random-pdu.ts';
import {
  actionRequest,
  createRequest,
  type CommandSet,
  decodeCommandSet,
  echoRequest,
  encodeCommandSet,
  eventReportRequest,
  isResponse,
  responseTo,
  setRequest,
  storeRequest,
} from './dimse.ts';
import { MalformedMessage } from './malformed.ts';

const requests: [string, CommandSet][] = [
  ['C-ECHO', echoRequest(1, '1.2.840.10008.1.1')],
  ['C-STORE', storeRequest(65_535, '1.2.840.10008.5.1.4.1.1.2', '1.2.3')],
  ['N-ACTION', actionRequest(3, '1.2.840.10008.1.20.1', '1.2.840.10008.1.20.1.1', 1)],
  ['N-EVENT-REPORT', eventReportRequest(4, '1.2.840.10008.1.20.1', '1.2.840.10008.1.20.1.1', 2)],
  ['N-CREATE', createRequest(5, '1.2.840.10008.3.1.2.3.3', '1.2.3')],
  ['N-SET', setRequest(6, '1.2.840.10008.3.1.2.3.3', '1.2.3')],
];

/** A C-ECHO-RQ written by hand from PS3.7 9.3.5.1. */
const echoBytes = Buffer.from(
  '00000000' +
    '04000000' +
    '38000000' +
    '00000200' +
    '12000000' +
    Buffer.from('1.2.840.10008.1.1\0').toString('hex') +
    '00000001' +
    '02000000' +
    '3000' +
    '00001001' +
    '02000000' +
    '0100' +
    '00000008' +
    '02000000' +
    '0101',
  'hex',
);

describe('command set', () => {
  it('is laid out as PS3.7 says', () => {
    expect(encodeCommandSet(requests[0]![1]).toString('hex')).toBe(echoBytes.toString('hex'));
    expect(decodeCommandSet(echoBytes, 1024)).toEqual(requests[0]![1]);
  });

  it.each(requests)('%s request and its response decode as encoded', (_title, request) => {
    expect(decodeCommandSet(encodeCommandSet(request), 1024)).toEqual(request);
    const response = responseTo(request, 0xa700);
    expect(decodeCommandSet(encodeCommandSet(response), 1024)).toEqual(response);
    expect(response).toMatchObject({
      messageIdBeingRespondedTo: request.messageId,
      status: 0xa700,
      hasDataSet: false,
    });
    expect([isResponse(request), isResponse(response)]).toEqual([false, true]);
  });

  it('skips elements that no service here uses', () => {
    const moveOriginator = Buffer.from('000030100400000041424344', 'hex');
    expect(decodeCommandSet(Buffer.concat([echoBytes, moveOriginator]), 1024)).toEqual(
      requests[0]![1],
    );
  });

  it.each([
    ['a set above the limit', echoBytes, echoBytes.length - 1],
    ['a set cut inside an element', echoBytes.subarray(0, -1), 1024],
    ['a set cut inside a header', echoBytes.subarray(0, -5), 1024],
    ['an empty set', Buffer.alloc(0), 1024],
    ['another group', Buffer.from('0800000004000000aabbccdd', 'hex'), 1024],
    ['an element of 4 GiB', Buffer.from('00000001ffffffff3000', 'hex'), 1024],
    ['a US of four bytes', Buffer.from('000000010400000030000000', 'hex'), 1024],
  ])('refuses %s', (_title, bytes, limit) => {
    expect(() => decodeCommandSet(bytes, limit)).toThrow(MalformedMessage);
  });

  it('throws nothing but MalformedMessage whatever byte is changed', () => {
    const random = new Random(11);
    for (let round = 0; round < 20_000; round += 1) {
      const bytes = encodeCommandSet(random.pick(requests)[1]);
      bytes[random.below(bytes.length)] = random.below(256);
      expect(
        errorOf(() => decodeCommandSet(bytes, 1024)),
        `round ${round}`,
      ).toSatisfy((error) => error === undefined || error instanceof MalformedMessage);
    }
  });
});

function errorOf(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}
