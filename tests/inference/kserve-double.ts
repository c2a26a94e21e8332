import { makeFloatValue, makeModel, makeNode } from '../../models/onnx/graph-parts.ts';
import { encodeModel } from '../../models/onnx/model-file.ts';
import type { Session, Tensor } from '../../runtime/inference/session/session-port.ts';
import {
  type Scripted,
  type ScriptedServer,
  type Seen,
  startScripted,
} from '../peers/scripted-server.ts';

/** The smallest network: `y` is twice `x`, two numbers for each of a batch. */
export const double = encodeModel(
  makeModel({
    name: 'double',
    node: [makeNode('Add', { input: ['x', 'x'], output: ['y'] })],
    initializer: [],
    input: [makeFloatValue('x', ['batch', 2])],
    output: [makeFloatValue('y', ['batch', 2])],
  }),
);

export function twice(...values: number[]): { x: Tensor } {
  return { x: { dims: [values.length / 2, 2], values: Float32Array.from(values) } };
}

/** What the network gives, as plain numbers. */
export async function run(session: Session, ...values: number[]): Promise<number[]> {
  const { y } = await session.run(twice(...values), ['y']);
  return Array.from(y!.values);
}

export const json = (message: unknown, status = 200): Scripted => ({
  status,
  body: JSON.stringify(message),
});

const tensor = (name: string) => ({ name, datatype: 'FP32', shape: [-1, 2] });

/** The answer to a run that multiplies by `factor`. */
export function multiplied({ path, body }: Seen, factor: number): Scripted {
  const [input] = JSON.parse(body.toString()).inputs;
  const data = input.data.map((value: number) => value * factor);
  const model = decodeURIComponent(path.split('/')[3] ?? '');
  const outputs = [{ name: 'y', datatype: 'FP32', shape: input.shape, data }];
  return json({ model_name: model, model_version: '1', outputs });
}

/** A server that has every model, `double` each; `answer` says what it makes of a run. */
export function startDoubling(
  answer: (seen: Seen) => Scripted,
  more: { extensions?: string[]; metadata?: object } = {},
): Promise<ScriptedServer> {
  const { extensions = [], metadata = {} } = more;
  return startScripted((seen) => {
    const model = decodeURIComponent(seen.path.split('/')[3] ?? '');
    if (seen.path.endsWith('/infer')) return answer(seen);
    if (seen.path.endsWith('/ready')) return { status: 200 };
    if (seen.path === '/v2') return json({ name: 'scripted', version: '1', extensions });
    const signature = { inputs: [tensor('x')], outputs: [tensor('y')] };
    return json({ name: model, versions: ['1'], platform: '', ...signature, ...metadata });
  });
}
