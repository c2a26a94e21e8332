import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { reportCases } from '../demo/report-case.ts';
import { reportSample } from '../demo/report-sample.ts';
import { writePart10 } from '../runtime/dicom/part10.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { buildReport } from '../runtime/report/report.ts';
import { sampleManifest } from './fixtures/manifest.ts';
import { describeWith } from './outside.ts';

const flagged = ['with findings', 'Present', 'ACR Category'];
const always = ['Jaña O&#39;Müller', 'NOT FOR PRIMARY DIAGNOSIS', 'UNVERIFIED'];
const silent = ['No algorithms succeeded', 'Presence Undetermined', 'is not a negative result'];

/** What a clinician has to read on the page of each case. */
const words: Record<string, string[]> = {
  finding: [...flagged, '80.60', 'ACR Category 1'],
  'no finding': [
    'All algorithms succeeded; without findings',
    'Absent',
    'is not a negative result',
  ],
  'finding of a lower tier': [...flagged, 'ACR Category 2'],
  'finding with a spread': [...flagged, 'Standard Deviation', '3.40'],
  'grey zone': ['Presence Undetermined', 'Significance Undetermined', '49.60', 'COMPLETE'],
  'members that disagree': ['Presence Undetermined', 'Significance Undetermined', '20.00'],
  'rejected for quality': [...silent, 'image quality', 'Not Attempted', 'PARTIAL'],
  'rejected for positioning': [...silent, 'Quality Issue', 'Positioning'],
  'outside the validated domain': [...silent, 'unlike those the model was validated on'],
  timeout: [...silent, 'took too long', 'Failed'],
  'one of several models failed': [...silent, 'Second model', 'Failed'],
  'finding beside a missed image': ['Not all algorithms succeeded; with findings', '1 of 2'],
  'late slices': [...flagged, 'Predecessor Docs'],
  'newer model': [...flagged, 'Predecessor Docs', '2.0.0'],
  'no model applies': ['No algorithms succeeded', 'Scanside dispatcher', 'No model on this device'],
};

describeWith(['dsr2html'], 'reports as a reader shows them', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'scanside-pages-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each(Object.keys(reportCases))('say what the case is: %s', (outcome) => {
    const stratum = { outcome, modality: 'CR', characterSet: 'ISO_IR 100' };
    const report = buildReport(reportSample(sampleManifest, stratum, 2).request);
    const [file, page] = [join(folder, 'report.dcm'), join(folder, 'report.html')];
    const meta = { ...report, transferSyntaxUid: explicitVrLittleEndian };
    writeFileSync(file, writePart10(meta, report.dataSet));
    execFileSync('dsr2html', ['--quiet', file, page]);
    const html = readFileSync(page, 'utf8');
    const expected = [...(words[outcome] ?? ['a case without words']), ...always];
    expect(expected.filter((each) => !html.includes(each))).toEqual([]);
  });
});

it('every case has a page in docs/results', () => {
  const missing = Object.keys(reportCases).filter(
    (outcome) =>
      !existsSync(
        join(import.meta.dirname, '..', 'docs', 'results', `${outcome.replaceAll(' ', '-')}.html`),
      ),
  );
  expect(missing).toEqual([]);
});
