import { describe, expect, it } from 'vitest';

import { Random, randomPdu } from '../../tests/random-pdu.ts';
import { decodePdu, encodePdu, type Pdu } from './pdu.ts';
import { PduStream, type PduVisitor } from './pdu-stream.ts';

const limits = { dataTransfer: 4096, associate: 65_536 };

/** Writes down what a stream hands out, the pieces of one value put together again. */
class Recorder implements PduVisitor {
  readonly seen: unknown[] = [];
  /** The stream that is paused after every call, if one is. */
  pausing: PduStream | undefined;
  #value: Buffer[] = [];

  pdu(type: number, body: Buffer): void {
    this.seen.push(decodePdu(type, body, limits));
    this.pausing?.pause();
  }

  dataTransfer(): void {
    this.seen.push('P-DATA-TF');
    this.pausing?.pause();
  }

  fragment(
    contextId: number,
    isCommand: boolean,
    isLast: boolean,
    buffer: Buffer,
    start: number,
    end: number,
  ): void {
    this.#value.push(Buffer.from(buffer.subarray(start, end)));
    if (isLast) {
      this.seen.push({ contextId, isCommand, data: Buffer.concat(this.#value).toString('hex') });
      this.#value = [];
    }
    this.pausing?.pause();
  }
}

/** PDUs whose values are all last fragments, so that what must be seen does not depend on the cuts. */
function pdusOf(seed: number): Pdu[] {
  const random = new Random(seed);
  return Array.from({ length: 5 }, () => randomPdu(random)).map(withLastFragments);
}

function withLastFragments(pdu: Pdu): Pdu {
  if (pdu.pdu !== 'P-DATA-TF') return pdu;
  return { ...pdu, values: pdu.values.map((value) => ({ ...value, isLast: true })) };
}

function expected(pdus: Pdu[]): unknown[] {
  return pdus.flatMap((pdu): unknown[] => {
    if (pdu.pdu !== 'P-DATA-TF') return [pdu];
    const values = pdu.values.map(({ contextId, isCommand, data }) => ({
      contextId,
      isCommand,
      data: data.toString('hex'),
    }));
    return ['P-DATA-TF', ...values];
  });
}

function feed(chunks: Buffer[]): unknown[] {
  const recorder = new Recorder();
  const stream = new PduStream(limits, recorder);
  for (const chunk of chunks) {
    const reused = Buffer.from(chunk);
    stream.push(reused, 0, reused.length);
    reused.fill(0xff);
  }
  return recorder.seen;
}

describe('PDU stream', () => {
  const seeds = Array.from({ length: 25 }, (_, seed) => seed);

  it.each(seeds)('finds the same whatever byte it is cut at: seed %i', (seed) => {
    const pdus = pdusOf(seed);
    const bytes = Buffer.concat(pdus.map(encodePdu));
    const whole = expected(pdus);
    for (let cut = 0; cut <= bytes.length; cut += 1)
      expect(feed([bytes.subarray(0, cut), bytes.subarray(cut)]), `cut at ${cut}`).toEqual(whole);
  });

  it.each(seeds)('finds the same in chunks of one byte: seed %i', (seed) => {
    const pdus = pdusOf(seed);
    const bytes = Buffer.concat(pdus.map(encodePdu));
    const chunks = Array.from(bytes, (byte) => Buffer.from([byte]));
    expect(feed(chunks)).toEqual(expected(pdus));
  });

  it.each(seeds)('loses nothing when paused after every call: seed %i', (seed) => {
    const pdus = pdusOf(seed);
    const bytes = Buffer.concat(pdus.map(encodePdu));
    const recorder = new Recorder();
    const stream = new PduStream(limits, recorder);
    recorder.pausing = stream;
    const half = bytes.length >> 1;
    stream.push(bytes, 0, half);
    stream.push(bytes, half, bytes.length);
    for (let round = 0; round < 200; round += 1) stream.resume();
    expect(recorder.seen).toEqual(expected(pdus));
  });

  it('calls nothing while it is paused', () => {
    const recorder = new Recorder();
    const stream = new PduStream(limits, recorder);
    stream.pause();
    stream.push(encodePdu({ pdu: 'A-RELEASE-RQ' }), 0, 10);
    expect(recorder.seen).toEqual([]);
    stream.resume();
    expect(recorder.seen).toEqual([{ pdu: 'A-RELEASE-RQ' }]);
  });

  it('hands P-DATA on where it lies, without a copy', () => {
    const value = { contextId: 1, isCommand: false, isLast: true, data: Buffer.from('abcdef') };
    const bytes = encodePdu({ pdu: 'P-DATA-TF', values: [value] });
    const buffers: Buffer[] = [];
    const stream = new PduStream(limits, {
      pdu: () => {},
      dataTransfer: () => {},
      fragment: (_id, _command, _last, buffer) => buffers.push(buffer),
    });
    stream.push(bytes, 0, bytes.length);
    expect(buffers).toHaveLength(1);
    expect(buffers[0]).toBe(bytes);
  });

  it.each([
    ['a P-DATA-TF above the limit', '040000001001'],
    ['a P-DATA-TF of 4 GiB', '0400ffffffff'],
    ['an A-ASSOCIATE-RQ above the limit', '010000010001'],
    ['an A-RELEASE-RQ of 1 MiB', '050000100000'],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n').toString('hex')],
    ['a TLS ClientHello', '160301020001'],
    ['type 0', '00'],
    ['a value longer than its PDU', '04000000000a000000070101'],
    ['a value of 4 GiB', '04000000000affffffff0101'],
    ['a value without its header', '04000000000a000000010101'],
    ['a PDU too short for a value', '0400000000050000000101'],
  ])('refuses %s from its header alone', (_title, hex) => {
    const bytes = Buffer.from(hex, 'hex');
    expect(() => feed([bytes])).toThrow(expect.objectContaining({ code: 'PDU_MALFORMED' }));
  });
});
