import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../../models/manifest.ts';
import type { Accelerator } from './accelerator.ts';
import { buildOptions, buildSettings, servingSettings, tensorrtFile } from './options.ts';

/**
 * Every key that the parser of ONNX Runtime 1.30.0's TensorRT provider knows, read back from it with
 * GetTensorRTProviderOptionsAsString; it refuses any other.
 */
const knownKeys = `
  device_id has_user_compute_stream user_compute_stream trt_auxiliary_streams trt_bf16_enable
  trt_build_heuristics_enable trt_builder_optimization_level trt_context_memory_sharing_enable trt_cuda_graph_enable
  trt_detailed_build_log trt_dla_core trt_dla_enable trt_dump_ep_context_model trt_dump_subgraphs
  trt_engine_cache_enable trt_engine_cache_path trt_engine_cache_prefix trt_engine_decryption_enable
  trt_engine_decryption_lib_path trt_engine_hw_compatible trt_ep_context_embed_mode trt_ep_context_file_path
  trt_external_data_bytestream trt_external_data_bytestream_size trt_extra_plugin_lib_paths
  trt_force_sequential_engine_build trt_force_timing_cache trt_fp16_enable trt_int8_calibration_table_name
  trt_int8_enable trt_int8_use_native_calibration_table trt_layer_norm_fp32_fallback trt_load_user_initializer
  trt_max_partition_iterations trt_max_workspace_size trt_min_subgraph_size trt_onnx_bytestream
  trt_onnx_bytestream_size trt_onnx_model_folder_path trt_op_types_to_exclude trt_profile_max_shapes
  trt_profile_min_shapes trt_profile_opt_shapes trt_sparsity_enable trt_tactic_sources trt_timing_cache_enable
  trt_timing_cache_path trt_weight_stripped_engine_enable`
  .trim()
  .split(/\s+/);

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

it('compiles the graph that the manifest names for TensorRT', () => {
  expect(tensorrtFile(manifestOf('int8.trt'), 0)).toBe('a.trt.onnx');
  expect(tensorrtFile(manifestOf('fp32'), 0)).toBe('a.fp32.onnx');
});
