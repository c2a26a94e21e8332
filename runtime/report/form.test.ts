import { expect, test } from 'vitest';
import { reportSamples } from '../../demo/report-sample.ts';
import { sampleManifest } from '../../tests/fixtures/manifest.ts';
import { encodeDataSet } from '../dicom/data-set-writer.ts';
import type { DataSet } from '../dicom/data-set.ts';
import { tags } from '../dicom/tag.ts';
import { formClasses, formsOf, lowerReport, reportForms } from './form.ts';
import { checkForm } from './form-rules.ts';
import { buildReport } from './report.ts';
import type { ReportObject } from './request.ts';
import { itemsOf, readDocument, textOf, walk } from './rules/document.ts';

const reports = reportSamples(sampleManifest, 30).map(({ request }) => buildReport(request));
const lowerClasses = [reportForms.comprehensive, reportForms.enhanced];
const predecessor = {
  sopClassUid: reportForms['comprehensive-3d'],
  sopInstanceUid: '2.25.5',
  seriesInstanceUid: '2.25.6',
};

/** Of a report as of its lower form. */
function contentOf(dataSet: Uint8Array): string[] {
  return walk(readDocument(dataSet).root).map((node) =>
    [node.place, node.relationship, node.valueType, node.concept, node.code, node.text].join(' '),
  );
}

function referIn(form: string) {
  return (object: { sopClassUid: string; sopInstanceUid: string }) =>
    formsOf(object).find(({ sopClassUid }) => sopClassUid === form) ?? object;
}

/** The report with one text in place of another of the same length, as bytes. */
function replaced(dataSet: Uint8Array, from: string, to: string): Uint8Array {
  const bytes = Buffer.from(dataSet);
  const at = bytes.indexOf(from);
  expect(at).toBeGreaterThan(0);
  bytes.write(to.padEnd(from.length), at);
  return bytes;
}

/** The tree with another value type of its first content item. */
function withFirstType(header: DataSet, type: string): DataSet {
  const elements = new Map(header.elements);
  const content = elements.get(tags.ContentSequence)!;
  const [first, ...rest] = content.items!;
  const changed = new Map(first!.elements);
  changed.set(tags.ValueType, { ...changed.get(tags.ValueType)!, value: Buffer.from(type) });
  const items = [{ ...first!, elements: changed }, ...rest];
  return { ...header, elements: elements.set(tags.ContentSequence, { ...content, items }) };
}

const idsOf = (lowered: Uint8Array, report: Uint8Array, form: string) => [
  ...new Set(checkForm(lowered, report, referIn(form)).map(({ id }) => id)),
];

test('a report has four forms, best first, each under a UID of its own, always the same', () => {
  const [report] = reports;
  const forms = formsOf(report!);
  expect(forms.map(({ sopClassUid }) => sopClassUid)).toEqual(formClasses('auto'));
  expect(forms[0]?.sopInstanceUid).toBe(report!.sopInstanceUid);
  expect(new Set(forms.map(({ sopInstanceUid }) => sopInstanceUid)).size).toBe(4);
  expect(formsOf({ ...report! })).toEqual(forms);
});

test('what is no report has no form but its own', () => {
  const selection = { sopClassUid: '1.2.840.10008.5.1.4.1.1.88.59', sopInstanceUid: '2.25.1' };
  expect(formsOf(selection)).toEqual([selection]);
});

test('a form that is asked for is the only one to be proposed', () => {
  expect(formClasses('enhanced')).toEqual(['1.2.840.10008.5.1.4.1.1.88.22']);
});

test.each(lowerClasses)('every kind of report says in %s what it says', (form) => {
  for (const report of reports) {
    const lowered = lowerReport(report.dataSet, form);
    expect(contentOf(lowered)).toEqual(contentOf(report.dataSet));
    const { header } = readDocument(lowered);
    const named = formsOf(report).find(({ sopClassUid }) => sopClassUid === form);
    expect([textOf(header, 'SOPClassUID'), textOf(header, 'SOPInstanceUID')]).toEqual([
      form,
      named?.sopInstanceUid,
    ]);
    expect(lowerReport(Buffer.from(report.dataSet), form)).toEqual(lowered);
  }
});

test.each(lowerClasses)('in %s the predecessor is what the receiver has of it', (form) => {
  const [sample] = reportSamples(sampleManifest, 1);
  const report = buildReport({ ...sample!.request, predecessor });
  const lowered = lowerReport(report.dataSet, form);
  const series = itemsOf(readDocument(lowered).header, 'PredecessorDocumentsSequence').flatMap(
    (study) => itemsOf(study, 'ReferencedSeriesSequence'),
  );
  const named = series.flatMap((each) => itemsOf(each, 'ReferencedSOPSequence'));
  expect(series.map((each) => textOf(each, 'SeriesInstanceUID'))).toEqual(['2.25.6']);
  expect(
    named.map((item) => ({
      sopClassUid: textOf(item, 'ReferencedSOPClassUID'),
      sopInstanceUid: textOf(item, 'ReferencedSOPInstanceUID'),
    })),
  ).toEqual([formsOf(predecessor).find(({ sopClassUid }) => sopClassUid === form)]);
});

test('coordinates in space have no lower form, and the message names the SOP class to enable', () => {
  const { header } = readDocument(reports[0]!.dataSet);
  const spatial = encodeDataSet(withFirstType(header, 'SCOORD3D'));
  expect(() => lowerReport(spatial, reportForms.enhanced)).toThrow(
    /^CONTEXT_NOT_ACCEPTED.*Comprehensive 3D SR Storage \(1\.2\.840\.10008\.5\.1\.4\.1\.1\.88\.34\).*SCOORD3D/,
  );
});

test.each<[string, (lowered: Uint8Array, report: ReportObject) => Uint8Array, string]>([
  [
    'another class',
    (lowered) => replaced(lowered, '5.1.4.1.1.88.33', '5.1.4.1.1.88.11'),
    'form-name',
  ],
  ['the UID of the report', (_lowered, { dataSet }) => dataSet, 'form-name'],
  ['another text', (lowered) => replaced(lowered, 'UNVERIFIED', 'VERIFIED'), 'form-rest'],
  ['another code', (lowered) => replaced(lowered, '121071', '121072'), 'form-rest'],
  [
    'a value type of another form',
    (lowered) => replaced(lowered, 'UIDREF', 'TABLE'),
    'form-content',
  ],
])('the rules of forms catch %s', (_what, spoil, id) => {
  const [report] = reports;
  const form = reportForms.comprehensive;
  const lowered = lowerReport(report!.dataSet, form);
  expect(idsOf(lowered, report!.dataSet, form)).toEqual([]);
  expect(idsOf(spoil(lowered, report!), report!.dataSet, form)).toContain(id);
});
