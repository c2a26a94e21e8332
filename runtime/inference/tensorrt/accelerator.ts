/** What a compiled graph is bound to: it runs nowhere else. */
export interface Accelerator {
  /** Version of TensorRT, such as `10.3.0`. */
  tensorrt: string;
  /** Version of the CUDA runtime, such as `12.6`. */
  cuda: string;
  /** Compute capability of the GPU: `8.7` is Orin, `11.0` is Thor. */
  computeCapability: string;
  /** Version of ONNX Runtime, such as `1.30.0`. */
  onnxruntime: string;
}

/** What trying the accelerator came to. */
export type Probe =
  | { provider: 'tensorrt'; accelerator: Accelerator; because: string }
  | { provider: 'cpu'; because: string };

/**
 * TensorRT's version from the number that `getInferLibVersion` returns: 10000 for each major version from 10 on, 1000
 * before; 100 for each minor one.
 */
export function tensorrtVersion(number: number): string {
  const unit = number >= 100_000 ? 10_000 : 1000;
  return `${Math.floor(number / unit)}.${Math.floor((number % unit) / 100)}.${number % 100}`;
}

/** CUDA's version from the number that `cudaRuntimeGetVersion` gives: 1000 for each major version, 10 for a minor one. */
export function cudaVersion(number: number): string {
  return `${Math.floor(number / 1000)}.${Math.floor((number % 1000) / 10)}`;
}

/** Versions of TensorRT whose rules for precision are known: see buildOptions. */
const knownMajors = [10, 11];

/** Why the accelerator is not tried at all; undefined where it is worth it. */
export function versionFault({ tensorrt }: Accelerator): string | undefined {
  if (knownMajors.includes(Number(tensorrt.split('.')[0]))) return undefined;
  return `TensorRT ${tensorrt} is none of the versions ${knownMajors.join(' and ')}`;
}
