import { expect, it } from 'vitest';
import { reportSample } from '../../demo/report-sample.ts';
import { sampleManifest } from '../../tests/fixtures/manifest.ts';
import { put, readReport } from '../../tests/fixtures/report-edit.ts';
import type { DataSet } from '../dicom/data-set.ts';
import { encodeDataSet } from '../dicom/data-set-writer.ts';
import { writePart10 } from '../dicom/part10.ts';
import { tags } from '../dicom/tag.ts';
import { explicitVrLittleEndian } from '../dicom/transfer-syntax.ts';
import { firstString } from '../dicom/value.ts';
import { readReferenceSr } from './reference-sr.ts';

const findings = sampleManifest.findings.map(({ id, finding }) => ({ id, code: finding }));
const stratum = { outcome: 'finding', modality: 'CR', characterSet: 'ISO_IR 192' };
const { request } = reportSample(sampleManifest, stratum, 0);

/** The report of this device, as if a radiologist had taken it over. */
function verified(): DataSet {
  const report = readReport(request);
  put(report, 'VerificationFlag', 'VERIFIED');
  put(report, 'VerifyingObserverSequence', [{ VerifyingObserverName: 'Sample^Ada' }]);
  return report;
}

function read(report: DataSet) {
  const uid = (tag: number) => firstString(report, tag) ?? '';
  const meta = {
    sopClassUid: uid(tags.SOPClassUID),
    sopInstanceUid: uid(tags.SOPInstanceUID),
    transferSyntaxUid: explicitVrLittleEndian,
  };
  return readReferenceSr('report.dcm', writePart10(meta, encodeDataSet(report)), findings);
}

it('takes every coded presence of a finding from what a person has verified', () => {
  const claims = read(verified());
  const flagged = request.conclusion.state === 'flagged' ? request.conclusion.findings : [];
  expect(claims.map(({ finding, label }) => [finding, label])).toEqual(
    flagged.map(({ finding, flagged: isThere }) => [finding, isThere ? 1 : 0]),
  );
  expect(claims[0]).toMatchObject({ reader: 'Sample^Ada', at: 'report.dcm' });
  expect(claims[0]?.studyUid).toBe(firstString(verified(), tags.StudyInstanceUID));
});

it.each<[string, (report: DataSet) => void, string]>([
  ['of this device itself', (report) => put(report, 'VerificationFlag', 'UNVERIFIED'), 'verified'],
  ['verified by nobody', (report) => put(report, 'VerifyingObserverSequence', []), 'verified'],
  ['that is no report', (report) => put(report, 'Modality', 'CR'), 'no structured report'],
  ['without an answer', (report) => put(report, 'ContentSequence', []), 'no answer'],
])('refuses one %s', (_, change, why) => {
  const report = verified();
  change(report);
  expect(() => read(report)).toThrow(why);
});
