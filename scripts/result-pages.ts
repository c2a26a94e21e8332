// Renders one document of every case as DCMTK's dsr2html shows it, into docs/results/: `npm run docs:results`.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CasePage, casePages, pageName } from '../demo/report-page.ts';
import { manifestSchema } from '../models/manifest.ts';
import { writePart10 } from '../runtime/dicom/part10.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';

const root = join(import.meta.dirname, '..');
const bundle = join(root, 'models', 'bundles', 'chest-demo', '1.0.0', 'manifest.json');
const pages = join(root, 'docs', 'results');

function render({ object }: CasePage, folder: string): string {
  const [file, page] = [join(folder, 'document.dcm'), join(folder, 'document.html')];
  const meta = { ...object, transferSyntaxUid: explicitVrLittleEndian };
  writeFileSync(file, writePart10(meta, object.dataSet));
  execFileSync('dsr2html', ['--quiet', file, page]);
  return readFileSync(page, 'utf8');
}

const folder = mkdtempSync(join(tmpdir(), 'scanside-results-'));
try {
  mkdirSync(pages, { recursive: true });
  const cases = casePages(manifestSchema.parse(JSON.parse(readFileSync(bundle, 'utf8'))));
  for (const each of cases) writeFileSync(join(pages, pageName(each)), render(each, folder));
  console.log(`docs:results: ${cases.length} pages`);
} finally {
  rmSync(folder, { recursive: true });
}
