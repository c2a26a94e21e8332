import fs from 'node:fs';
import { join } from 'node:path';
import { makeNode } from '../../models/onnx/graph-parts.ts';
import { makeTensor } from '../../models/onnx/tensor.ts';
import { shippedFolder } from './bundle-copy.ts';
import {
  type AnyManifest,
  type Change,
  file,
  golden,
  graph,
  type HostileBundle,
  manifest,
} from './bundle-change.ts';

const unknownKeys = [
  [],
  ['show'],
  ['applies'],
  ['preprocess', 0],
  ['network'],
  ['network', 'input'],
  ['findings', 0],
  ['findings', 0, 'performance', 'sensitivity'],
  ['aggregation'],
  ['domain'],
  ['limits'],
  ['files', 'model.onnx'],
].map((path): HostileBundle => {
  const open = (all: AnyManifest) => path.reduce((inner, key) => inner[key], all);
  return {
    name: `a key that nobody knows in ${path.join('.') || 'the manifest'}`,
    change: manifest((all) => (open(all).threshhold = 0.1)),
    rule: 'manifest-schema',
  };
});

const cutAt = (share: number) =>
  file('reference.bin', (bytes) => bytes.subarray(0, share * bytes.length));

const weights = (value: number) =>
  graph((inner) => inner.initializer.push(makeTensor('more', [1], Float32Array.of(value))));

const link =
  (target: string): Change =>
  (folder) => {
    fs.rmSync(join(folder, 'card.md'));
    fs.symlinkSync(target, join(folder, 'card.md'));
  };

const inManifest: HostileBundle[] = [
  ...unknownKeys,
  {
    name: 'a name that climbs out',
    change: manifest(({ files }) => (files['../model.onnx'] = files['model.onnx'])),
    rule: 'manifest-schema',
  },
  {
    name: 'an absolute name',
    change: manifest(({ files }) => (files['/etc/hostname'] = files['card.md'])),
    rule: 'manifest-schema',
  },
  {
    name: 'the folder above as a file',
    change: manifest(({ files }) => (files['..'] = files['card.md'])),
    rule: 'plain-file',
  },
  {
    name: 'a reference that climbs out',
    change: manifest(({ domain }) => (domain.file = '../../reference.bin')),
    rule: 'manifest-schema',
  },
  {
    name: 'a graph that climbs out',
    change: manifest(({ network }) => (network.members[0].fp32 = '../model.onnx')),
    rule: 'manifest-schema',
  },
  {
    name: 'a prototype for a name',
    change: (folder) => {
      const path = join(folder, 'manifest.json');
      const text = fs.readFileSync(path, 'utf8');
      fs.writeFileSync(path, text.replace('{', '{"__proto__":{"schema":2},'));
    },
    rule: 'manifest-schema',
  },
  {
    name: 'brackets half a million deep',
    change: (folder) => fs.writeFileSync(join(folder, 'manifest.json'), '['.repeat(500_000)),
    rule: 'manifest-json',
  },
  {
    name: 'an object fifty thousand deep where a key belongs',
    change: (folder) => {
      const path = join(folder, 'manifest.json');
      const bomb = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
      fs.writeFileSync(
        path,
        fs.readFileSync(path, 'utf8').replace('"aggregation"', `"bomb":${bomb},"aggregation"`),
      );
    },
    rule: 'manifest-schema',
  },
  {
    name: 'a manifest larger than a megabyte',
    change: (folder) => fs.appendFileSync(join(folder, 'manifest.json'), ' '.repeat(1 << 20)),
    rule: 'file-size',
  },
  {
    name: 'an interval that its counts do not give',
    change: manifest(({ findings }) => (findings[0].performance.sensitivity.low += 0.01)),
    rule: 'performance-interval',
  },
  {
    name: 'more hits than cases',
    change: manifest(({ findings }) => (findings[1].performance.specificity.count = 9999)),
    rule: 'performance-interval',
  },
  {
    name: 'no graph for the variant that is to run',
    change: manifest(({ network }) => (network.runs.cpu = 'int8.cpu')),
    rule: 'variant-present',
  },
  {
    name: 'a graph that is not among its files',
    change: manifest(({ files }) => delete files['model.onnx']),
    rule: 'network-listed',
  },
  {
    name: 'a crop after the size is right',
    change: manifest(({ preprocess }) => preprocess.push({ step: 'crop', fraction: 0.5 })),
    rule: 'preprocess-size',
  },
];

