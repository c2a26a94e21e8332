// Writes preprocessed phantoms and their labels as raw little-endian float32, for train.py.
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { disk, type Files } from '../../device/files.ts';
import { phantomFindings } from '../phantom/finding.ts';
import { type PhantomRequest, renderPhantom } from '../phantom/phantom.ts';
import { storePhantom } from '../phantom/stored-phantom.ts';
import { preprocess } from '../preprocess.ts';
import { chestDemo } from './chest-demo.ts';

const usage = `Usage: make-data.ts --out FOLDER --name NAME --first SEED --count N
       make-data.ts --out FOLDER --golden
Writes FOLDER/NAME.images.f32 (N x rows x columns) and FOLDER/NAME.labels.f32 (N x findings). With --golden, the same
for the golden cases, and FOLDER/golden.json that says which phantoms they are.
`;

/** Sides of the rendered images: a detector's images vary in size, and each is reduced as in service. */
const sides = [160, 192, 256] as const;

/** One of each finding, none and all, at a size between those of the training images. */
const goldenCases: Required<PhantomRequest>[] = [
  { seed: 9003, size: 224, findings: [] },
  { seed: 9004, size: 224, findings: ['pneumothorax'] },
  { seed: 9006, size: 224, findings: ['pleural-effusion'] },
  { seed: 9007, size: 224, findings: ['nodule'] },
  { seed: 9008, size: 224, findings: phantomFindings },
];

function makeCase(request: PhantomRequest): { image: Float32Array; labels: number[] } {
  const phantom = renderPhantom(request);
  return {
    image: preprocess(storePhantom(phantom), chestDemo.preprocess).values,
    labels: phantomFindings.map((finding) => Number(phantom.labels[finding])),
  };
}

function makeData(files: Files, out: string, name: string, requests: PhantomRequest[]): void {
  const cases = requests.map(makeCase);
  const labels = Float32Array.from(cases.flatMap((made) => made.labels));
  const images = cases.map(({ image }) => Buffer.from(image.buffer));
  files.makeFolder(out);
  files.replace(join(out, `${name}.images.f32`), Buffer.concat(images));
  files.replace(join(out, `${name}.labels.f32`), Buffer.from(labels.buffer));
}

function drawSeries(first: number, count: number): PhantomRequest[] {
  return Array.from({ length: count }, (_, at) => {
    const seed = first + at;
    return { seed, size: sides[seed % sides.length] ?? sides[0] };
  });
}

/** Exit status: 0, or 2 for wrong arguments. */
function run(files: Files): number {
  const string = { type: 'string' } as const;
  const options = { out: string, name: string, first: string, count: string };
  const { values } = parseArgs({ options: { ...options, golden: { type: 'boolean' } } });
  const { out, name, first, count, golden } = values;
  if (out && golden) {
    makeData(files, out, 'golden', goldenCases);
    files.replace(join(out, 'golden.json'), JSON.stringify(goldenCases));
  } else if (out && name && first && count) {
    makeData(files, out, name, drawSeries(Number(first), Number(count)));
  } else {
    process.stderr.write(usage);
    return 2;
  }
  return 0;
}

process.exitCode = run(disk);
