import { describe, expect, it } from 'vitest';
import { markedImages } from '../../demo/report-marks.ts';
import { patientNames } from '../../demo/patient-name.ts';
import { reportSample, reportSamples } from '../../demo/report-sample.ts';
import { flaggedRequest, localising } from '../../tests/fixtures/heatmap.ts';
import { sampleManifest } from '../../tests/fixtures/manifest.ts';
import { put, putCode } from '../../tests/fixtures/report-edit.ts';
import { encodeDataSet } from '../dicom/data-set-writer.ts';
import type { DataSet } from '../dicom/data-set.ts';
import { tags } from '../dicom/tag.ts';
import { firstNumber } from '../dicom/value.ts';
import type { Reference } from './content.ts';
import { formsOf, lowerReport, reportForms } from './form.ts';
import { buildMeasurements } from './measurements.ts';
import { buildReport } from './report.ts';
import { reportLines } from './report-lines.ts';
import { checkReportCapture, reportCaptureRules } from './rules/report-capture-rules.ts';
import { itemsOf, readDocument, textOf } from './rules/document.ts';

const form = reportForms['secondary-capture'];
const report = (outcome: string, characterSet = 'ISO_IR 100', modality = 'CR') =>
  buildReport(reportSample(sampleManifest, { outcome, modality, characterSet }, 1).request);
const linesOf = (outcome: string, characterSet?: string) =>
  reportLines(readDocument(report(outcome, characterSet).dataSet)).map(({ name, text }) =>
    `${name} ${text}`.trim(),
  );
const refer = (object: Reference) =>
  formsOf(object).find(({ sopClassUid }) => sopClassUid === form) ?? object;

describe('the picture of a report', () => {
  it('breaks no rule, whatever the case, and is the same for the same report', () => {
    for (const { request } of reportSamples(sampleManifest, 28)) {
      const { dataSet } = buildReport(request);
      const picture = lowerReport(dataSet, form);
      expect(checkReportCapture(picture, dataSet, refer)).toEqual([]);
      expect(Buffer.compare(lowerReport(Buffer.from(dataSet), form), picture)).toBe(0);
    }
  });

  it('has the UID of the form and names what its receiver has of what it replaces', () => {
    const { dataSet, ...own } = report('late slices');
    const { header } = readDocument(lowerReport(dataSet, form));
    const [replaced] = itemsOf(header, 'ReferencedImageSequence');
    const [earlier] = itemsOf(readDocument(dataSet).header, 'PredecessorDocumentsSequence')
      .flatMap((study) => itemsOf(study, 'ReferencedSeriesSequence'))
      .flatMap((series) => itemsOf(series, 'ReferencedSOPSequence'));
    expect(textOf(header, 'SOPInstanceUID')).toBe(refer(own).sopInstanceUid);
    expect(textOf(replaced!, 'ReferencedSOPInstanceUID')).toBe(
      refer({
        sopClassUid: reportForms['comprehensive-3d'],
        sopInstanceUid: textOf(earlier!, 'ReferencedSOPInstanceUID'),
      }).sopInstanceUid,
    );
  });

  it('grows with what the report says and is never cut', () => {
    const { dataSet } = report('finding', 'ISO_IR 100', 'DX');
    const rows = firstNumber(readDocument(lowerReport(dataSet, form)).header, tags.Rows)!;
    const lines = reportLines(readDocument(dataSet));
    expect(rows).toBeGreaterThanOrEqual(lines.length * 22);
  });
});

describe('the picture of a measurement document', () => {
  const manifest = localising([]);
  it.each(['boxes', 'segments'] as const)('says algorithm and sizes of %s', (shape) => {
    const request = flaggedRequest(manifest, 'CT');
    const object = buildMeasurements(request, markedImages(request), shape)!;
    const lines = reportLines(readDocument(object.dataSet)).map(({ text }) => text);
    expect(lines).toContain('Scanside chest demonstration 1.2.3');
    expect(lines).toContain('Measurements');
    expect(lines.join(' ')).toMatch(shape === 'boxes' ? /Area [\d.]+ mm2/ : /Volume [\d.]+ mm3/);
    const picture = lowerReport(object.dataSet, form);
    expect(checkReportCapture(picture, object.dataSet, refer)).toEqual([]);
  });
});

