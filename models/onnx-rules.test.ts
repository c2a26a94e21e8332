import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { onnxViolation } from './onnx-rules.ts';

/** A length-delimited field; the tests stay below 128 bytes, where a length is one byte. */
function field(number: number, content: Uint8Array | string): Buffer {
  const bytes = Buffer.from(content);
  const key = number * 8 + 2;
  const tag = key < 128 ? [key] : [(key % 128) + 128, key >> 7];
  return Buffer.concat([Buffer.from([...tag, bytes.length]), bytes]);
}

const inModel = (content: Uint8Array) => field(7, content);
const inNode = (content: Uint8Array) => inModel(field(1, content));
const inAttribute = (content: Uint8Array) => inNode(field(5, content));

const shipped = readFileSync(
  join(import.meta.dirname, 'bundles', 'chest-demo', '1.0.0', 'model.onnx'),
);

describe('a model file', () => {
  it('that needs nothing but itself is in order', () => {
    expect(onnxViolation(shipped)).toBeUndefined();
    expect(onnxViolation(inNode(field(7, 'com.microsoft')))).toBeUndefined();
  });

  it.each([
    ['must hold its own weights', inModel(field(5, field(13, 'location')))],
    ['must hold its own weights', inAttribute(field(5, field(13, 'location')))],
    ['must hold its own weights', inAttribute(field(10, field(13, 'location')))],
    ['must not branch or loop', inAttribute(field(6, ''))],
    ['must not branch or loop', inAttribute(field(11, ''))],
    ['must not use sparse tensors', inModel(field(15, ''))],
    ['must not use operators of evil.lib', inNode(field(7, 'evil.lib'))],
    ['must not bring functions', field(25, '')],
    ['must not bring training graphs', field(20, '')],
  ])('%s', (rule, content) => {
    expect(onnxViolation(Buffer.concat([shipped, content]))).toContain(rule);
  });

  it.each([
    ['cut short', shipped.subarray(0, -1)],
    ['another format', Buffer.from('GIF89a')],
    ['a length beyond its end', Buffer.from([0x3a, 0xff, 0xff, 0xff, 0x7f])],
    ['an endless number', Buffer.alloc(20, 0xff)],
  ])('must be ONNX, not %s', (_, content) => {
    expect(onnxViolation(content)).toContain('must be ONNX');
  });
});
