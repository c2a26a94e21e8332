// Renders one report of every case as DCMTK's dsr2html shows it, into docs/results/: `npm run docs:results`.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reportCases } from '../demo/report-case.ts';
import { reportSample } from '../demo/report-sample.ts';
import { manifestSchema } from '../models/manifest.ts';
import { writePart10 } from '../runtime/dicom/part10.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { buildReport } from '../runtime/report/report.ts';

const root = join(import.meta.dirname, '..');
const bundle = join(root, 'models', 'bundles', 'chest-demo', '1.0.0', 'manifest.json');
const pages = join(root, 'docs', 'results');

/** The page of a case: of one X-ray image, of a patient whose name is in Latin 1. */
function render(outcome: string, folder: string): string {
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(bundle, 'utf8')));
  const stratum = { outcome, modality: 'CR', characterSet: 'ISO_IR 100' };
  const report = buildReport(reportSample(manifest, stratum, 2).request);
  const [file, page] = [join(folder, 'report.dcm'), join(folder, 'report.html')];
  writeFileSync(
    file,
    writePart10({ ...report, transferSyntaxUid: explicitVrLittleEndian }, report.dataSet),
  );
  execFileSync('dsr2html', ['--quiet', file, page]);
  return readFileSync(page, 'utf8');
}

function pageName(outcome: string): string {
  return `${outcome.replaceAll(' ', '-')}.html`;
}

const folder = mkdtempSync(join(tmpdir(), 'scanside-results-'));
try {
  mkdirSync(pages, { recursive: true });
  for (const outcome of Object.keys(reportCases))
    writeFileSync(join(pages, pageName(outcome)), render(outcome, folder));
  console.log(`docs:results: ${Object.keys(reportCases).length} pages`);
} finally {
  rmSync(folder, { recursive: true });
}
