import { expect, test } from 'vitest';
import { itemsOf, put, readReport, faulty } from '../../tests/fixtures/report-edit.ts';
import { finding } from '../../tests/fixtures/report-fault.ts';
import { type Attributes, dataSetOf } from '../dicom/data-set-writer.ts';
import { tags } from '../dicom/tag.ts';
import { firstString } from '../dicom/value.ts';
import { buildReport } from './report.ts';
import type { ReportRequest } from './request.ts';
import { checkReport } from './rules.ts';

/** A result on images that a scanner has made for these orders. */
function orderedBy(...orders: Attributes[]): ReportRequest {
  const { elements } = dataSetOf({ RequestAttributesSequence: orders });
  const source = {
    ...finding.source,
    elements: new Map([...finding.source.elements, ...elements]),
  };
  return { ...finding, source };
}

const order = {
  RequestedProcedureID: 'RP-17',
  RequestedProcedureDescription: 'Thorax pa stehend',
  RequestedProcedureCodeSequence: [
    { CodeValue: 'THX', CodingSchemeDesignator: '99RIS', CodeMeaning: 'Thorax' },
  ],
};

test('a report names the order that the scanner worked on', () => {
  const request = orderedBy(order);
  expect(checkReport(buildReport(request).dataSet, request)).toEqual([]);
  const [answered] = itemsOf(readReport(request), 'ReferencedRequestSequence');
  const text = (keyword: keyof typeof tags) => answered && firstString(answered, tags[keyword]);
  expect(text('RequestedProcedureID')).toBe('RP-17');
  expect(text('RequestedProcedureDescription')).toBe('Thorax pa stehend');
  expect(text('AccessionNumber')).toBe(firstString(request.source, tags.AccessionNumber));
  expect(text('StudyInstanceUID')).toBe(firstString(request.source, tags.StudyInstanceUID));
  expect(itemsOf(answered, 'RequestedProcedureCodeSequence')).toHaveLength(1);
});

test('an order without an identifier is none, and no order leaves nothing', () => {
  for (const request of [orderedBy({ RequestedProcedureDescription: 'x' }), finding])
    expect(itemsOf(readReport(request), 'ReferencedRequestSequence')).toEqual([]);
});

test('an order that is left out or changed is caught', () => {
  const request = orderedBy(order, { RequestedProcedureID: 'RP-18' });
  const faults = [
    (report: Parameters<typeof put>[0]) => put(report, 'ReferencedRequestSequence', undefined),
    (report: Parameters<typeof put>[0]) =>
      put(itemsOf(report, 'ReferencedRequestSequence')[1]!, 'RequestedProcedureID', 'RP-19'),
  ];
  for (const fault of faults)
    expect(checkReport(faulty(request, fault), request).map(({ id }) => id)).toContain('order');
});

test('more orders than a study ever answers are cut off', () => {
  const many = Array.from({ length: 40 }, (_, at) => ({ RequestedProcedureID: `RP-${at}` }));
  const request = orderedBy(...many);
  expect(itemsOf(readReport(request), 'ReferencedRequestSequence')).toHaveLength(32);
  expect(checkReport(buildReport(request).dataSet, request)).toEqual([]);
});
