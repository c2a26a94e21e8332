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
