import { ScansideError } from '../../device/errors.ts';
import { encodeDataSet } from '../dicom/data-set-writer.ts';
import type { DataElement, DataSet } from '../dicom/data-set.ts';
import { storageSopClasses } from '../dicom/sop-class.ts';
import { type Keyword, tags } from '../dicom/tag.ts';
import { deriveUid } from '../dicom/uid.ts';
import type { Reference } from './content.ts';
import { checkForm, namesIn } from './form-rules.ts';
import { comprehensive3dSr } from './report.ts';
import { captureReport } from './report-capture.ts';
import { checkReportCapture } from './rules/report-capture-rules.ts';
import { itemsOf, readDocument, type ReportDocument, textOf } from './rules/document.ts';

/**
 * The forms of a report, best first: the same content tree under another SOP class (PS3.3 A.35.13, A.35.3, A.35.2), and
 * for a receiver that keeps nothing but images a picture of what it says (A.8.1).
 */
export const reportForms = {
  'comprehensive-3d': comprehensive3dSr,
  comprehensive: '1.2.840.10008.5.1.4.1.1.88.33',
  enhanced: '1.2.840.10008.5.1.4.1.1.88.22',
  'secondary-capture': '1.2.840.10008.5.1.4.1.1.7',
} as const;

/** `auto`: the best that the receiver accepts. */
export type WantedForm = 'auto' | keyof typeof reportForms;

const capture = reportForms['secondary-capture'];
const [, ...lowerForms]: readonly string[] = Object.values(reportForms);

/** The SOP classes to propose for reports to a receiver, best first. */
export function formClasses(wanted: WantedForm): string[] {
  return wanted === 'auto' ? Object.values(reportForms) : [reportForms[wanted]];
}

/**
 * Everything that an object may be sent as, best first. Each lower form has a SOP Instance UID of its own, which
 * follows from that of the report: two SOP classes never share one. What is no report has no form but its own.
 */
export function formsOf(object: Reference): Reference[] {
  const { sopClassUid, sopInstanceUid } = object;
  if (sopClassUid !== comprehensive3dSr) return [{ sopClassUid, sopInstanceUid }];
  return Object.values(reportForms).map((form) => refer(object, form));
}

function refer({ sopClassUid, sopInstanceUid }: Reference, form: string): Reference {
  return sopClassUid === comprehensive3dSr && lowerForms.includes(form)
    ? { sopClassUid: form, sopInstanceUid: deriveUid('form', sopInstanceUid, form) }
    : { sopClassUid, sopInstanceUid };
}

/**
 * A report in a lower form, as an Explicit VR Little Endian data set. The predecessor is named in the same form, because
 * that is what the receiver has of it. The same report gives the same bytes. Throws CONTEXT_NOT_ACCEPTED where the tree
 * holds what that form cannot say, such as coordinates in space.
 */
export function lowerReport(report: Uint8Array, form: string): Uint8Array {
  const document = readDocument(report);
  const lowered = form === capture ? captured(document) : renamed(document, form);
  refuseBroken(report, lowered, form);
  return lowered;
}

/** The same tree under other names. */
function renamed({ header }: ReportDocument, form: string): Uint8Array {
  const own = refer(referenceIn(header, 'SOPClassUID', 'SOPInstanceUID'), form);
  return encodeDataSet(
    withElements(header, [
      text('SOPClassUID', own.sopClassUid),
      text('SOPInstanceUID', own.sopInstanceUid),
      ...predecessors(header, form),
    ]),
  );
}

function captured(document: ReportDocument): Uint8Array {
  const [own, ...replaced] = namesIn(document.header).map((each) => refer(each, capture));
  return captureReport(document, own!.sopInstanceUid, replaced);
}

function refuseBroken(report: Uint8Array, lowered: Uint8Array, form: string): void {
  const check = form === capture ? checkReportCapture : checkForm;
  const broken = check(lowered, report, (reference) => refer(reference, form));
  if (broken.length === 0) return;
  const unsayable = broken.find(({ id }) => id === 'form-content');
  const { what, where } = unsayable ?? broken[0]!;
  const detail = `as ${storageSopClasses[form] ?? form}, ${what} at ${where}`;
  if (!unsayable) throw new ScansideError('INTERNAL', detail);
  const needed = `${storageSopClasses[comprehensive3dSr]} (${comprehensive3dSr})`;
  throw new ScansideError('CONTEXT_NOT_ACCEPTED', `${needed}; ${detail}`);
}

function predecessors(header: DataSet, form: string): DataElement[] {
  const items = itemsOf(header, 'PredecessorDocumentsSequence');
  if (items.length === 0) return [];
  return [
    sequence(
      'PredecessorDocumentsSequence',
      items.map((study) => lowerIn(study, form)),
    ),
  ];
}

/** An item of a hierarchical SOP instance reference, each instance named in its lower form. */
function lowerIn(study: DataSet, form: string): DataSet {
  const series = itemsOf(study, 'ReferencedSeriesSequence').map((each) => {
    const instances = itemsOf(each, 'ReferencedSOPSequence').map((item) => lowerItem(item, form));
    return withElements(each, [sequence('ReferencedSOPSequence', instances)]);
  });
  return withElements(study, [sequence('ReferencedSeriesSequence', series)]);
}

function lowerItem(item: DataSet, form: string): DataSet {
  const named = referenceIn(item, 'ReferencedSOPClassUID', 'ReferencedSOPInstanceUID');
  const { sopClassUid, sopInstanceUid } = refer(named, form);
  return withElements(item, [
    text('ReferencedSOPClassUID', sopClassUid),
    text('ReferencedSOPInstanceUID', sopInstanceUid),
  ]);
}

function referenceIn(dataSet: DataSet, sopClass: Keyword, sopInstance: Keyword): Reference {
  return { sopClassUid: textOf(dataSet, sopClass), sopInstanceUid: textOf(dataSet, sopInstance) };
}

function text(keyword: Keyword, value: string): DataElement {
  return { tag: tags[keyword], vr: 'UI', value: Buffer.from(value) };
}

function sequence(keyword: Keyword, items: DataSet[]): DataElement {
  return { tag: tags[keyword], vr: 'SQ', value: Buffer.alloc(0), items };
}

function withElements(dataSet: DataSet, changed: DataElement[]): DataSet {
  const elements = new Map(dataSet.elements);
  for (const element of changed) elements.set(element.tag, element);
  return { ...dataSet, elements };
}