const inFiles: HostileBundle[] = [
  {
    name: 'one changed bit',
    change: (folder) => {
      const path = join(folder, 'model.onnx');
      const bytes = fs.readFileSync(path);
      bytes[bytes.length >> 1]! ^= 1;
      fs.writeFileSync(path, bytes);
    },
    rule: 'file-hash',
  },
  {
    name: 'a hash of something else',
    change: manifest(({ files }) => (files['card.md'].sha256 = '0'.repeat(64))),
    rule: 'file-hash',
  },
  {
    name: 'a file that has grown',
    change: (folder) => fs.appendFileSync(join(folder, 'card.md'), 'x'),
    rule: 'file-size',
  },
  {
    name: 'a file of a gigabyte, most of it a hole',
    change: (folder) => {
      fs.truncateSync(join(folder, 'card.md'), 1 << 30);
      manifest(({ files }) => (files['card.md'].size = 1 << 30))(folder);
    },
    rule: 'file-size',
  },
  {
    name: 'a link to a file of the system',
    change: link('/etc/hostname'),
    rule: 'plain-file',
  },
  {
    name: 'a link to the right bytes',
    change: link(join(shippedFolder, 'card.md')),
    rule: 'plain-file',
  },
  {
    name: 'a folder in place of a file',
    change: (folder) => {
      fs.rmSync(join(folder, 'card.md'));
      fs.mkdirSync(join(folder, 'card.md'));
    },
    rule: 'plain-file',
  },
  {
    name: 'a file too many',
    change: (folder) => fs.writeFileSync(join(folder, 'more.so'), 'x'),
    rule: 'file-unlisted',
  },
  {
    name: 'a second graph that nothing names',
    change: (folder) =>
      file('second.onnx', () => fs.readFileSync(join(folder, 'model.onnx')))(folder),
    rule: 'graph-declared',
  },
];

const inGraph: HostileBundle[] = [
  {
    name: 'weights in a file elsewhere',
    change: graph(({ initializer }) =>
      initializer[0]!.externalData.push({ key: 'location', value: '../../../etc/passwd' }),
    ),
    rule: 'external-data',
  },
  {
    name: 'an operator of its own',
    change: graph(({ node }, { opsetImport }) => {
      opsetImport.push({ domain: 'com.example.native', version: 1n });
      node[0]!.domain = 'com.example.native';
    }),
    rule: 'domain',
  },
  ...['If', 'Loop', 'Scan'].map((opType) => ({
    name: `the operator ${opType}`,
    change: graph(({ node }) =>
      node.push(makeNode(opType, { input: ['image'], output: ['looped'] })),
    ),
    rule: 'control-flow',
  })),
  { name: 'a weight that is no number', change: weights(NaN), rule: 'not-finite' },
  { name: 'an infinite weight', change: weights(-Infinity), rule: 'not-finite' },
  {
    name: 'a tensor that declares more than it holds',
    change: graph(({ initializer }) => (initializer[0]!.dims = [1n << 40n])),
    rule: 'tensor-size',
  },
  {
    name: 'more parameters than the device takes',
    change: graph(({ initializer }) =>
      initializer.push(makeTensor('vast', [(128 << 20) + 1], new Int8Array((128 << 20) + 1))),
    ),
    rule: 'parameter-count',
  },
  {
    name: 'an input of another name',
    change: graph((inner) => {
      inner.input[0]!.name = 'picture';
      for (const { input } of inner.node)
        for (const [at, name] of input.entries()) if (name === 'image') input[at] = 'picture';
    }),
    rule: 'input',
  },
  {
    name: 'an input of another shape',
    change: graph(({ input }) => {
      input[0]!.type!.tensorType!.shape!.dim[2] = { dimValue: 128n };
    }),
    rule: 'input',
  },
  {
    name: 'an input of whole numbers',
    change: graph(({ input }) => {
      input[0]!.type!.tensorType!.elemType = 7;
    }),
    rule: 'value-type',
  },
  {
    name: 'a map of another rank',
    change: graph(({ output }) => {
      output.find(({ name }) => name === 'cam')!.type!.tensorType!.shape!.dim.pop();
    }),
    rule: 'output',
  },
  {
    name: 'an output less',
    change: graph((inner) => (inner.output = inner.output.slice(0, 2))),
    rule: 'output',
  },
  {
    name: 'something that is no graph',
    change: file('model.onnx', () => Buffer.from('MZ\x90\0'.repeat(1000), 'latin1')),
    rule: 'not-onnx',
  },
];

