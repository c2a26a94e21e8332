import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ScansideError } from '../../device/errors.ts';
import { type DataSet, headerLimits, readDataSet, readHeader } from './data-set.ts';
import { tags } from './tag.ts';
import {
  deflatedExplicitVrLittleEndian,
  explicitVrBigEndian,
  explicitVrLittleEndian,
  implicitVrLittleEndian,
} from './transfer-syntax.ts';
import { allStrings, firstInteger, firstString } from './value.ts';

const undefinedLength = 0xffff_ffff;
const privateTag = 0x0009_1001;

interface Encoding {
  explicit: boolean;
  littleEndian: boolean;
}

const explicit: Encoding = { explicit: true, littleEndian: true };
const implicit: Encoding = { explicit: false, littleEndian: true };
const bigEndian: Encoding = { explicit: true, littleEndian: false };

function uint(value: number, size: 2 | 4, { littleEndian }: Encoding): Buffer {
  const bytes = Buffer.alloc(size);
  if (littleEndian) bytes.writeUIntLE(value, 0, size);
  else bytes.writeUIntBE(value, 0, size);
  return bytes;
}

function tagBytes(tag: number, encoding: Encoding): Buffer {
  return Buffer.concat([uint(tag >>> 16, 2, encoding), uint(tag & 0xffff, 2, encoding)]);
}

/** An element; `length` is what its header says, by default the truth. */
function element(
  encoding: Encoding,
  tag: number,
  vr: string,
  value: Uint8Array | string,
  length = Buffer.from(value).length,
): Buffer {
  const start = tagBytes(tag, encoding);
  const bytes = Buffer.from(value);
  if (!encoding.explicit) return Buffer.concat([start, uint(length, 4, encoding), bytes]);
  const long = ['OB', 'OW', 'SQ', 'UN', 'UT'].includes(vr);
  const size = long ? [Buffer.alloc(2), uint(length, 4, encoding)] : [uint(length, 2, encoding)];
  return Buffer.concat([start, Buffer.from(vr), ...size, bytes]);
}

function delimited(encoding: Encoding, tag: number, length: number, content: Uint8Array): Buffer {
  return Buffer.concat([tagBytes(tag, encoding), uint(length, 4, encoding), content]);
}

function itemOf(encoding: Encoding, content: Buffer): Buffer {
  return delimited(encoding, 0xfffe_e000, content.length, content);
}

/** An item and a sequence of undefined length, around `content`. */
function undefinedSequence(encoding: Encoding, content: Buffer): Buffer {
  const none = Buffer.alloc(0);
  return Buffer.concat([
    delimited(encoding, 0xfffe_e000, undefinedLength, content),
    delimited(encoding, 0xfffe_e00d, 0, none),
    delimited(encoding, 0xfffe_e0dd, 0, none),
  ]);
}

/** A small header with sequences of both kinds, and pixel data. */
function sample(encoding: Encoding): Buffer {
  const code = element(encoding, tags.CodeValue, 'SH', 'T-1 ');
  const procedure = itemOf(encoding, code);
  const nested = element(encoding, tags.ProcedureCodeSequence, 'SQ', procedure);
  const request = undefinedSequence(encoding, nested);
  return Buffer.concat([
    element(encoding, tags.Modality, 'CS', 'CT'),
    element(encoding, tags.ProcedureCodeSequence, 'SQ', procedure),
    element(encoding, tags.PatientName, 'PN', 'Doe^Jane'),
    element(encoding, tags.ImageType, 'CS', 'ORIGINAL\\PRIMARY '),
    element(encoding, tags.Rows, 'US', uint(512, 2, encoding)),
    element(encoding, 0x0028_9110, 'SQ', request, undefinedLength),
    element(encoding, tags.PixelData, 'OW', Buffer.alloc(64, 1)),
  ]);
}

const syntaxes: [string, string, Buffer][] = [
  ['explicit little endian', explicitVrLittleEndian, sample(explicit)],
  ['implicit little endian', implicitVrLittleEndian, sample(implicit)],
  ['explicit big endian', explicitVrBigEndian, sample(bigEndian)],
  ['deflated', deflatedExplicitVrLittleEndian, deflateRawSync(sample(explicit))],
];

