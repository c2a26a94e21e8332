import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { casePages, pageName } from '../demo/report-page.ts';
import { writePart10 } from '../runtime/dicom/part10.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { sampleManifest } from './fixtures/manifest.ts';
import { describeWith } from './outside.ts';

const flagged = ['with findings', 'Present', 'ACR Category'];
const measured = ['Pneumothorax', 'Lung', 'Threshold Value', 'Demonstration model'];
const always = ['Jaña O&#39;Müller', 'NOT FOR PRIMARY DIAGNOSIS'];
const pages = casePages(sampleManifest);
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
  'flag withdrawn': [
    'with findings',
    'Presence Undetermined',
    'Not for Presentation',
    'Disagreement with prior findings',
    'Physician',
    'withdrawn by a radiologist',
    'Predecessor Docs',
    'is not a negative result',
  ],
  'flag withdrawn beside a missed image': ['Not for Presentation', '1 of 2', 'PARTIAL'],
  'finding after a withdrawn flag': [...flagged, 'had withdrawn the flag of an earlier result'],
  'CT box': [...measured, 'Bounded by', ' mm2', 'Long Axis'],
  'CT segmentation with measurements': [...measured, 'Referenced Segment', ' mm3'],
  'CT key objects': ['Of Interest', 'Slices on which the model raised its flag'],
  'X-ray box': [...measured, 'Bounded by', ' mm2'],
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

  it.each(pages)('say what the case is: $name', ({ name, object }) => {
    const [file, page] = [join(folder, 'document.dcm'), join(folder, 'document.html')];
    const meta = { ...object, transferSyntaxUid: explicitVrLittleEndian };
    writeFileSync(file, writePart10(meta, object.dataSet));
    execFileSync('dsr2html', ['--quiet', file, page]);
    const html = readFileSync(page, 'utf8');
    const expected = [...(words[name] ?? ['a case without words']), ...always];
    expect(expected.filter((each) => !html.includes(each))).toEqual([]);
    const isSelection = name === 'CT key objects';
    expect(html.includes('UNVERIFIED')).toBe(!isSelection);
  });
});

it('every case has a page in docs/results', () => {
  const folder = join(import.meta.dirname, '..', 'docs', 'results');
  const missing = pages.map(pageName).filter((name) => !existsSync(join(folder, name)));
  expect(missing).toEqual([]);
});
