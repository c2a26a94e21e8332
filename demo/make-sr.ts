import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ScansideError } from '../device/errors.ts';
import { disk } from '../device/files.ts';
import { type Manifest, manifestSchema } from '../models/manifest.ts';
import { writePart10 } from '../runtime/dicom/part10.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { buildReport } from '../runtime/report/report.ts';
import { checkReport } from '../runtime/report/rules.ts';
import { type ReportSample, reportSamples } from './report-sample.ts';

const usage = `Usage: npm run make:sr -- --out DIR [--count N]

Writes N structured reports (by default 60) into the folder DIR, which is made if need be. They go round every
combination of how a study can end, the character set of its images, and CR, DX and CT, with 1 to 300 images; a set of
1000 has them all. The same N gives the same files.`;

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

/** Returns what the sample is a case of. */
function writeSample({ outcome, modality, characterSet, request }: ReportSample, path: string) {
  const report = buildReport(request);
  for (const { id, what, where } of checkReport(report.dataSet, request))
    throw new ScansideError('INTERNAL', `${path} breaks the rule ${id} at ${where}: ${what}`);
  const meta = { ...report, transferSyntaxUid: explicitVrLittleEndian };
  disk.replace(path, writePart10(meta, report.dataSet));
  return `${outcome}, ${modality}, ${characterSet || 'ASCII'}`;
}

function writeSamples({ count, out }: Options): void {
  disk.makeFolder(out);
  const strata = reportSamples(shippedManifest(), count).map((sample, index) =>
    writeSample(sample, join(out, `sr-${String(index + 1).padStart(4, '0')}.dcm`)),
  );
  for (const [stratum, files] of Map.groupBy(strata, (each) => each))
    console.log(`${stratum}: ${files.length}`);
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
