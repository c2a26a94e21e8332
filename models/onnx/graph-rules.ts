import type { GraphProto, NodeProto } from './proto.ts';
import { quote } from './quote.ts';

/** Every value has one name, made once. */
export function duplicateName({ input, initializer, node }: GraphProto): string | undefined {
  const made = [...input, ...initializer].map(({ name }) => name ?? '');
  const outputs = node.flatMap(({ output }) => output.filter(Boolean));
  const seen = new Set<string>();
  for (const name of [...made, ...outputs]) {
    if (name === '' || seen.has(name)) return `names must differ and not be empty: ${quote(name)}`;
    seen.add(name);
  }
  return undefined;
}

/** Whatever is read has been made before. ONNX IR, "Graphs": nodes are sorted topologically. */
export function danglingName(graph: GraphProto): string | undefined {
  const made = new Set([...graph.input, ...graph.initializer].map(({ name }) => name ?? ''));
  for (const { input, output } of graph.node) {
    const missing = input.find((name) => name !== '' && !made.has(name));
    if (missing !== undefined) return `nothing has made ${quote(missing)} before it is read`;
    for (const name of output) made.add(name);
  }
  const missing = graph.output.find(({ name = '' }) => name === '' || !made.has(name));
  return missing && `nothing makes the output ${quote(missing.name)}`;
}

/** Attributes that say how far an operator reaches. */
const reaches = new Set([
  'kernel_shape',
  'pads',
  'strides',
  'dilations',
  'output_padding',
  'output_shape',
]);

const longestReach = 4096n;

/** No kernel, step or margin is larger than an image. */
export function reachViolation({ attribute, opType }: NodeProto): string | undefined {
  const far = attribute.find(
    ({ name = '', ints }) =>
      reaches.has(name) && ints.some((value) => value > longestReach || value < -longestReach),
  );
  return far && `${far.name} of ${quote(opType)} must not be larger than ${longestReach}`;
}
