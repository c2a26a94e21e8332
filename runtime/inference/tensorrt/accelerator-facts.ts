import { dirname, join } from 'node:path';
import koffi from 'koffi';
import { ScansideError } from '../../../device/errors.ts';
import type { Files } from '../../../device/files.ts';
import { type Accelerator, cudaVersion, tensorrtVersion } from './accelerator.ts';

type Library = ReturnType<typeof koffi.load>;

/** What ONNX Runtime loads beside itself for TensorRT, all of one build; the first names the libraries of the others. */
const providers = ['tensorrt', 'cuda', 'shared'].map(
  (name) => `libonnxruntime_providers_${name}.so`,
);

function refusal(why: string, cause?: unknown): ScansideError {
  return new ScansideError('ENGINE_LIBRARY_REFUSED', why, { cause });
}

function load(name: string): Library {
  try {
    return koffi.load(name);
  } catch (cause) {
    throw refusal(`${name}: ${(cause as Error).message}`, cause);
  }
}

/** The file names of TensorRT and CUDA that a provider library asks the loader for, such as `libnvinfer.so.10`. */
export function linkedLibraries(provider: Uint8Array): { tensorrt: string; cuda: string } {
  const text = Buffer.from(provider).toString('latin1');
  const nameOf = (library: string) => new RegExp(`${library}\\.so\\.\\d+`).exec(text)?.[0];
  const [tensorrt, cuda] = [nameOf('libnvinfer'), nameOf('libcudart')];
  if (tensorrt && cuda) return { tensorrt, cuda };
  throw refusal(`${providers[0]} names no ${tensorrt ? 'libcudart' : 'libnvinfer'}`);
}

/** A number that a function of CUDA gives through its first argument. */
function ask(cuda: Library, name: string, ...given: number[]): number {
  const cell = new Int32Array(1);
  const types = ['void *', ...given.map(() => 'int')];
  const code: number = cuda.func(name, 'int', types)(cell, ...given);
  if (code === 0) return cell[0]!;
  throw refusal(`${name}: ${cuda.func('cudaGetErrorString', 'str', ['int'])(code)}`);
}

/** cudaDevAttrComputeCapabilityMajor and …Minor. */
const [major, minor] = [75, 76];

/**
 * The versions of TensorRT and CUDA that the library's TensorRT provider is linked with, and the GPU. Loads them: only
 * for a process that may be lost. Throws ENGINE_LIBRARY_REFUSED and names what is missing or what CUDA says.
 */
export function readAccelerator(library: string, onnxruntime: string, files: Files): Accelerator {
  const paths = providers.map((name) => join(dirname(library), name));
  const missing = paths.find((path) => !files.exists(path));
  if (missing !== undefined) throw refusal(`${missing} is missing`);
  const names = linkedLibraries(files.readBytes(paths[0]!));
  const [tensorrt, cuda] = [load(names.tensorrt), load(names.cuda)];
  return {
    tensorrt: tensorrtVersion(tensorrt.func('getInferLibVersion', 'int', [])()),
    cuda: cudaVersion(ask(cuda, 'cudaRuntimeGetVersion')),
    computeCapability: [major, minor]
      .map((attribute) => ask(cuda, 'cudaDeviceGetAttribute', attribute, 0))
      .join('.'),
    onnxruntime,
  };
}