function codeIn(dataSet: DataSet | undefined): string | undefined {
  const item = dataSet?.elements.get(tags.ProcedureCodeSequence)?.items?.[0];
  return item && firstString(item, tags.CodeValue);
}

describe.each(syntaxes)('a data set in %s', (_name, syntax, bytes) => {
  it('is read whole, pixel data and sequences included', () => {
    const dataSet = readDataSet(bytes, syntax, headerLimits);
    expect(firstString(dataSet, tags.PatientName)).toBe('Doe^Jane');
    expect(allStrings(dataSet, tags.ImageType)).toEqual(['ORIGINAL', 'PRIMARY']);
    expect(firstInteger(dataSet, tags.Rows)).toBe(512);
    expect(codeIn(dataSet)).toBe('T-1');
    expect(codeIn(dataSet.elements.get(0x0028_9110)?.items?.[0])).toBe('T-1');
    expect(dataSet.elements.get(tags.PixelData)?.value).toHaveLength(64);
  });

  it('gives its header without pixel data', () => {
    const reading = readHeader(bytes, syntax, headerLimits, true);
    if (reading.state !== 'complete') throw new Error('incomplete');
    expect(reading.dataSet.elements.has(tags.Rows)).toBe(true);
    expect(reading.dataSet.elements.has(tags.PixelData)).toBe(false);
  });

  it('asks for more, or gives the same header, when cut at any byte', () => {
    const whole = readHeader(bytes, syntax, headerLimits, true);
    const states = Array.from({ length: bytes.length + 1 }, (_, length) => {
      const reading = readHeader(bytes.subarray(0, length), syntax, headerLimits, false);
      if (reading.state === 'complete') expect(reading).toEqual(whole);
      return reading.state;
    });
    expect(states[0]).toBe('more');
    expect(states.at(-1)).toBe('complete');
    expect(states.indexOf('complete')).toBe(states.lastIndexOf('more') + 1);
  });

  it('cut inside an element is unreadable when no more will come', () => {
    const cut = bytes.subarray(0, bytes.length - 60);
    expect(() => readDataSet(cut, syntax, headerLimits)).toThrow(
      /DATA_SET_UNREADABLE.*\(.*\) at byte/,
    );
  });
});

function read(...elements: Buffer[]): DataSet {
  return readDataSet(Buffer.concat(elements), explicitVrLittleEndian, headerLimits);
}

describe('sequences that do not say so', () => {
  const name = element(implicit, tags.PatientName, 'PN', 'Doe^John');

  it('reads UN of undefined length as an implicit sequence, and what follows as before', () => {
    const dataSet = read(
      element(explicit, privateTag, 'UN', undefinedSequence(implicit, name), undefinedLength),
      element(explicit, tags.PatientID, 'LO', '42'),
    );
    const item = dataSet.elements.get(privateTag)?.items?.[0];
    expect(item && firstString(item, tags.PatientName)).toBe('Doe^John');
    expect(firstString(dataSet, tags.PatientID)).toBe('42');
  });

  it('reads an unknown element of undefined length in an implicit data set as a sequence', () => {
    const bytes = element(
      implicit,
      privateTag,
      '',
      undefinedSequence(implicit, name),
      undefinedLength,
    );
    const item = readDataSet(bytes, implicitVrLittleEndian, headerLimits).elements.get(privateTag)
      ?.items?.[0];
    expect(item && firstString(item, tags.PatientName)).toBe('Doe^John');
  });

  it('reads encapsulated pixel data as fragments', () => {
    const fragments = Buffer.concat([
      itemOf(explicit, Buffer.alloc(0)),
      itemOf(explicit, Buffer.from([1, 2])),
      itemOf(explicit, Buffer.from([3, 4, 5, 6])),
      delimited(explicit, 0xfffe_e0dd, 0, Buffer.alloc(0)),
    ]);
    const dataSet = read(element(explicit, tags.PixelData, 'OB', fragments, undefinedLength));
    expect(dataSet.elements.get(tags.PixelData)?.fragments?.map((each) => [...each])).toEqual([
      [],
      [1, 2],
      [3, 4, 5, 6],
    ]);
  });
});

