import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ScansideError } from '../device/errors.ts';
import { disk } from '../device/files.ts';
import { type Manifest, manifestSchema } from '../models/manifest.ts';
import { writePart10 } from '../runtime/dicom/part10.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { type SampleObject, sampleObjects } from './report-objects.ts';
import { type ReportSample, reportSamples } from './report-sample.ts';

const usage = `Usage: npm run make:sr -- --out DIR [--count N]

Writes the objects of N results (by default 60) into the folder DIR, which is made if need be. The results go round every
combination of how a study can end, the character set of its images, and CR, DX and CT, with 1 to 300 images; 1000 have
them all. The same N gives the same files, named by what they are and the number of their result:

  report-N              the structured report, of every result
  picture-N             of a finding: the same as a picture of its text, for where only images are kept
  key-objects-N         beside a finding on CT: its slices
  heatmap-N             beside a finding: where the model reacted, over the image
  presentation-state-N  beside a finding: a box and a name to lay over the image
  parametric-map-N      beside a finding on CT: the numbers behind the heatmap
  segmentation-N        beside a finding: the outline of what the model marked
  measurements-N        beside a finding: what it measured, by the segments of the segmentation
  boxes-N               beside a finding: the same by rectangles, for where no segmentation is sent

Each has passed our own rules.`;

const bundle = join(import.meta.dirname, '..', 'models', 'bundles', 'chest-demo', '1.0.0');

interface Options {
  help: boolean;
  count: number;
  out: string;
}

/** Throws a TypeError whose message tells the caller what to correct. */
function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      count: { type: 'string', default: '60' },
      out: { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  });
  const count = Number(values.count);
  if (!Number.isInteger(count) || count < 1 || count > 10_000)
    throw new TypeError(`--count must be a whole number from 1 to 10000, not "${values.count}".`);
  if (values.out === '' && !values.help) throw new TypeError('--out DIR is missing.');
  return { help: values.help, count, out: values.out };
}

function shippedManifest(): Manifest {
  return manifestSchema.parse(JSON.parse(disk.readText(join(bundle, 'manifest.json'))));
}

function writeObject({ kind, object, broken }: SampleObject, name: string, out: string): void {
  const path = join(out, `${kind}-${name}.dcm`);
  for (const { id, what, where } of broken)
    throw new ScansideError('INTERNAL', `${path} breaks the rule ${id} at ${where}: ${what}`);
  const meta = { ...object, transferSyntaxUid: explicitVrLittleEndian };
  disk.replace(path, writePart10(meta, object.dataSet));
}

/** Returns what the sample is a case of, and which kinds of objects it has. */
function writeSample(sample: ReportSample, name: string, out: string): string {
  const byKind = Map.groupBy(sampleObjects(sample), ({ kind }) => kind);
  for (const objects of byKind.values())
    for (const [at, object] of objects.entries())
      writeObject(object, at === 0 ? name : `${name}-${at + 1}`, out);
  const { outcome, modality, characterSet } = sample;
  return `${outcome}, ${modality}, ${characterSet || 'ASCII'} (${[...byKind.keys()].join(', ')})`;
}

function writeSamples({ count, out }: Options): void {
  disk.makeFolder(out);
  const strata = reportSamples(shippedManifest(), count).map((sample, index) =>
    writeSample(sample, String(index + 1).padStart(4, '0'), out),
  );
  for (const [stratum, results] of Map.groupBy(strata, (each) => each))
    console.log(`${stratum}: ${results.length}`);
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) console.log(usage);
  else writeSamples(options);
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  console.error(`${error.message}\nTry --help.`);
  process.exitCode = 2;
}
