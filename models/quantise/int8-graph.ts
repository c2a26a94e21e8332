import { makeNode } from '../onnx/graph-parts.ts';
import type { ModelProto, NodeProto, TensorProto } from '../onnx/proto.ts';
import { makeTensor } from '../onnx/tensor.ts';
import {
  dropUnread,
  type GraphIndex,
  graphOf,
  indexGraph,
  readParameters,
  withGraph,
} from './graph-index.ts';
import { type Int8Plan, planForCpu, planForTensorRt, rectifierOf } from './int8-plan.ts';
import { meanShift } from './mean-shift.ts';
import type { Observations, Observed } from './observation.ts';
import {
  quantiseWeights,
  type Range,
  restoreWeights,
  type Scale,
  scaleInt8,
  scaleUint8,
} from './scale.ts';

/** How a device wants its int8. */
interface Scheme {
  plan(index: GraphIndex): Int8Plan;
  scale(range: Range): Scale;
  /** Activations are stored without a sign. */
  unsigned: boolean;
  /** Biases are int32; else they stay float32. */
  wholeBias: boolean;
}

/** The two graphs that a model is derived into; neither is fast where the other belongs. */
export const schemes = {
  /**
   * ONNX Runtime on a processor: unsigned activations with a zero point, so that a rectifier is nothing but the lower
   * end of a range.
   */
  'int8.cpu': { plan: planForCpu, scale: scaleUint8, unsigned: true, wholeBias: true },
  /** TensorRT: symmetric throughout; it takes a bias in float32 only. */
  'int8.trt': { plan: planForTensorRt, scale: scaleInt8, unsigned: false, wholeBias: false },
} as const satisfies Record<string, Scheme>;

export type Variant = keyof typeof schemes;

export const variants = Object.keys(schemes) as Variant[];

/** Names of the values whose ranges `deriveInt8` needs for any variant. */
export function tensorsToObserve(model: ModelProto): string[] {
  const index = indexGraph(graphOf(model));
  const all = variants.flatMap((variant) => [...schemes[variant].plan(index).tensors]);
  return [...new Set(all)].toSorted();
}

/**
 * Derives the int8 graph of a simplified float32 model: stored values pass through QuantizeLinear once and through a
 * DequantizeLinear of each reader's own. Outputs stay float32. Throws RangeError where a range is missing.
 */
export function deriveInt8(
  model: ModelProto,
  observations: Observations,
  variant: Variant,
): ModelProto {
  const index = indexGraph(graphOf(model));
  const derivation = new Derivation(index, observations, schemes[variant]);
  const node = graphOf(model).node.flatMap((one) => derivation.rewrite(one));
  const initializer = [...graphOf(model).initializer, ...derivation.made];
  return withGraph(model, dropUnread({ ...graphOf(model), node, initializer }));
}

class Derivation {
  readonly made: TensorProto[] = [];
  #stored = new Set<string>();
  #copies = 0;
  #index: GraphIndex;
  #observations: Observations;
  #scheme: Scheme;
  #plan: Int8Plan;

  constructor(index: GraphIndex, observations: Observations, scheme: Scheme) {
    this.#index = index;
    this.#observations = observations;
    this.#scheme = scheme;
    this.#plan = scheme.plan(index);
  }

