import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disk } from '../../../device/files.ts';
import { loadBundle } from '../../../models/bundle.ts';
import { seededRandom } from '../../../models/phantom/random.ts';
import { type Host, openEnsemble } from '../../../runtime/inference/ensemble.ts';
import { openNodeRuntime } from '../../../runtime/inference/session/node-session.ts';
import {
  openOrtRuntime,
  type OrtRuntime,
  packagedLibrary,
} from '../../../runtime/inference/session/ort-capi/ort-runtime.ts';
import type { Runtime } from '../../../runtime/inference/session/session-port.ts';
import { shippedFolder } from '../bundle-copy.ts';
import { runtimes } from './contract-runtimes.ts';
import { contract, settings } from './contract.ts';
import { deviceContract } from './device-contract.ts';
import { projection } from './networks.ts';

describe.each(Object.entries(runtimes))('%s', (name, { offers, open }) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await open();
  });

  it('says what it is', () => {
    expect(runtime).toMatchObject({ name, version: expect.stringMatching(/^1\.\d+\.\d+/) });
    expect(runtime.cancellable).toBe(offers.includes('ending'));
  });

  for (const { name: sentence, needs, check } of contract)
    if (needs.every((need) => offers.includes(need))) it(sentence, () => check(runtime));
});

describe('a shipped bundle', () => {
  const host = (runtime: Runtime): Host => {
    return { runtime, threads: 1, provider: () => ({ name: 'cpu' }) };
  };
  const [binding, capi] = [openNodeRuntime(), openOrtRuntime(packagedLibrary())];
  afterAll(() => Promise.all([binding.close(), capi.close()]));

  it('answers the same through the binding and the C API, one and eight at a time', async () => {
    const bundle = loadBundle(shippedFolder, disk);
    const { slices, rows, columns } = bundle.manifest.network.input;
    const random = seededRandom(8, 'input');
    const inputs = Array.from({ length: 8 }, () =>
      Float32Array.from({ length: slices * rows * columns }, () => random.uniform(0, 1)),
    );
    const [one, other] = [
      await openEnsemble(bundle, disk, host(binding)),
      await openEnsemble(bundle, disk, host(capi)),
    ];
    for (const asked of [inputs.slice(0, 1), inputs])
      expect(await other.run(asked)).toEqual(await one.run(asked));
    await one.release();
    await other.release();
  });
});

describe('the C API alone', () => {
  let runtime: OrtRuntime;
  beforeAll(() => {
    runtime = openOrtRuntime(packagedLibrary());
  });
  afterAll(() => runtime.close());

  it('tells what the model’s maker wrote into it', async () => {
    const session = await runtime.open(projection, settings);
    expect(session.metadata).toEqual({ 'scanside.labels': '["a","ü"]', empty: '' });
    await session.close();
  });

  it('refuses an entry that ONNX Runtime refuses', async () => {
    const entries = { [`session.${'x'.repeat(2000)}`]: '1' };
    await expect(runtime.open(projection, { ...settings, entries })).rejects.toMatchObject({
      code: 'MODEL_FAULT',
    });
  });

  it('refuses TensorRT by name where its provider is missing, and never runs on the processor', async () => {
    const provider = { name: 'tensorrt', options: { trt_fp16_enable: '1' } } as const;
    await expect(runtime.open(projection, { ...settings, provider })).rejects.toMatchObject({
      code: 'ENGINE_LIBRARY_REFUSED',
      message: expect.stringMatching(/provider tensorrt is missing or refuses: .*(load|enabled)/),
    });
  });
});

// Not skipped where there is no TensorRT, which is everywhere that CI runs: without the library they do not exist.
const withTensorRt = process.env['SCANSIDE_TENSORRT_LIBRARY'];
if (withTensorRt !== undefined)
  describe('on a device with TensorRT', () => {
    for (const { name, check } of deviceContract) it(name, () => check(withTensorRt), 600_000);
  });

it('the binding refuses TensorRT, whose options it would drop', async () => {
  const runtime = openNodeRuntime();
  const provider = { name: 'tensorrt', options: {} } as const;
  await expect(runtime.open(projection, { ...settings, provider })).rejects.toMatchObject({
    code: 'ENGINE_LIBRARY_REFUSED',
  });
  await runtime.close();
});
