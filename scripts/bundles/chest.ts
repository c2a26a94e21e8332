// Makes a chest bundle of trained and quantised members: domain, operating point and figures from the validation part.
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { disk } from '../../device/files.ts';
import { packCommand } from '../../cli/model-pack.ts';
import { loadBundle } from '../../models/bundle.ts';
import { toProportion } from '../../models/figure.ts';
import type { Finding } from '../../models/finding.ts';
import type { Manifest } from '../../models/manifest.ts';
import { wrapJpeg } from '../../runtime/dicom/image-writer.ts';
import { calibrate, scoreValidation } from './calibration.ts';
import { chestManifest, finding, type Population } from './chest-manifest.ts';
import { domainImages } from './domain-images.ts';

const usage = `Usage: node scripts/launch.mjs scripts/bundles/chest.ts --population child|adult --trained FOLDER --dataset FOLDER --out FOLDER

  --trained FOLDER   member-N.onnx and int8/member-N.int8.{cpu,trt}.onnx
  --dataset FOLDER   the data set with its parts train and validation (scanside dataset import, split)
  --texts FOLDER     card.md and LICENSE
  --golden FILES     synthetic radiographs as JPEG, comma-separated
  --out FOLDER       where bundles are kept
`;

type Members = Manifest['network']['members'];
type Measured = Pick<Finding, 'temperature' | 'threshold' | 'conformal' | 'performance'>;

/** Stands in until the networks have been asked. */
const unmeasured: Measured = {
  temperature: 1,
  threshold: 0.5,
  performance: {
    dataset: 'not measured yet',
    chosenFor: 'not chosen yet',
    auc: { value: 0.5, low: 0, high: 1 },
    sensitivity: toProportion(0, 1),
    specificity: toProportion(0, 1),
  },
};

const string = { type: 'string' } as const;
const { population, trained, dataset, texts, golden, out } = parseArgs({
  options: {
    population: string,
    trained: string,
    dataset: string,
    texts: string,
    golden: string,
    out: string,
  },
}).values;

interface Request {
  population: Population;
  trained: string;
  dataset: string;
  texts: string;
  golden: string[];
  out: string;
}

type Quantised = 'int8.cpu' | 'int8.trt';

/** A member's quantised graph, where `model quantize` has let it pass. */
function quantised(trained: string, stem: string, variant: Quantised): string {
  return join(trained, 'int8', stem, `model.${variant}.onnx`);
}

/** A kind of graph is taken only where every member has it: half an ensemble is another model. */
function writeMembers({ trained }: Request, draft: string): Members {
  const stems = readdirSync(trained)
    .filter((name) => /^member-\d+\.onnx$/.test(name))
    .sort()
    .map((name) => name.replace('.onnx', ''));
  const variants = (['int8.cpu', 'int8.trt'] as const).filter((variant) =>
    stems.every((stem) => existsSync(quantised(trained, stem, variant))),
  );
  return stems.map((stem) => {
    copyFileSync(join(trained, `${stem}.onnx`), join(draft, `${stem}.fp32.onnx`));
    for (const variant of variants)
      copyFileSync(quantised(trained, stem, variant), join(draft, `${stem}.${variant}.onnx`));
    const graphs = variants.map((variant) => [variant, `${stem}.${variant}.onnx`]);
    return { fp32: `${stem}.fp32.onnx`, ...Object.fromEntries(graphs) };
  });
}

function writeGolden({ golden, population }: Request, draft: string): void {
  const cases = golden.map((path, at) => {
    const name = `golden-${at + 1}.dcm`;
    const facts = {
      source: 'synthetic',
      patient: 'GOLDEN',
      view: 'AP',
      burnedInAnnotation: 'NO',
    } as const;
    const ageYears = population === 'child' ? 3 : 50;
    writeFileSync(join(draft, name), wrapJpeg(disk.readBytes(path), { ...facts, ageYears }).file);
    return { files: [name] };
  });
  writeFileSync(join(draft, 'golden.json'), JSON.stringify({ tolerance: 0.05, cases }));
}

function writeDraft(request: Request, draft: string, measured: Measured, cases: number): void {
  const manifest = chestManifest(request.population, writeMembers(request, draft), measured, cases);
  writeFileSync(join(draft, 'draft.json'), JSON.stringify(manifest));
  for (const name of ['card.md', 'LICENSE']) {
    const path = join(request.texts, name);
    writeFileSync(join(draft, name), existsSync(path) ? disk.readBytes(path) : '');
  }
  writeGolden(request, draft);
}

async function pack(draft: string, out: string, more: string[]): Promise<void> {
  const io = { out: console.log, error: console.error };
  const status = await packCommand.run(['--draft', draft, '--out', out, '--replace', ...more], io);
  if (status !== 0) process.exit(status);
}

/** Once to learn the domain and to ask the networks, and once more with what they have answered. */
async function make(request: Request): Promise<void> {
  const work = join(tmpdir(), `chest-${request.population}-${process.pid}`);
  const [draft, first] = [join(work, 'draft'), join(work, 'first')];
  mkdirSync(draft, { recursive: true });
  writeDraft(request, draft, unmeasured, 1);
  const { dataset, population } = request;
  const images = domainImages(population, dataset, work);
  await pack(
    draft,
    first,
    Object.entries(images).flatMap(([option, selection]) => [`--${option}`, selection]),
  );
  const folder = join(first, `chest-${request.population}`, '1.0.0');
  const { manifest } = loadBundle(folder, disk);
  const cases = await scoreValidation(folder, dataset, finding.id);
  const performance = calibrate(cases, {
    sensitivity: 0.9,
    alpha: 0.05,
    dataset: `patient-level validation part, ${cases.length} images of ${new Set(cases.map(({ patient }) => patient)).size} patients`,
  });
  writeDraft(request, draft, performance, cases.length);
  const learnt = [manifest.domain?.file, manifest.drift?.file].filter((file) => file !== undefined);
  for (const file of learnt) copyFileSync(join(folder, file), join(draft, file));
  const whole = JSON.parse(disk.readText(join(draft, 'draft.json')));
  whole.domain = manifest.domain;
  whole.drift = manifest.drift;
  writeFileSync(join(draft, 'draft.json'), JSON.stringify(whole));
  await pack(draft, request.out, []);
  rmSync(work, { recursive: true });
  console.log(JSON.stringify(performance, null, 2));
}

if (
  (population === 'child' || population === 'adult') &&
  trained &&
  dataset &&
  texts &&
  golden &&
  out
)
  await make({ population, trained, dataset, texts, golden: golden.split(','), out });
else {
  process.stderr.write(usage);
  process.exitCode = 2;
}
