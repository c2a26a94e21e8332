import { expect, it } from 'vitest';
import { makeFloatValue, makeModel, makeNode } from '../../../models/onnx/graph-parts.ts';
import { encodeModel } from '../../../models/onnx/model-file.ts';
import type { NodeProto } from '../../../models/onnx/proto.ts';
import { compiledGraphViolation } from './compiled-graph.ts';

function makeEngine(name: string, embed: number): NodeProto {
  const made = makeNode('EPContext', { input: ['x'], output: [name] }, { embed_mode: embed });
  return { ...made, domain: 'com.microsoft' };
}

function check(...node: NodeProto[]): string | undefined {
  const value = makeFloatValue('x', ['batch', 1]);
  const parts = { name: 'compiled', node, initializer: [], input: [value], output: [value] };
  return compiledGraphViolation(encodeModel(makeModel(parts)));
}

it('is one engine, embedded', () => {
  expect(check(makeEngine('y', 1))).toBeUndefined();
});

it.each<[string, NodeProto[], string]>([
  ['an engine in another file', [makeEngine('y', 0)], 'its engine lies in another file'],
  ['two engines', [makeEngine('y', 1), makeEngine('z', 1)], 'it has 2 engines, not one'],
  ['nothing', [], 'it has 0 engines, not one'],
  [
    'operators beside the engine',
    [makeEngine('y', 1), makeNode('Relu', { input: ['y'], output: ['z'] })],
    'TensorRT left 1 operators to others: Relu',
  ],
  [
    'somebody’s operator of the same name',
    [makeNode('EPContext', { input: ['x'], output: ['y'] }, { embed_mode: 1 })],
    'TensorRT left 1 operators to others: EPContext',
  ],
])('is not %s', (_, nodes, why) => {
  expect(check(...nodes)).toBe(why);
});

it('is an ONNX file', () => {
  expect(compiledGraphViolation(Buffer.from('no engine'))).toContain('it is no ONNX file');
});
