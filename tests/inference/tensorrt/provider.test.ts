import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { disk } from '../../../device/files.ts';
import { openOrtRuntime } from '../../../runtime/inference/session/ort-capi/ort-runtime.ts';
import { readAccelerator } from '../../../runtime/inference/tensorrt/accelerator-facts.ts';
import { buildSettings, servingSettings } from '../../../runtime/inference/tensorrt/options.ts';
import { makeTrialGraph } from '../../../runtime/inference/tensorrt/trial-graph.ts';
import { checkProvider } from './provider-contract.ts';
import {
  accelerator,
  openSimulatedTensorrt,
  orin,
  type SimulatedMachine,
} from './simulated-tensorrt.ts';

const machines: Record<string, SimulatedMachine> = {
  'JetPack 6.2 on Orin': orin,
  'JetPack 7.2 on Orin': { tensorrt: '10.16.1', cuda: '13.2', computeCapability: '8.7' },
  'JetPack 7.2 on Thor': { tensorrt: '10.16.1', cuda: '13.2', computeCapability: '11.0' },
  'TensorRT 11 on x86': { tensorrt: '11.4.0', cuda: '13.2', computeCapability: '9.0' },
};

describe.each(Object.entries(machines))('TensorRT, simulated, of %s', (_, machine) => {
  checkProvider(async () => ({
    runtime: openSimulatedTensorrt(machine),
    accelerator: accelerator(machine),
  }));
});

// Not skipped where there is no TensorRT, which is everywhere that CI runs: without the library they do not exist.
const library = process.env['SCANSIDE_TENSORRT_LIBRARY'];
if (library !== undefined)
  describe('TensorRT of this device', () => {
    checkProvider(async () => {
      const runtime = openOrtRuntime(library);
      return { runtime, accelerator: readAccelerator(library, runtime.version, disk) };
    });
  });

describe('what is simulated', () => {
  const paths = { artefact: '/nowhere/a.onnx', timings: '/nowhere' };
  const profile = {
    trt_profile_min_shapes: 'image:1x4x8x8',
    trt_profile_max_shapes: 'image:2x4x8x8',
  };

  it.each([
    ['10.3.0', {}, 'int8 is not configured in the builder'],
    ['11.4.0', { trt_int8_enable: '1' }, 'strongly typed'],
    ['10.3.0', { trt_int8_enable: '1', trt_profile_min_shapes: '' }, 'no profile'],
  ])('refuses a quantised graph on %s with %o', async (tensorrt, options, why) => {
    const runtime = openSimulatedTensorrt({ ...orin, tensorrt });
    const settings = buildSettings('trial', { ...profile, ...options }, paths);
    await expect(runtime.open(makeTrialGraph(), settings)).rejects.toThrow(why);
  });

  it('is never taken for TensorRT', async () => {
    const runtime = openSimulatedTensorrt(orin);
    expect(runtime.name).toBe('simulated');
    const settings = servingSettings('trial', 1);
    await expect(runtime.open(makeTrialGraph(), settings)).rejects.toThrow('simulated');
  });
});
