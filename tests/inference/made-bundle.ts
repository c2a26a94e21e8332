import fs from 'node:fs';
import { join } from 'node:path';
import { packCommand } from '../../cli/model-pack.ts';
import type { PhantomInstance } from '../../demo/phantom-study.ts';
import type { Manifest } from '../../models/manifest.ts';
import { makeFloatValue, makeModel, makeNode } from '../../models/onnx/graph-parts.ts';
import { encodeModel } from '../../models/onnx/model-file.ts';
import { makeTensor } from '../../models/onnx/tensor.ts';
import { chestDemo } from '../../models/training/chest-demo.ts';
import { writePart10 } from '../../runtime/dicom/part10.ts';

type Input = Manifest['network']['input'];

/** The one convolution of a network whose every number can be worked out by hand. */
export interface Kernel {
  /** Rows and columns; odd, or those of the whole input. */
  size: [rows: number, columns: number];
  /** Plane by plane, row by row. */
  weights: readonly number[];
  bias?: number;
  /** Whether the map is as large as the input; otherwise the kernel stays within it. */
  padded?: boolean;
  mask?: MaskHead;
}

/** A mask of what is brighter than `level` in the middle plane: `gain` × (mean of a field − level) is its logit. */
export interface MaskHead {
  /** Pixels of the input to the side of a field. */
  field: number;
  level: number;
  gain: number;
}

function makeMask(slices: number, { field, level, gain }: MaskHead) {
  const weights = new Float32Array(slices * field * field);
  const middle = Math.floor(slices / 2) * field * field;
  weights.fill(gain / field / field, middle, middle + field * field);
  return {
    node: makeNode(
      'Conv',
      { input: ['image', 'mask-weights', 'mask-bias'], output: ['mask'] },
      { kernel_shape: [field, field], strides: [field, field], pads: [0, 0, 0, 0] },
    ),
    initializer: [
      makeTensor('mask-weights', [1, slices, field, field], weights),
      makeTensor('mask-bias', [1], Float32Array.of(-gain * level)),
    ],
    output: makeFloatValue('mask', ['batch', 1, 'd', 'e']),
  };
}

/**
 * A graph with one head: `cam` is the input convolved with the kernel, `logits` its mean, and `embedding` the same
 * number again; with a mask where one is asked for.
 */
export function makeProbe(
  { kind, slices, rows, columns }: Input,
  { size, weights, bias = 0, padded = false, mask: head }: Kernel,
): Uint8Array {
  const mask = head && makeMask(slices, head);
  const volume = kind === 'volume';
  const shape = volume ? [1, slices, rows, columns] : [slices, rows, columns];
  const kernel = volume ? [slices, ...size] : size;
  const margin = padded ? size.map((side) => (side - 1) / 2) : [0, 0];
  const pads = volume ? [0, ...margin, 0, ...margin] : [...margin, ...margin];
  const axes = volume ? [2, 3, 4] : [2, 3];
  const map = ['a', 'b', 'c'].slice(0, axes.length);
  return encodeModel(
    makeModel({
      name: 'probe',
      node: [
        makeNode(
          'Conv',
          { input: ['image', 'weights', 'bias'], output: ['cam'] },
          { kernel_shape: kernel, strides: kernel.map(() => 1), pads },
        ),
        makeNode('ReduceMean', { input: ['cam'], output: ['logits'] }, { axes, keepdims: 0 }),
        makeNode('Identity', { input: ['logits'], output: ['embedding'] }),
        ...(mask ? [mask.node] : []),
      ],
      initializer: [
        makeTensor(
          'weights',
          volume ? [1, 1, ...kernel] : [1, slices, ...kernel],
          Float32Array.from(weights),
        ),
        makeTensor('bias', [1], Float32Array.of(bias)),
        ...(mask?.initializer ?? []),
      ],
      input: [makeFloatValue('image', ['batch', ...shape])],
      output: [
        makeFloatValue('logits', ['batch', 1]),
        makeFloatValue('cam', ['batch', 1, ...map]),
        makeFloatValue('embedding', ['batch', 1]),
        ...(mask ? [mask.output] : []),
      ],
    }),
  );
}

export interface MadeBundle {
  input: Input;
  preprocess: Manifest['preprocess'];
  /** One a member. */
  kernels: readonly Kernel[];
  /** The images of the one golden case. */
  golden: readonly PhantomInstance[];
  change?: Partial<Omit<Manifest, 'files'>>;
  /** Declares the mask that the kernels have. */
  maskThreshold?: number;
  views?: Manifest['network']['views'];
}

/** Packs a bundle of such networks with the product's own command; the folder of what came out. */
export async function makeBundle(folder: string, made: MadeBundle): Promise<string> {
  const [draft, out] = [join(folder, 'draft'), join(folder, 'bundles')];
  fs.mkdirSync(draft, { recursive: true });
  const write = (name: string, content: string | Uint8Array) =>
    fs.writeFileSync(join(draft, name), content);
  for (const [at, kernel] of made.kernels.entries())
    write(`member-${at}.onnx`, makeProbe(made.input, kernel));
  const golden = made.golden.map((instance, at) => {
    write(`golden-${at}.dcm`, writePart10(instance, instance.dataSet));
    return `golden-${at}.dcm`;
  });
  write('golden.json', JSON.stringify({ tolerance: 0.005, cases: [{ files: golden }] }));
  const { domain: _, ...plain } = chestDemo;
  const network = {
    ...chestDemo.network,
    members: made.kernels.map((__, at) => ({ fp32: `member-${at}.onnx` })),
    input: made.input,
    views: made.views ?? [],
    ...(made.maskThreshold !== undefined && {
      outputs: { ...chestDemo.network.outputs, mask: 'mask' },
      maskThreshold: made.maskThreshold,
    }),
  };
  const [first] = chestDemo.findings;
  const manifest = {
    ...plain,
    findings: [first],
    network,
    preprocess: made.preprocess,
    ...made.change,
  };
  write('draft.json', JSON.stringify(manifest));
  const said: string[] = [];
  const io = { out: () => undefined, error: (text: string) => void said.push(text) };
  const code = await packCommand.run(['--draft', draft, '--out', out, '--replace'], io);
  if (code !== 0) throw new Error(said.join('\n'));
  const { name, version } = made.change?.identity ?? chestDemo.identity;
  return join(out, name, version);
}
