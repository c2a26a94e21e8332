const standard = [
  'Conv ConvTranspose Gemm MatMul Add Sub Mul Div Sum Mean Min Max Pow Sqrt Exp Log Neg Abs Reciprocal Erf',
  'Relu LeakyRelu PRelu Elu Selu Celu Clip Sigmoid HardSigmoid HardSwish Mish Gelu Tanh Softplus Softsign',
  'Softmax LogSoftmax BatchNormalization InstanceNormalization LayerNormalization GroupNormalization LRN',
  'MaxPool AveragePool LpPool GlobalAveragePool GlobalMaxPool',
  'ReduceMean ReduceSum ReduceMax ReduceMin ReduceL2 ArgMax',
  'Concat Split Slice Pad Resize Flatten Reshape Squeeze Unsqueeze Transpose Gather Shape DepthToSpace',
  'SpaceToDepth Cast Identity Dropout Constant',
  'QuantizeLinear DequantizeLinear QLinearConv QLinearMatMul ConvInteger MatMulInteger',
];

const microsoft = [
  'QuantizeLinear DequantizeLinear QLinearAdd QLinearMul QLinearConcat QLinearConv QLinearReduceMean QGemm',
  'QLinearAveragePool QLinearGlobalAveragePool QLinearLeakyRelu QLinearSigmoid QLinearSoftmax NhwcMaxPool',
  'FusedConv FusedGemm FusedMatMul Gelu QuickGelu',
];

const split = (lines: readonly string[]): ReadonlySet<string> =>
  new Set(lines.flatMap((line) => line.split(' ')));

/**
 * Operators that a model may use, by the domain they come from: those that a convolutional network needs, in float32
 * and int8. None of them branches, loops, draws random numbers, reads files, or makes a value as large as another value
 * says, apart from Resize and Pad.
 */
export const allowedOperators: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['', split(standard)],
  ['com.microsoft', split(microsoft)],
]);

/** `ai.onnx` is another way to write the empty domain. */
export function domainOf({ domain = '' }: { domain?: string }): string {
  return domain === 'ai.onnx' ? '' : domain;
}

/** Operators that run graphs within the graph. */
export const controlFlow: ReadonlySet<string> = new Set(['If', 'Loop', 'Scan', 'SequenceMap']);