const inEvidence: HostileBundle[] = [
  {
    name: 'a golden answer that the network does not give',
    change: golden(({ cases }) => (cases[1].probabilities.nodule = 0.5)),
    rule: 'golden-answer',
  },
  {
    name: 'a golden answer less',
    change: golden(({ cases }) => delete cases[1].probabilities.nodule),
    rule: 'golden-answer',
  },
  {
    name: 'a golden picture that one step makes otherwise',
    change: golden(({ cases }) => (cases[0].steps[2] = '0'.repeat(64))),
    rule: 'golden-steps',
  },
  {
    name: 'a golden picture that is turned round',
    change: file('golden-9003.dcm', (bytes) => {
      const size = 224 * 224 * 2;
      return Buffer.concat([bytes.subarray(0, -size), bytes.subarray(-size).toReversed()]);
    }),
    rule: 'golden-steps',
  },
  {
    name: 'a golden file that is no DICOM',
    change: file('golden-9003.dcm', () => Buffer.from('nothing')),
    rule: 'golden-image',
  },
  {
    name: 'golden cases ten million brackets deep',
    change: file('golden.json', () => Buffer.from('['.repeat(10_000_000))),
    rule: 'golden-schema',
  },
  { name: 'no golden case', change: golden((all) => (all.cases = [])), rule: 'golden-schema' },
  { name: 'a reference cut in its header', change: cutAt(0.0005), rule: 'domain-reference' },
  { name: 'a reference cut in its values', change: cutAt(0.9), rule: 'domain-reference' },
  {
    name: 'a reference with a value that is no number',
    change: file('reference.bin', (bytes) => {
      bytes.writeDoubleLE(NaN, bytes.length - 8);
      return bytes;
    }),
    rule: 'domain-reference',
  },
  {
    name: 'a reference without the embedding that the network has',
    change: file('reference.bin', withoutEmbedding),
    rule: 'domain-embedding',
  },
];

/** The reference as it would be of a network that gives no embedding: its own would not be looked at. */
function withoutEmbedding(bytes: Buffer): Uint8Array {
  const at = bytes.indexOf('}}', 11) + 2;
  const head = JSON.parse(bytes.toString('utf8', 11, at));
  const size = head.embedding.dimensions;
  head.embedding.dimensions = 0;
  const json = Buffer.from(JSON.stringify(head));
  const start = Buffer.from(bytes.subarray(0, 11));
  start.writeUInt32LE(json.length, 7);
  const lost = 8 * (2 * size + (size * (size + 1)) / 2);
  return Buffer.concat([start, json, bytes.subarray(at, bytes.length - lost)]);
}

/** Each is the shipped bundle but for one thing. */
export const hostileBundles: HostileBundle[] = [
  ...inManifest,
  ...inFiles,
  ...inGraph,
  ...inEvidence,
];
