import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../phantom/random.ts';
import { decode, encode, type Field, type MessageType } from './message.ts';
import { decodeModel, encodeModel } from './model-file.ts';
import { makeResidualNetwork } from './residual-network.ts';
import { attributeProto, modelProto, operatorSetIdProto } from './schema.ts';
import { ProtobufError, WireWriter } from './wire.ts';

const bundles = join(import.meta.dirname, '..', 'bundles');
const [shippedPath = ''] = globSync('chest-demo/**/model.onnx', { cwd: bundles });
const shipped = readFileSync(join(bundles, shippedPath));
const limits = { weight: 1 << 22, depth: 8 };

/** A message with two values in every repeated field and one in every other, `depth` messages deep. */
function fill(type: MessageType<object>, depth: number): object {
  const random = seededRandom(depth, type.name);
  const values = {
    int32: () => Math.floor(random.uniform(-9, 9)),
    int64: () => BigInt(Math.round(random.uniform(0, 2 ** 53))) - 2n ** 63n,
    uint64: () => 2n ** 64n - 1n,
    float: () => Math.fround(random.normal()),
    double: () => random.normal(),
    string: () => `\uFEFFé${random.normal()}`,
    bytes: () => Uint8Array.of(0, 255, 128),
  };
  const fields = Object.entries(type.fields as Record<string, Field<unknown>>);
  const filled = fields.flatMap(([name, { kind, repeated, message }]) => {
    if (kind === 'message' && depth === 0) return repeated ? [[name, []]] : [];
    const value = () => (kind === 'message' ? fill(message!(), depth - 1) : values[kind]());
    return [[name, repeated ? [value(), value()] : value()]];
  });
  return Object.fromEntries(filled) as object;
}

function write(build: (writer: WireWriter) => void): Uint8Array {
  const writer = new WireWriter();
  build(writer);
  return writer.finish();
}

describe('an ONNX file', () => {
  it('is written byte for byte as it was read', () => {
    expect(shipped.equals(encodeModel(decodeModel(shipped)))).toBe(true);
  });

  it('keeps every field that onnx.proto3 has', () => {
    const full = fill(modelProto, 3);
    const again = decode(encode<object>(full, modelProto), modelProto, limits);
    expect(again).toEqual(full);
  });

  it('says the same where numbers are packed that the reference does not pack', () => {
    const packed = write((writer) => {
      writer.tag(8, 2);
      writer.bytes(Uint8Array.of(3, 0x80, 0x01));
    });
    expect(decode(packed, attributeProto, limits).ints).toEqual([3n, 128n]);
  });

  it.each([
    ['is cut short', shipped.subarray(0, -1), 'cut short'],
    ['is of another format', Buffer.from('GIF89a'), 'wire type 7'],
    ['claims a length beyond its end', Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0x7f), 'cut short'],
    ['claims more than four gigabytes', Uint8Array.of(0x3a, 0x80, 0x80, 0x80, 0x80, 0x10), 'cut'],
    ['has an endless number', Buffer.alloc(20, 0xff), 'too long'],
    ['uses groups', Uint8Array.of(0x3b), 'wire type 3'],
    ['has an unknown field', Buffer.concat([shipped, Uint8Array.of(0x78, 1)]), 'no field 15'],
    ['gives a field twice', Buffer.concat([shipped, shipped]), 'twice'],
    ['has a field of another wire type', Uint8Array.of(0x0d, 0, 0, 0, 0), 'wire type 5'],
    ['has a text that is not UTF-8', Uint8Array.of(0x12, 1, 0xff), 'not UTF-8'],
  ])('is refused where it %s', (_, content, why) => {
    expect(() => decodeModel(content)).toThrow(ProtobufError);
    expect(() => decodeModel(content)).toThrow(why);
  });

  it('is refused before it fills the memory', () => {
    const empty = write((writer) => {
      for (let at = 0; at < 2000; at++) {
        writer.tag(8, 2);
        writer.bytes(new Uint8Array());
      }
    });
    const read = (weight: number) => () => decode(empty, modelProto, { weight, depth: 8 });
    expect(read(2000 * 64)).not.toThrow();
    expect(read(2000 * 64 - 1)).toThrow('too many values');
  });

  it('is refused where messages lie too deep within each other', () => {
    const model = encode({ domain: '', version: 1n }, operatorSetIdProto);
    const nested = write((writer) => {
      writer.tag(8, 2);
      writer.bytes(model);
    });
    const read = (depth: number) => () => decode(nested, modelProto, { weight: 1000, depth });
    expect(read(2)).not.toThrow();
    expect(read(1)).toThrow('too deeply');
  });
});

it('a network is drawn from its seed alone', () => {
  const form = { side: 32, stem: 3, widths: [4, 8], blocks: 1, outputs: 2 };
  const drawn = (seed: number) => Buffer.from(encodeModel(makeResidualNetwork(form, seed)));
  expect(drawn(1).equals(drawn(1))).toBe(true);
  expect(drawn(1).equals(drawn(2))).toBe(false);
});