describe('what the picture says', () => {
  it('of a flag: finding, probability, threshold, algorithm and labelling', () => {
    const lines = linesOf('finding');
    expect(lines).toContain('AI result - NOT FOR PRIMARY DIAGNOSIS');
    expect(lines).toContain('Algorithm Scanside chest demonstration 1.2.3');
    expect(lines).toContain('FLAG RAISED');
    expect(lines).toContain('Finding Pneumothorax: flag raised');
    expect(lines).toContain('Probability 80.60 %; Threshold Value 62.00 %');
    expect(lines).toContain(`Comment ${sampleManifest.labelling.notice}`);
  });

  it.each([
    ['no finding', 'No flag raised; 2 findings checked', ''],
    ['grey zone', 'Undetermined; 2 findings checked', ''],
    ['timeout', 'NOT ANALYSED', 'Why The analysis took too long and was stopped'],
    ['no model applies', 'NOT ANALYSED', 'Why No model on this device is intended'],
    ['finding beside a missed image', 'FLAG RAISED', 'Why Not every applicable image was analysed'],
    ['rejected for positioning', 'NOT ANALYSED', 'Quality Issue Positioning'],
    ['finding with a spread', 'FLAG RAISED', 'Probability 80.60 %; Standard Deviation of'],
    ['newer model', 'FLAG RAISED', 'Replaces an earlier result, which the header names'],
  ])('of the case: %s', (outcome, answer, also) => {
    const lines = linesOf(outcome);
    expect(lines).toContain(answer);
    expect(lines.some((line) => line.startsWith(also))).toBe(true);
  });

  it('never has a word that could be taken for health', () => {
    for (const { request } of reportSamples(sampleManifest, 28)) {
      const lines = reportLines(readDocument(buildReport(request).dataSet));
      const said = lines.map(({ text }) => text).join(' ');
      expect(said).not.toMatch(
        /\b(normal|healthy|clear(ed)?|without findings|absent|unremarkable)\b/i,
      );
      expect(said).toContain('NOT FOR PRIMARY DIAGNOSIS');
    }
  });

  it.each([
    ['', 'Doe, Jane'],
    ['ISO_IR 192', 'Wang, XiaoDong'],
    ['ISO_IR 100', "O'Muller, Jana (accents: see header)"],
    ['ISO_IR 101', 'stands in the header; this picture has no letters for it'],
    ['ISO_IR 144', 'stands in the header; this picture has no letters for it'],
    ['\\ISO 2022 IR 87', 'Yamada, Tarou'],
  ])('of a name in %s: %s', (characterSet, expected) => {
    expect(patientNames.map((name) => name.characterSet)).toContain(characterSet);
    const lines = linesOf('finding', characterSet);
    expect(lines).toContain(`Patient ${expected}`);
    expect(lines).toContain('Patient ID PID-0001 (HOSPITAL)');
  });
});

describe('a fault in the picture of a report', () => {
  const { dataSet } = report('late slices');
  const names = (fault: (capture: DataSet) => void) => {
    const { header } = readDocument(lowerReport(dataSet, form));
    fault(header);
    const broken = checkReportCapture(encodeDataSet(header), dataSet, refer);
    return [...new Set(broken.map(({ id }) => id))].join(' ');
  };
  const source = (capture: DataSet) => itemsOf(capture, 'SourceImageSequence')[0]!;

  it.each<[string, string, (capture: DataSet) => void]>([
    ['none', '', () => {}],
    ['the UID of another', 'form-name', (each) => put(each, 'SOPInstanceUID', '2.25.9')],
    ['another class', 'form-name', (each) => put(each, 'SOPClassUID', '1.2')],
    ['no predecessor', 'form-name', (each) => put(each, 'ReferencedImageSequence', undefined)],
    [
      'the series of the report',
      'form-series',
      (each) =>
        put(each, 'SeriesInstanceUID', textOf(readDocument(dataSet).header, 'SeriesInstanceUID')),
    ],
    ['another patient', 'form-rest', (each) => put(each, 'PatientID', 'X')],
    ['another study', 'form-rest', (each) => put(each, 'StudyInstanceUID', '2.25.9')],
    ['another device', 'form-rest', (each) => put(each, 'DeviceSerialNumber', '1')],
    ['a verification', 'foreign-attribute', (each) => put(each, 'VerificationFlag', 'VERIFIED')],
    ['another modality', 'capture-image', (each) => put(each, 'Modality', 'SR')],
    ['nothing burnt in', 'capture-image', (each) => put(each, 'BurnedInAnnotation', 'NO')],
    ['a window of white', 'capture-image', (each) => put(each, 'WindowCenter', '0')],
    ['no orientation', 'capture-image', (each) => put(each, 'PatientOrientation', undefined)],
    ['signed values', 'capture-image', (each) => put(each, 'PixelRepresentation', 1)],
    ['no sources', 'capture-sources', (each) => put(each, 'SourceImageSequence', undefined)],
    [
      'a source of another class',
      'capture-sources',
      (each) => put(source(each), 'ReferencedSOPClassUID', '1.2'),
    ],
    [
      'a source for another purpose',
      'capture-sources',
      (each) => putCode(source(each), 'PurposeOfReferenceCodeSequence', { CodeValue: '121311' }),
    ],
    ['no warning', 'capture-warning', (each) => put(each, 'DerivationDescription', 'Look.')],
    [
      'a line of text less',
      'capture-text',
      (each) => each.elements.get(tags.PixelData)!.value.fill(0, 0, 100_000),
    ],
    ['a row too few', 'capture-text', (each) => put(each, 'Rows', 767)],
  ])('is caught: %s (%s)', (_name, rule, fault) => {
    expect(names(fault)).toBe(rule);
  });

  it('has a rule of its own name', () => {
    expect(new Set(reportCaptureRules.map(({ id }) => id)).size).toBe(reportCaptureRules.length);
  });
});
