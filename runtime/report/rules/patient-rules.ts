import type { DataElement, DataSet } from '../../dicom/data-set.ts';
import { type Keyword, keywordOf, tags } from '../../dicom/tag.ts';
import { allNumbers, allStrings, characterSets, firstString } from '../../dicom/value.ts';
import { longestText, optionalAttributes, requiredAttributes } from '../header.ts';
import { mostRequests } from '../requested-procedure.ts';
import { utf8 } from './document.ts';
import { type Rule, unless } from './rule.ts';

const copied: Keyword[] = ['StudyInstanceUID', ...requiredAttributes, ...optionalAttributes];

/** What tells patients apart, and the study. */
const identity: Keyword[] = [
  'StudyInstanceUID',
  'PatientID',
  'IssuerOfPatientID',
  'PatientName',
  'PatientBirthDate',
];

export const patientRules: Rule[] = [
  {
    id: 'patient-and-study',
    must: 'patient and study must be those of the source, attribute by attribute',
    breaches: ({ document: { header }, request: { source } }) =>
      copied.flatMap((keyword) =>
        unless(isSame(header, source, keyword), 'another value', keyword),
      ),
  },
  {
    id: 'one-patient',
    must: 'every image must be of the patient and the study that the report names',
    breaches: ({ document: { header }, sources }) =>
      sources.flatMap((source, at) =>
        identity.flatMap((keyword) =>
          unless(isSame(header, source, keyword), `another value in image ${at + 1}`, keyword),
        ),
      ),
  },
];

/** Of a report and of a selection of key objects. */
export const orderRule: Rule = {
  id: 'order',
  must: 'the orders must be those that the source names',
  breaches({ document: { header }, request: { source } }) {
    const named = itemsIn(source, 'RequestAttributesSequence').filter(
      (item) => firstString(item, tags.RequestedProcedureID) !== undefined,
    );
    const answered = itemsIn(header, 'ReferencedRequestSequence');
    const isSameOrder = (item: DataSet, at: number) =>
      ordered.every((keyword) => isSame(answered[at] ?? noItem, item, keyword, source));
    return unless(
      answered.length === Math.min(named.length, mostRequests) &&
        named.slice(0, mostRequests).every(isSameOrder),
      `${answered.length} orders`,
      'ReferencedRequestSequence',
    );
  },
};

const ordered: Keyword[] = ['RequestedProcedureID', 'RequestedProcedureDescription'];
const noItem: DataSet = { elements: new Map(), littleEndian: true };

function itemsIn({ elements }: DataSet, keyword: Keyword): DataSet[] {
  return elements.get(tags[keyword])?.items ?? [];
}

function isSame(
  report: DataSet,
  source: DataSet,
  keyword: Keyword,
  outer: DataSet = source,
): boolean {
  const element = source.elements.get(tags[keyword]);
  const tooLong = element !== undefined && element.value.length > longestText;
  const expected = tooLong ? '[]' : plain(source, element, charsetOf(source, outer));
  return plain(report, report.elements.get(tags[keyword]), utf8) === expected;
}

function charsetOf(item: DataSet, outer: DataSet): string[] {
  const own = characterSets(item);
  return own.length > 0 ? own : characterSets(outer);
}

/** The values of an element as one text to compare: without padding, empty values and byte order. */
function plain(
  dataSet: DataSet,
  element: DataElement | undefined,
  charset: readonly string[],
): string {
  if (!element) return '[]';
  if (element.items) return JSON.stringify(element.items.map((item) => plainItem(item, charset)));
  const binary = ['US', 'SS', 'UL', 'SL', 'FL', 'FD'].includes(element.vr);
  const values = binary
    ? allNumbers(dataSet, element.tag)
    : allStrings(dataSet, element.tag, charset);
  return JSON.stringify(values.filter((value) => value !== '' && value !== undefined));
}

function plainItem(item: DataSet, outer: readonly string[]): string[] {
  const own = characterSets(item);
  const charset = own.length > 0 ? own : outer;
  return [...item.elements.values()]
    .toSorted((one, other) => one.tag - other.tag)
    .flatMap((element) => {
      const keyword = keywordOf(element.tag);
      if (!keyword || keyword === 'SpecificCharacterSet') return [];
      return [
        `${keyword}=${element.value.length > longestText ? '[]' : plain(item, element, charset)}`,
      ];
    });
}
