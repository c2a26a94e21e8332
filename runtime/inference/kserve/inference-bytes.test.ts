import { describe, expect, it } from 'vitest';
import type { TensorFacts } from '../session/session-port.ts';
import { type Asked, decodeAnswer } from './inference-answer.ts';
import { encodeBinary, encodeJson, jsonLengthHeader } from './inference-request.ts';

const image = { dims: [2, 2], values: Float32Array.of(1, -0.5, 0, 2) };

const logits: TensorFacts = { name: 'logits', type: 'float32', dims: ['batch', 1] };
const map: TensorFacts = { name: 'cam', type: 'float32', dims: ['batch', '?', 2] };

const asked: Asked = {
  model: 'm',
  version: '1',
  outputs: [logits],
  sizes: new Map([['batch', 2]]),
};

/** 1.5 and −2 as little-endian float32, by hand: sign, exponent and mantissa of IEEE 754. */
const onePointFiveMinusTwo = Buffer.from('0000c03f000000c0', 'hex');

const binaryOutput = {
  name: 'logits',
  datatype: 'FP32',
  shape: [2, 1],
  parameters: { binary_data_size: 8 },
};
const numberOutput = { name: 'logits', datatype: 'FP32', shape: [2, 1], data: [1.5, -2] };

function answer(outputs: unknown, more: object = {}): Buffer {
  return Buffer.from(JSON.stringify({ model_name: 'm', model_version: '1', outputs, ...more }));
}

/** An answer with bytes after the JSON, as Triton sends it, and the value of the header. */
function binaryAnswer(outputs: unknown, bytes: Buffer): [Buffer, string] {
  const json = answer(outputs);
  return [Buffer.concat([json, bytes]), String(json.length)];
}

describe('an inference request', () => {
  it('holds numbers where the server knows no bytes', () => {
    const { headers, body } = encodeJson({ image }, ['logits']);
    expect(headers).toEqual({ 'content-type': 'application/json' });
    expect(JSON.parse(body.toString())).toEqual({
      inputs: [{ name: 'image', shape: [2, 2], datatype: 'FP32', data: [1, -0.5, 0, 2] }],
      outputs: [{ name: 'logits' }],
    });
  });

  it('holds bytes after the JSON, little-endian, and asks for the same', () => {
    const { headers, body } = encodeBinary({ image }, ['logits']);
    const length = Number(headers[jsonLengthHeader]);
    expect(headers['content-type']).toBe('application/octet-stream');
    expect(JSON.parse(body.subarray(0, length).toString())).toEqual({
      inputs: [
        {
          name: 'image',
          shape: [2, 2],
          datatype: 'FP32',
          parameters: { binary_data_size: 16 },
        },
      ],
      outputs: [{ name: 'logits', parameters: { binary_data: true } }],
    });
    expect(body.subarray(length).toString('hex')).toBe('0000803f000000bf0000000000000040');
  });

  it('holds the values of a view alone, wherever it lies', () => {
    const values = Float32Array.of(9, 1, -0.5, 0, 2, 9).subarray(1, 5);
    const { body, headers } = encodeBinary({ image: { dims: [2, 2], values } }, ['logits']);
    expect(body.subarray(Number(headers[jsonLengthHeader])).length).toBe(16);
    expect(body).toEqual(encodeBinary({ image }, ['logits']).body);
  });

  it('keeps every value exactly as a number', () => {
    const values = Float32Array.of(0.1, 1e-40, 3.4028235e38, -1 / 3);
    const { body } = encodeJson({ image: { dims: [4], values } }, []);
    expect(Float32Array.from(JSON.parse(body.toString()).inputs[0].data)).toEqual(values);
  });
});

