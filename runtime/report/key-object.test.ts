import { describe, expect, it } from 'vitest';
import { reportSample } from '../../demo/report-sample.ts';
import { sampleManifest } from '../../tests/fixtures/manifest.ts';
import { itemsOf, put, putCode } from '../../tests/fixtures/report-edit.ts';
import { type DataSet, readDataSet } from '../dicom/data-set.ts';
import { encodeDataSet } from '../dicom/data-set-writer.ts';
import { tags } from '../dicom/tag.ts';
import { explicitVrLittleEndian } from '../dicom/transfer-syntax.ts';
import { firstString } from '../dicom/value.ts';
import { buildKeyObjects } from './key-object.ts';
import { buildReport } from './report.ts';
import type { ReportRequest } from './request.ts';
import { checkKeyObjects, selectionRules } from './rules.ts';

const limits = { bytes: 1 << 20, elements: 10_000, depth: 16, valueLength: 1 << 20 };
const manifest = {
  ...sampleManifest,
  presentation: 'concurrent-aid' as const,
  show: { flag: true, localisation: true, qualityHint: false },
};
const requestOf = (outcome: string, modality: string): ReportRequest =>
  reportSample(manifest, { outcome, modality, characterSet: 'ISO_IR 144' }, 1).request;
const flagged = requestOf('finding', 'CT');

function built(request: ReportRequest): Uint8Array {
  const object = buildKeyObjects(request);
  if (!object) throw new Error('no key objects');
  return object.dataSet;
}

function read(bytes: Uint8Array): DataSet {
  return readDataSet(bytes, explicitVrLittleEndian, limits);
}

function imagesOf(document: DataSet): (string | undefined)[] {
  return itemsOf(document, 'ContentSequence')
    .flatMap((item) => itemsOf(item, 'ReferencedSOPSequence'))
    .map((reference) => firstString(reference, tags.ReferencedSOPInstanceUID));
}

describe('key objects', () => {
  it('are the slices behind the flags, each once, and break no rule', () => {
    const { conclusion, instances } = flagged;
    if (conclusion.state !== 'flagged') throw new Error('wrong sample');
    const key = [7, 6, 7].map((at) => ({
      sopInstanceUid: instances[at]!.sopInstanceUid,
      frame: 1,
    }));
    const findings = conclusion.findings.map((finding) => ({ ...finding, key }));
    const request = { ...flagged, conclusion: { ...conclusion, findings } };
    const expected = [6, 7].map((at) => instances[at]!.sopInstanceUid);
    expect(imagesOf(read(built(request)))).toEqual(expected);
    expect(checkKeyObjects(built(request), request)).toEqual([]);
  });

  it('are the same, byte for byte, for the same request, in a series of their own', () => {
    expect(built(requestOf('finding', 'CT'))).toEqual(built(flagged));
    const [objects, report] = [buildKeyObjects(flagged), buildReport(flagged)];
    expect(objects?.seriesInstanceUid).not.toBe(report.seriesInstanceUid);
    expect(firstString(read(built(flagged)), tags.Modality)).toBe('KO');
  });

  it.each(['no finding', 'grey zone', 'timeout', 'no model applies'])(
    'are none where nothing is flagged: %s',
    (outcome) => {
      expect(buildKeyObjects(requestOf(outcome, 'CT'))).toBeUndefined();
    },
  );

  it('are none of X-ray images, and none where the bundle may not say where it reacted', () => {
    expect(buildKeyObjects(requestOf('finding', 'DX'))).toBeUndefined();
    expect(buildKeyObjects({ ...flagged, manifest: sampleManifest })).toBeUndefined();
  });
});

describe('a fault in key objects', () => {
  const names = (fault: (document: DataSet) => void, request = flagged) => {
    const document = read(built(flagged));
    fault(document);
    const ids = checkKeyObjects(encodeDataSet(document), request).map(({ id }) => id);
    return [...new Set(ids)].filter((id) => id !== 'instance-uid').join(' ');
  };

  it.each<[string, string, (document: DataSet) => void]>([
    [
      'another patient',
      'patient-and-study one-patient',
      (document) => put(document, 'PatientID', 'X'),
    ],
    ['another modality', 'uid-derived modality', (document) => put(document, 'Modality', 'SR')],
    ['another class', 'sop-class', (document) => put(document, 'SOPClassUID', '1.2')],
    [
      'another title',
      'key-title',
      (document) => putCode(document, 'ConceptNameCodeSequence', { CodeValue: '113001' }),
    ],
    ['a slice too few', 'key-images', (document) => itemsOf(document, 'ContentSequence').pop()],
    [
      'no evidence',
      'reference key-images',
      (document) => put(document, 'CurrentRequestedProcedureEvidenceSequence', undefined),
    ],
    [
      'no labelling',
      'key-labelling',
      (document) => put(itemsOf(document, 'ContentSequence').at(-2)!, 'TextValue', 'Look.'),
    ],
  ])('is caught: %s (%s)', (_name, rules, fault) => {
    expect(names(fault)).toBe(rules);
  });

  it('of a bundle that may not localise is caught', () => {
    expect(names(() => {}, { ...flagged, manifest: sampleManifest })).toContain('key-presentation');
    expect(new Set(selectionRules.map(({ id }) => id)).size).toBe(selectionRules.length);
  });
});
