import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../../models/manifest.ts';
import { knownKeys } from '../../../tests/inference/tensorrt/provider-keys.ts';
import type { Accelerator } from './accelerator.ts';
import { buildOptions, buildSettings, servingSettings } from './options.ts';

const machines: Record<string, Accelerator> = {
  'JetPack 6.2, Orin': {
    tensorrt: '10.3.0',
    cuda: '12.6',
    computeCapability: '8.7',
    onnxruntime: '1.30.0',
  },
  'JetPack 7.2, Orin': {
    tensorrt: '10.16.1',
    cuda: '13.2',
    computeCapability: '8.7',
    onnxruntime: '1.30.0',
  },
  'JetPack 7.2, Thor': {
    tensorrt: '10.16.1',
    cuda: '13.2',
    computeCapability: '11.0',
    onnxruntime: '1.30.0',
  },
  'x86 with TensorRT 11': {
    tensorrt: '11.4.0',
    cuda: '13.2',
    computeCapability: '9.0',
    onnxruntime: '1.30.0',
  },
};

const image = {
  name: 'image',
  kind: 'image',
  rows: 224,
  columns: 256,
  slices: 1,
  batch: 8,
} as const;
const quantised = [{ fp32: 'a.fp32.onnx', 'int8.cpu': 'a.cpu.onnx', 'int8.trt': 'a.trt.onnx' }];

function manifestOf(
  tensorrt: 'fp32' | 'int8.trt',
  input: Manifest['network']['input'] = image,
): Manifest {
  const network = { members: quantised, runs: { cpu: 'int8.cpu', tensorrt }, input };
  return { network } as unknown as Manifest;
}

const profile = {
  trt_profile_min_shapes: 'image:1x1x224x256',
  trt_profile_opt_shapes: 'image:8x1x224x256',
  trt_profile_max_shapes: 'image:8x1x224x256',
};

describe('what a bundle is built with', () => {
  it.each([
    ['JetPack 6.2, Orin', 'int8.trt', { trt_int8_enable: '1', trt_fp16_enable: '1' }],
    ['JetPack 7.2, Orin', 'int8.trt', { trt_int8_enable: '1', trt_fp16_enable: '1' }],
    ['JetPack 7.2, Thor', 'int8.trt', { trt_int8_enable: '1', trt_fp16_enable: '1' }],
    ['x86 with TensorRT 11', 'int8.trt', {}],
    ['JetPack 6.2, Orin', 'fp32', {}],
    ['JetPack 7.2, Orin', 'fp32', {}],
    ['x86 with TensorRT 11', 'fp32', {}],
  ] as const)('on %s with %s is the precision of that TensorRT', (machine, variant, flags) => {
    const options = buildOptions(manifestOf(variant), machines[machine]!, 1024);
    expect(options).toEqual({ ...flags, ...profile, trt_max_workspace_size: '1073741824' });
  });

  it.each([
    ['slab', 5, 'image:1x5x224x256', 'image:8x5x224x256'],
    ['volume', 32, 'image:1x1x32x224x256', 'image:8x1x32x224x256'],
  ] as const)('has the profile of a %s', (kind, slices, min, max) => {
    const manifest = manifestOf('fp32', { ...image, kind, slices });
    const options = buildOptions(manifest, machines['JetPack 6.2, Orin']!, 1);
    expect(options).toMatchObject({ trt_profile_min_shapes: min, trt_profile_max_shapes: max });
  });
});

describe('how a session is opened', () => {
  const paths = { artefact: '/scratch/member.onnx', timings: '/scratch/timings' };
  const build = buildSettings('chest.1.0.0.0', { trt_int8_enable: '1' }, paths);

  it('to build, embeds the engine in one file that is nobody’s but ours', () => {
    expect(build.provider).toEqual({
      name: 'tensorrt',
      options: {
        trt_int8_enable: '1',
        trt_dump_ep_context_model: '1',
        trt_ep_context_embed_mode: '1',
        trt_ep_context_file_path: '/scratch/member.onnx',
        trt_timing_cache_enable: '1',
        trt_timing_cache_path: '/scratch/timings',
      },
    });
  });

  it('to serve, decides nothing', () => {
    const { provider, threads } = servingSettings('chest.1.0.0.0', 2);
    expect([provider, threads]).toEqual([{ name: 'tensorrt', options: {} }, 2]);
  });

  it('leaves nothing to the processor', () => {
    for (const { entries } of [build, servingSettings('chest.1.0.0.0', 1)])
      expect(entries).toEqual({ 'session.disable_cpu_ep_fallback': '1' });
  });

  it.each(Object.keys(machines))('uses keys that the provider knows, on %s', (machine) => {
    const options = buildOptions(manifestOf('int8.trt'), machines[machine]!, 512);
    const { provider } = buildSettings('x', options, paths);
    const used = provider.name === 'tensorrt' ? Object.keys(provider.options) : [];
    expect(used.filter((key) => !knownKeys.includes(key))).toEqual([]);
    // A calibration table beside Q/DQ is an error, and ONNX Runtime's own cache would be loaded unproven.
    expect(used.filter((key) => /calibration|engine_cache|dla/.test(key))).toEqual([]);
  });
});
