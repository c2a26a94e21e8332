import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { openPixels } from '../../runtime/inference/pixels.ts';
import { encapsulatedSyntaxes } from './phantom-variants.ts';
import { encodeFrame } from './frame-encoder.ts';
import { plain, writeObject } from './pixel-object.ts';

const [rows, columns] = [64, 48];
const seed = 20_260_105;
const mutations = 150;

/** Numbers below `limit`, the same ones for the same seed. */
function makeRandom(start: number): (limit: number) => number {
  let state = start;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

type Random = ReturnType<typeof makeRandom>;

const damages: ((bytes: Uint8Array, random: Random) => Uint8Array)[] = [
  (bytes, random) => bytes.subarray(0, random(bytes.length)),
  (bytes, random) => overwrite(bytes, random, bytes.length),
  (bytes, random) => overwrite(bytes, random, Math.min(bytes.length, 120)),
  (bytes, random) => {
    const at = random(bytes.length);
    const more = Uint8Array.from({ length: random(20) }, () => random(256));
    return Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]);
  },
  (bytes, random) => {
    const at = random(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random(30))]);
  },
];

function overwrite(bytes: Uint8Array, random: Random, within: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (let count = 0; count <= random(4); count++)
    copy[random(within)] = random(2) ? random(256) : [0, 1, 127, 128, 255][random(5)]!;
  return copy;
}

function damage(bytes: Uint8Array, random: Random): Uint8Array {
  return damages[random(damages.length)]!(bytes, random);
}

const depthOf = (uid: string) => (uid.endsWith('.50') ? 8 : 12);

async function encodePicture(uid: string): Promise<Uint8Array> {
  const bits = depthOf(uid);
  const values = Uint16Array.from({ length: rows * columns }, (_, at) =>
    Math.round((0.5 + 0.49 * Math.sin(at / 50) * Math.cos((at % columns) / 7)) * (2 ** bits - 1)),
  );
  const bytes = bits === 8 ? Uint8Array.from(values) : new Uint8Array(values.buffer);
  const bitsAllocated = bits === 8 ? 8 : 16;
  const format = { rows, columns, bitsAllocated, bitsStored: bits, signed: false };
  return encodeFrame({ ...format, photometric: 'MONOCHROME2', bytes }, uid);
}

/** How the reading of an object with that frame ends. Anything but pixels or a reason is thrown. */
async function endOf(uid: string, frame: Uint8Array): Promise<string> {
  const bits = depthOf(uid);
  const depth = { BitsAllocated: bits === 8 ? 8 : 16, BitsStored: bits, HighBit: bits - 1 };
  const fragments = [new Uint8Array(0), frame];
  const object = writeObject({ ...plain, ...depth, Rows: rows, Columns: columns, fragments }, uid);
  const pixels = await openPixels(object, uid, { memoryCap: 1 << 20 });
  if (pixels.state !== 'read') return pixels.reason;
  const reading = await pixels.read(0);
  if (reading.state !== 'read') return reading.reason;
  expect(reading.image.values).toHaveLength(rows * columns);
  return reading.state;
}

describe(`damaged frames (seed ${seed})`, () => {
  it.each(encapsulatedSyntaxes)(
    'end in pixels or in a reason: %s',
    async (uid) => {
      const random = makeRandom(seed);
      const frame = await encodePicture(uid);
      expect(await endOf(uid, frame)).toBe('read');
      const ends = new Set<string>();
      for (let count = 0; count < mutations; count++)
        ends.add(await endOf(uid, damage(frame, random)));
      expect([...ends].sort()).toEqual(['read', 'unreadable']);
    },
    120_000,
  );

  it('do not hold memory', async () => {
    const uid = '1.2.840.10008.1.2.4.90';
    const random = makeRandom(seed);
    const frame = await encodePicture(uid);
    const before = process.memoryUsage().rss;
    for (let count = 0; count < 100; count++) await endOf(uid, damage(frame, random));
    expect(process.memoryUsage().rss - before).toBeLessThan(200 << 20);
  }, 120_000);
});

describe('a codestream that promises more than the data set', () => {
  /** Where rows or columns stand, in 16 or 32 bits, and where the number of components. */
  const places: [string, number, number][] = [
    ['1.2.840.10008.1.2.4.90', 8, 40],
    ['1.2.840.10008.1.2.4.201', 8, 40],
  ];

  it.each(places)('is refused before it is decoded: %s', async (uid, size, components) => {
    const frame = await encodePicture(uid);
    for (const [at, byte] of [
      [size, 0x7f],
      [size + 4, 0x7f],
      [components, 0x40],
    ] as const) {
      const bytes = Uint8Array.from(frame);
      bytes[at] = byte;
      expect(await endOf(uid, bytes)).toBe('unreadable');
    }
  });

  it.each(['50', '51', '57', '70', '80', '81'])(
    'is refused before it is decoded: JPEG .%s',
    async (last) => {
      const uid = `1.2.840.10008.1.2.4.${last}`;
      const frame = Buffer.from(await encodePicture(uid));
      const start = frame.findIndex(
        (byte, at) => byte === 0xff && [0xc0, 0xc1, 0xc3, 0xf7].includes(frame[at + 1]!),
      );
      for (const at of [5, 7, 9]) {
        const bytes = Uint8Array.from(frame);
        bytes[start + at] = 0xff;
        expect(await endOf(uid, bytes)).toBe('unreadable');
      }
    },
  );
});
