import { describe, expect, it } from 'vitest';
import { disagreement } from './agreement.ts';
import { checkDigest, checkModel, highestVersion } from './model-check.ts';
import { nameOnServer } from './model-name.ts';
import type { ModelMetadata } from './protocol.ts';

const facts = {
  inputs: [{ name: 'image', type: 'float32', dims: ['batch', 1, 8] }],
  outputs: [{ name: 'logits', type: 'float32', dims: ['batch', 2] }],
};
const input = { name: 'image', datatype: 'FP32', shape: [-1, 1, 8] };
const output = { name: 'logits', datatype: 'FP32', shape: [-1, 2] };
const right: ModelMetadata = { name: 'm', inputs: [input], outputs: [output] };

describe('a model on a server', () => {
  it('is the right one with the same inputs and outputs', () => {
    expect(() => checkModel('m', facts, right)).not.toThrow();
  });

  it.each<[string, Partial<ModelMetadata>, string]>([
    ['its own name', { name: 'n' }, 'it calls itself n'],
    ['another input', { inputs: [{ ...input, name: 'x' }] }, 'x float32 [?, 1, 8], not image'],
    ['another size', { inputs: [{ ...input, shape: [-1, 1, 9] }] }, '[?, 1, 9]'],
    ['another rank', { inputs: [{ ...input, shape: [-1, 8] }] }, '[?, 8]'],
    ['a fixed batch', { inputs: [{ ...input, shape: [1, 1, 8] }] }, '[1, 1, 8]'],
    ['another type', { inputs: [{ ...input, datatype: 'UINT8' }] }, 'uint8'],
    ['a type of its own', { inputs: [{ ...input, datatype: 'FP4' }] }, 'FP4'],
    ['an input more', { inputs: [input, { ...input, name: 'age' }] }, 'age float32'],
    ['no inputs told', { inputs: null }, 'inputs are not told'],
    ['another output', { outputs: [{ ...output, shape: [-1, 3] }] }, 'outputs are logits float32'],
    ['an output less', { outputs: [] }, 'outputs are not told'],
  ])('is refused for %s', (_, more, words) => {
    expect(() => checkModel('m', facts, { ...right, ...more })).toThrow('MODEL_MISMATCH');
    expect(() => checkModel('m', facts, { ...right, ...more })).toThrow(words);
  });

  it('is refused for the digest of another graph, and not for telling none', () => {
    expect(() => checkDigest('m', ['aa'], 'bb')).toThrow('graph_sha256 is "bb", not aa');
    expect(() => checkDigest('m', ['aa', 'cc'], 'bb')).toThrow('not aa or cc');
    expect(() => checkDigest('m', ['aa'], { aa: 1 })).toThrow('MODEL_MISMATCH');
    expect(() => checkDigest('m', ['aa'], undefined)).not.toThrow();
    expect(() => checkDigest('m', ['aa', 'cc'], 'cc')).not.toThrow();
  });

  it.each([
    [['1', '10', '9'], '10'],
    [['1'], '1'],
    [[], undefined],
    [null, undefined],
  ])('is asked for in the highest version of %j', (versions, highest) => {
    expect(highestVersion({ ...right, versions })).toBe(highest);
  });
});

describe('the name of a network on a server', () => {
  it.each([
    ['{name}', 'chest-child.1.0.0.2'],
    ['{bundle}', 'chest-child'],
    ['scanside-{bundle}-v{version}-{member}', 'scanside-chest-child-v1.0.0-2'],
    ['fixed', 'fixed'],
  ])('follows %s', (pattern, name) => {
    expect(nameOnServer(pattern, 'chest-child.1.0.0.2')).toBe(name);
  });

  it.each([
    ['{member}', 'probe'],
    ['{constructor}', 'chest-child.1.0.0.2'],
  ])('cannot follow %s for %s', (pattern, name) => {
    expect(() => nameOnServer(pattern, name)).toThrow('CONFIG_INVALID');
  });
});

describe('two answers', () => {
  const answer = (...values: number[]) => ({
    logits: { dims: [values.length], values: Float32Array.from(values) },
  });

  it.each([
    ['equal', answer(1, 2), answer(1, 2), true],
    ['as near as another precision', answer(10, 2), answer(10.19, 2), true],
    ['too far apart', answer(10, 2), answer(10.21, 2), false],
    ['near where all are small', answer(0.001), answer(0.02), true],
    ['far where all are small', answer(0.001), answer(0.03), false],
    ['not numbers', answer(1), answer(Number.NaN), false],
    ['of another length', answer(1), answer(1, 1), false],
    ['without the output', answer(1), {}, false],
  ])('agree or not: %s', (_, ours, theirs, agree) => {
    expect(disagreement(ours, theirs, 0.02) === undefined).toBe(agree);
  });
});
