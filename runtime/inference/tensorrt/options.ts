import type { Manifest, ModelInput } from '../../../models/manifest.ts';
import type { SessionSettings } from '../session/session-port.ts';
import type { Accelerator } from './accelerator.ts';

/** Provider options of TensorRT by key. Its parser refuses a key that it does not know, so a typing error is seen. */
export type TensorrtOptions = Readonly<Record<string, string>>;

/** What a build asks of a manifest. */
interface Compiled {
  network: Pick<Manifest['network'], 'runs' | 'input'>;
}

/** Dimensions of the input for `batch` inputs, as TensorRT's profiles spell them. */
function profileShape(input: ModelInput, batch: number): string {
  const { name, kind, slices, rows, columns } = input;
  const sizes =
    kind === 'volume' ? [batch, 1, slices, rows, columns] : [batch, slices, rows, columns];
  return `${name}:${sizes.join('x')}`;
}

/** One engine for every allowed batch size; without this each new size would build another one, during a run. */
function profileOptions(input: ModelInput): TensorrtOptions {
  return {
    trt_profile_min_shapes: profileShape(input, 1),
    trt_profile_opt_shapes: profileShape(input, input.batch),
    trt_profile_max_shapes: profileShape(input, input.batch),
  };
}

/**
 * TensorRT 10 builds a quantised graph only with the INT8 flag, and what the quantiser left out runs in half precision,
 * which loses less than the quantisation does. TensorRT 11 takes every precision from the graph and knows no flag. A
 * graph in full precision gets none either: its figures were measured so.
 */
function precisionOptions({ network }: Compiled, { tensorrt }: Accelerator): TensorrtOptions {
  const isQuantised = network.runs.tensorrt !== 'fp32';
  if (!isQuantised || majorOf(tensorrt) >= 11) return {};
  return { trt_int8_enable: '1', trt_fp16_enable: '1' };
}

function majorOf(version: string): number {
  return Number(version.split('.')[0]);
}

/**
 * What decides what a build makes, and so is part of its key: quantisation is only what the graph says (explicit Q/DQ,
 * never a calibration table), no DLA, a workspace of at most `workspaceMegabytes`.
 */
export function buildOptions(
  manifest: Compiled,
  accelerator: Accelerator,
  workspaceMegabytes: number,
): TensorrtOptions {
  return {
    ...precisionOptions(manifest, accelerator),
    ...profileOptions(manifest.network.input),
    trt_max_workspace_size: String(workspaceMegabytes * 2 ** 20),
  };
}

/** Part of a graph that TensorRT does not take is an error at once, not work for the processor that nobody expected. */
const entries = { 'session.disable_cpu_ep_fallback': '1' };

/** Where a build writes. */
export interface BuildPaths {
  /** The compiled graph: one file, the engine embedded. */
  artefact: string;
  /** Folder of TensorRT's timings of its kernels, which make the next build faster. */
  timings: string;
}

/**
 * Opens a graph so that it is compiled. ONNX Runtime's own engine cache stays off: it loads from the disk whatever it
 * finds there. Not the entries `ep.context_…` but the provider's options of the same meaning, whose keys are checked.
 */
export function buildSettings(
  name: string,
  options: TensorrtOptions,
  paths: BuildPaths,
): SessionSettings {
  const context = {
    trt_dump_ep_context_model: '1',
    trt_ep_context_embed_mode: '1',
    trt_ep_context_file_path: paths.artefact,
    trt_timing_cache_enable: '1',
    trt_timing_cache_path: paths.timings,
  };
  return {
    name,
    provider: { name: 'tensorrt', options: { ...options, ...context } },
    threads: 1,
    entries,
  };
}

/** Opens a compiled graph: nothing is left to decide. */
export function servingSettings(name: string, threads: number): SessionSettings {
  return { name, provider: { name: 'tensorrt', options: {} }, threads, entries };
}