describe('an inference answer', () => {
  it.each([
    ['flat numbers', answer([numberOutput]), undefined],
    ['nested numbers', answer([{ ...numberOutput, data: [[1.5], [-2]] }]), undefined],
    ['bytes', ...binaryAnswer([binaryOutput], onePointFiveMinusTwo)],
  ])('is read from %s', (_, body, length) => {
    const { logits: read } = decodeAnswer(body, length, asked);
    expect(read).toEqual({ dims: [2, 1], values: Float32Array.of(1.5, -2) });
  });

  it('is read at any offset of the bytes, in the order of its own JSON', () => {
    const cam = {
      ...binaryOutput,
      name: 'cam',
      shape: [2, 1, 2],
      parameters: { binary_data_size: 16 },
    };
    const other = Buffer.from('0000803f0000803f0000803f0000803f', 'hex');
    for (const padding of ['', ' ', '  ', '   ']) {
      const json = Buffer.concat([answer([cam, binaryOutput]), Buffer.from(padding)]);
      const body = Buffer.concat([json, other, onePointFiveMinusTwo]);
      const wanted = { ...asked, outputs: [logits, map] };
      const read = decodeAnswer(body, String(json.length), wanted);
      expect(read['logits']?.values).toEqual(Float32Array.of(1.5, -2));
      expect(read['cam']?.values).toEqual(Float32Array.of(1, 1, 1, 1));
    }
  });

  it.each([
    ['no JSON', Buffer.from('<html>'), undefined, 'not JSON'],
    ['NaN as JSON does not know it', Buffer.from('{"outputs":[NaN]}'), undefined, 'not JSON'],
    ['another message', Buffer.from('{}'), undefined, 'model_name'],
    ['a header beyond the body', answer([numberOutput]), '100000', 'shorter than its header'],
    ['a header that is no number', answer([numberOutput]), '1e2', 'shorter than its header'],
    ['no such output', answer([]), undefined, 'is missing'],
    ['an output twice', answer([numberOutput, numberOutput]), undefined, 'comes twice'],
    ['another type', answer([{ ...numberOutput, datatype: 'FP16' }]), undefined, 'FP16'],
    ['another batch', answer([{ ...numberOutput, shape: [1, 1], data: [1] }]), undefined, '[1, 1]'],
    ['another rank', answer([{ ...numberOutput, shape: [2] }]), undefined, '[2]'],
    ['too few numbers', answer([{ ...numberOutput, data: [1] }]), undefined, 'one number for each'],
    ['a text', answer([{ ...numberOutput, data: [1, '2'] }]), undefined, 'one number for each'],
    ['a null', answer([{ ...numberOutput, data: [1, null] }]), undefined, 'one number for each'],
    ['deeper nesting', answer([{ ...numberOutput, data: [[[[1]]], 2] }]), undefined, 'one number'],
    ['a value too large', answer([{ ...numberOutput, data: [1, 1e39] }]), undefined, 'no number'],
    ['a shape beyond memory', answer([{ ...numberOutput, shape: [9e9, 9e5] }]), undefined, 'one'],
    ['neither', answer([{ ...numberOutput, data: undefined }]), undefined, 'numbers or as bytes'],
    ['both', answer([{ ...binaryOutput, data: [1, 2] }]), undefined, 'numbers or as bytes'],
    [
      'truncated bytes',
      ...binaryAnswer([binaryOutput], onePointFiveMinusTwo.subarray(1)),
      'four bytes for each',
    ],
    ['bytes too many', ...binaryAnswer([binaryOutput], Buffer.alloc(9)), '9 bytes, not 8'],
    [
      'a size of its own',
      ...binaryAnswer([{ ...binaryOutput, parameters: { binary_data_size: 4 } }], Buffer.alloc(4)),
      'four bytes for each',
    ],
    [
      'NaN in bytes',
      ...binaryAnswer([binaryOutput], Buffer.from('0000c07f000000c0', 'hex')),
      'no number',
    ],
    [
      'infinity in bytes',
      ...binaryAnswer([binaryOutput], Buffer.from('0000807f000000c0', 'hex')),
      'no number',
    ],
  ] as const)('is refused for %s', (_, body, length, words) => {
    expect(() => decodeAnswer(body, length, asked)).toThrow('INFERENCE_SERVER_FAULT');
    expect(() => decodeAnswer(body, length, asked)).toThrow(words);
  });

  it.each([
    ['another model', { model_name: 'n' }],
    ['another version', { model_version: '2' }],
    ['no version', { model_version: undefined }],
  ])('is refused from %s', (_, more) => {
    const body = answer([numberOutput], more);
    expect(() => decodeAnswer(body, undefined, asked)).toThrow('MODEL_MISMATCH');
  });
});
