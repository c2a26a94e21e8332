import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { disk } from '../../../device/files.ts';
import { makeFloatValue, makeModel, makeNode } from '../../../models/onnx/graph-parts.ts';
import { decodeModel, encodeModel } from '../../../models/onnx/model-file.ts';
import { makeTensor } from '../../../models/onnx/tensor.ts';
import type { Runtime, Tensor } from '../../../runtime/inference/session/session-port.ts';
import type { Accelerator } from '../../../runtime/inference/tensorrt/accelerator.ts';
import { tryAccelerator } from '../../../runtime/inference/tensorrt/accelerator-trial.ts';
import { buildEngine } from '../../../runtime/inference/tensorrt/engine-build.ts';
import { buildOptions, servingSettings } from '../../../runtime/inference/tensorrt/options.ts';
import {
  makeTrialGraph,
  trialFault,
  trialInput,
  trialNetwork,
  trialOutput,
} from '../../../runtime/inference/tensorrt/trial-graph.ts';

export interface Subject {
  runtime: Runtime;
  accelerator: Accelerator;
}

/** A sum of stored values as a processor's own operator, which is nobody else's. */
function makeForeignGraph(): Uint8Array {
  const stored = ['scale', 'zero'];
  const sum = makeNode('QLinearAdd', {
    input: ['q', ...stored, 'q', ...stored, ...stored],
    output: ['s'],
  });
  const model = makeModel({
    name: 'foreign',
    node: [
      makeNode('QuantizeLinear', { input: ['image', ...stored], output: ['q'] }),
      { ...sum, domain: 'com.microsoft' },
      makeNode('DequantizeLinear', { input: ['s', ...stored], output: ['sum'] }),
    ],
    initializer: [
      makeTensor('scale', [], Float32Array.of(0.1)),
      makeTensor('zero', [], Int8Array.of(0)),
    ],
    input: [makeFloatValue('image', ['batch', 4, 8, 8])],
    output: [makeFloatValue('sum', ['batch', 4, 8, 8])],
  });
  model.opsetImport.push({ domain: 'com.microsoft', version: 1n });
  return encodeModel(model);
}

/** A compiled graph whose engine is another sequence of bytes. */
function withEngine(compiled: Uint8Array, engine: Uint8Array): Uint8Array {
  const model = decodeModel(compiled);
  for (const { attribute } of model.graph?.node ?? [])
    for (const each of attribute) if (each.name === 'ep_cache_context') each.s = engine;
  return encodeModel(model);
}

function firstOf({ dims, values }: Tensor): Tensor {
  return { dims: [1, ...dims.slice(1)], values: values.slice(0, values.length / dims[0]!) };
}

/** What the product believes of TensorRT behind the port, whether it is a device's or simulated. */
export function checkProvider(open: () => Promise<Subject>): void {
  const scratch = mkdtempSync(join(tmpdir(), 'scanside-'));
  const paths = { artefact: join(scratch, 'trial.onnx'), timings: join(scratch, 'timings') };
  let subject: Subject;
  let compiled: Uint8Array;
  const build = (graph: Uint8Array, change: Record<string, string> = {}) => {
    const options = {
      ...buildOptions({ network: trialNetwork }, subject.accelerator, 256),
      ...change,
    };
    return buildEngine(subject.runtime, disk, { name: 'trial', graph, options, paths });
  };
  const openCompiled = (bytes = compiled) =>
    subject.runtime.open(bytes, servingSettings('trial', 1));

  beforeAll(async () => {
    subject = await open();
    compiled = await build(makeTrialGraph());
  }, 300_000);
  afterAll(() => subject?.runtime.close());

  it('works by its own probe', async () => {
    const { runtime, accelerator } = subject;
    await expect(tryAccelerator(runtime, disk, accelerator, scratch)).resolves.toBeUndefined();
  });

  it('refuses an option that it does not know, by name', async () => {
    await expect(build(makeTrialGraph(), { trt_bogus: '1' })).rejects.toThrow(
      /ENGINE_LIBRARY_REFUSED: .*Unknown provider option: "trt_bogus"/,
    );
  });

  it('takes what it has compiled, with the same inputs and outputs, and answers right', async () => {
    const session = await openCompiled();
    expect(session.inputs.map(({ name, dims }) => [name, dims.slice(1)])).toEqual([
      ['image', [4, 8, 8]],
    ]);
    expect(session.outputs.map(({ name }) => name)).toEqual([trialOutput]);
    const answers = await session.run({ image: trialInput() }, [trialOutput]);
    expect(trialFault(answers[trialOutput])).toBeUndefined();
    await session.close();
  });

  it('answers every batch size of its profile, and none beyond', async () => {
    const session = await openCompiled();
    const [one] = Object.values(await session.run({ image: firstOf(trialInput()) }, [trialOutput]));
    expect(one?.dims).toEqual([1, 8]);
    const { values } = trialInput();
    const four = { dims: [4, 4, 8, 8], values: Float32Array.from([...values, ...values]) };
    await expect(session.run({ image: four }, [trialOutput])).rejects.toThrow('MODEL_FAULT');
    await session.close();
  });

  it('refuses an engine that is none', async () => {
    const garbage = withEngine(compiled, Buffer.alloc(4096, 0x5a));
    await expect(openCompiled(garbage)).rejects.toThrow('MODEL_FAULT');
  });

  it('leaves no operator to the processor without saying so', async () => {
    await expect(build(makeForeignGraph())).rejects.toThrow(/MODEL_FAULT|ENGINE_BUILD_FAILED/);
  });

  it('keeps its timings where it is told to', () => {
    expect(disk.list(paths.timings).filter((name) => name.endsWith('.timing'))).toHaveLength(1);
  });
}