  /** The nodes that take the place of one. */
  rewrite(node: NodeProto): NodeProto[] {
    const source = this.#index.producers.get(node.input[0] ?? '');
    if (source && this.#absorbed(source) === node) return [];
    const absorbed = this.#absorbed(node);
    const output = absorbed ? absorbed.output : node.output;
    const before: NodeProto[] = [];
    const input = node.input.map((name) => this.#read(node, name, before));
    if (this.#plan.weighted.has(node)) input.splice(1, 2, ...this.#weights(node, before));
    return [...before, { ...node, input, output }];
  }

  /** The rectifier that the stored range does the work of. */
  #absorbed(node: NodeProto): NodeProto | undefined {
    const rectifier = rectifierOf(node, this.#index);
    const [name = ''] = rectifier?.output ?? [];
    if (!this.#scheme.unsigned || !this.#plan.tensors.has(name)) return undefined;
    return this.#index.outputs.has(name) || this.#scale(name).zero !== 0 ? undefined : rectifier;
  }

  #scale(name: string): Scale {
    const producer = this.#index.producers.get(name);
    const [source = ''] = producer?.input ?? [];
    // The largest of stored values is one of them: both sides share a scale.
    if (producer?.opType === 'MaxPool' && this.#plan.tensors.has(source))
      return this.#scale(source);
    return this.#scheme.scale(this.#observed(name));
  }

  #observed(name: string): Observed {
    const observed = this.#observations[name];
    if (!observed) throw new RangeError(`there is no range of ${name}`);
    return observed;
  }

  #read(node: NodeProto, name: string, before: NodeProto[]): string {
    if (!this.#plan.tensors.has(name) || !this.#plan.reads(node, name)) return name;
    const parameters = [`${name}/scale`, `${name}/zero`];
    if (!this.#stored.has(name)) {
      this.#stored.add(name);
      const { scale, zero } = this.#scale(name);
      const zeros = this.#scheme.unsigned ? Uint8Array.of(zero) : Int8Array.of(zero);
      this.made.push(makeTensor(`${name}/scale`, [], Float32Array.of(scale)));
      this.made.push(makeTensor(`${name}/zero`, [], zeros));
      const ends = { input: [name, ...parameters], output: [`${name}/stored`] };
      before.push(makeNode('QuantizeLinear', ends));
    }
    const copy = `${name}/read${this.#copies++}`;
    const ends = { input: [`${name}/stored`, ...parameters], output: [copy] };
    before.push(makeNode('DequantizeLinear', ends));
    return copy;
  }

  /** Names of the weights and the bias, as the node reads them. */
  #weights(node: NodeProto, before: NodeProto[]): string[] {
    const [image = ''] = node.input;
    const { weights, dims, bias } = readParameters(node, this.#index);
    const inputScale = this.#scale(image).scale;
    const { values, scales } = quantiseWeights(weights, { bias, inputScale });
    const after = restoreWeights({ values, scales });
    const inputMeans = this.#observed(image).means;
    const shift = meanShift({ dims, before: weights, after, inputMeans });
    const corrected = bias.map((value, at) => value - shift[at]!);
    // Two nodes may share weights and read them at different scales.
    const [output = ''] = node.output;
    const stored = { dims, values, scales, zeros: new Int8Array(scales.length) };
    const products = scales.map((scale) => scale * inputScale);
    return [
      this.#constant(`${output}/weight`, stored, before),
      this.#bias(`${output}/bias`, corrected, products, before),
    ];
  }

  /** In float32, or in units of the input's scale times the channel's. */
  #bias(name: string, bias: Float32Array, units: Float32Array, before: NodeProto[]): string {
    const dims = [bias.length];
    if (this.#scheme.wholeBias) {
      const values = Int32Array.from(bias, (value, at) => Math.round(value / units[at]!));
      const zeros = new Int32Array(bias.length);
      return this.#constant(name, { dims, values, scales: units, zeros }, before);
    }
    this.made.push(makeTensor(name, dims, bias));
    return name;
  }

  #constant(name: string, stored: StoredConstant, before: NodeProto[]): string {
    const { dims, values, scales, zeros } = stored;
    const input = [name, `${name}/scale`, `${name}/zero`];
    this.made.push(makeTensor(name, dims, values));
    this.made.push(makeTensor(`${name}/scale`, [scales.length], scales));
    this.made.push(makeTensor(`${name}/zero`, [zeros.length], zeros));
    const ends = { input, output: [`${name}/read`] };
    before.push(makeNode('DequantizeLinear', ends, { axis: 0 }));
    return `${name}/read`;
  }
}

interface StoredConstant {
  dims: number[];
  values: Int8Array | Int32Array;
  scales: Float32Array;
  zeros: Int8Array | Int32Array;
}