function nestedSequences(depth: number): Buffer {
  let content: Buffer = Buffer.alloc(0);
  for (let level = 0; level < depth; level += 1)
    content = element(explicit, tags.ProcedureCodeSequence, 'SQ', itemOf(explicit, content));
  return content;
}

const id = element(explicit, tags.PatientID, 'LO', '42');
const overlongItem = delimited(explicit, 0xfffe_e000, 100, id);

const damages: [string, Buffer][] = [
  ['no value representation', element(explicit, tags.PatientID, '??', '42')],
  ['a delimiter between elements', delimited(explicit, 0xfffe_e00d, 0, Buffer.alloc(0))],
  ['an element twice', Buffer.concat([id, id])],
  [
    'an undefined length where none may be',
    element(explicit, privateTag, 'UT', '', undefinedLength),
  ],
  ['something else than an item', element(explicit, tags.ProcedureCodeSequence, 'SQ', id)],
  [
    'an item beyond its sequence',
    element(explicit, tags.ProcedureCodeSequence, 'SQ', overlongItem),
  ],
  ['too deep a nesting', nestedSequences(headerLimits.depth + 1)],
  ['too long a value', element(explicit, privateTag, 'OB', '', headerLimits.valueLength + 1)],
  ['too many elements', manyElements(headerLimits.elements + 1)],
];

function manyElements(count: number): Buffer {
  const all = Array.from({ length: count }, (_, at) =>
    element(explicit, privateTag + at, 'LO', ''),
  );
  return Buffer.concat(all);
}

describe('damage', () => {
  it.each(damages)('refuses %s, named with its place, even while more may come', (_name, bytes) => {
    expect(() => readHeader(bytes, explicitVrLittleEndian, headerLimits, false)).toThrow(
      /^DATA_SET_UNREADABLE: .*(at byte \d+|more than \d+ elements)/,
    );
  });

  it('allows nesting up to the limit', () => {
    expect(read(nestedSequences(headerLimits.depth)).elements.size).toBe(1);
  });

  it('refuses a header that is longer than the limit', () => {
    const filler = element(explicit, 0x0009_1002, 'OB', Buffer.alloc(700_000));
    const bytes = Buffer.concat([
      element(explicit, privateTag, 'OB', Buffer.alloc(700_000)),
      filler,
    ]);
    expect(() => readHeader(bytes, explicitVrLittleEndian, headerLimits, false)).toThrow(
      /longer than/,
    );
  });
});

describe('a deflated data set', () => {
  const pixels = element(explicit, tags.PixelData, 'OW', Buffer.alloc(headerLimits.bytes * 4));
  const bomb = deflateRawSync(Buffer.concat([id, pixels]));

  it('gives its header although it inflates beyond the limit', () => {
    const reading = readHeader(bomb, deflatedExplicitVrLittleEndian, headerLimits, false);
    expect(reading).toMatchObject({ state: 'complete', end: id.length });
  });

  it('is refused whole beyond the limit', () => {
    const reading = () => readDataSet(bomb, deflatedExplicitVrLittleEndian, headerLimits);
    expect(reading).toThrow(/longer than/);
  });

  it('is refused when its bytes are damaged', () => {
    const noise = Buffer.from([0xff, 0xff, 0xff, 0xff]);
    const reading = () => readHeader(noise, deflatedExplicitVrLittleEndian, headerLimits, false);
    expect(reading).toThrow(/DATA_SET_UNREADABLE.*damaged/);
  });
});

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function mutate(bytes: Uint8Array, seed: number): Buffer {
  const next = random(seed);
  const mutant = Buffer.from(bytes);
  const changes = 1 + Math.floor(next() * 4);
  for (let change = 0; change < changes; change += 1)
    mutant[Math.floor(next() * mutant.length)] = Math.floor(next() * 256);
  return mutant;
}

describe.each(syntaxes)('a thousand damaged data sets in %s', (_name, syntax, bytes) => {
  it('are read or refused with the catalogue’s error', () => {
    for (let seed = 1; seed <= 1000; seed += 1) {
      try {
        readDataSet(mutate(bytes, seed), syntax, headerLimits);
      } catch (error) {
        expect([seed, error]).toEqual([seed, expect.any(ScansideError)]);
      }
    }
  });
});
