import type { DataElement, DataSet } from '../dicom/data-set.ts';
import { formatTag, tags } from '../dicom/tag.ts';
import type { Reference } from './content.ts';
import { type ReportDocument, itemsOf, readDocument, textOf, walk } from './rules/document.ts';
import type { BrokenRule } from './rules.ts';

/** What a report says in a lower form, and the report itself. */
interface Pair {
  lowered: ReportDocument;
  report: ReportDocument;
  /** How the lower form names an object. */
  refer(object: Reference): Reference;
}

/** Value types of Enhanced SR (PS3.3 A.35.2.3.1.1), which Comprehensive SR has too (A.35.3.3.1.1). */
const sayable =
  'CONTAINER TEXT CODE NUM DATETIME DATE TIME UIDREF PNAME COMPOSITE IMAGE WAVEFORM SCOORD TCOORD'.split(
    ' ',
  );

const predecessorPlace = formatTag(tags.PredecessorDocumentsSequence);

/**
 * The rules that the lower form of a report breaks; none where it may be sent. The report has been checked by
 * `checkReport`; here it is that nothing but its names has changed. `refer`: how the lower form names an object.
 */
export function checkForm(
  lowered: Uint8Array,
  report: Uint8Array,
  refer: (object: Reference) => Reference,
): BrokenRule[] {
  const pair = { lowered: readDocument(lowered), report: readDocument(report), refer };
  return [...unsayable(pair), ...misnamed(pair), ...changed(pair)];
}

function unsayable({ lowered }: Pair): BrokenRule[] {
  return walk(lowered.root)
    .filter(({ valueType }) => !sayable.includes(valueType))
    .map(({ valueType, place }) => ({
      id: 'form-content',
      what: `there must be no value type that the form does not have; found ${valueType}`,
      where: place,
    }));
}

/** Itself and its predecessors have their names of the lower form. */
function misnamed({ lowered, report, refer }: Pair): BrokenRule[] {
  const found = namesIn(lowered.header);
  const expected = namesIn(report.header).map(refer);
  return expected.flatMap(({ sopClassUid, sopInstanceUid }, at) => {
    const name = found[at];
    if (name?.sopClassUid === sopClassUid && name.sopInstanceUid === sopInstanceUid) return [];
    const what = `an object must have its UIDs of the form; found ${name?.sopInstanceUid ?? 'none'}`;
    return [{ id: 'form-name', what, where: at === 0 ? 'SOPInstanceUID' : predecessorPlace }];
  });
}

/** A report, and what it replaces. */
export function namesIn(header: DataSet): Reference[] {
  const own = {
    sopClassUid: textOf(header, 'SOPClassUID'),
    sopInstanceUid: textOf(header, 'SOPInstanceUID'),
  };
  const predecessors = itemsOf(header, 'PredecessorDocumentsSequence')
    .flatMap((study) => itemsOf(study, 'ReferencedSeriesSequence'))
    .flatMap((series) => itemsOf(series, 'ReferencedSOPSequence'))
    .map((item) => ({
      sopClassUid: textOf(item, 'ReferencedSOPClassUID'),
      sopInstanceUid: textOf(item, 'ReferencedSOPInstanceUID'),
    }));
  return [own, ...predecessors];
}

/** Whatever else differs from the report. */
function changed({ lowered, report }: Pair): BrokenRule[] {
  const [before, after] = [flatten(report.header), flatten(lowered.header)];
  const places = new Set([...before.keys(), ...after.keys()]);
  return [...places]
    .filter((place) => !isName(place) && before.get(place) !== after.get(place))
    .map((where) => ({ id: 'form-rest', what: 'nothing but names may change', where }));
}

const [classTag, instanceTag, namedClassTag, namedInstanceTag] = [
  formatTag(tags.SOPClassUID),
  formatTag(tags.SOPInstanceUID),
  formatTag(tags.ReferencedSOPClassUID),
  formatTag(tags.ReferencedSOPInstanceUID),
];

function isName(place: string): boolean {
  if (place === classTag || place === instanceTag) return true;
  const isReference = place.endsWith(namedClassTag) || place.endsWith(namedInstanceTag);
  return place.startsWith(predecessorPlace) && isReference;
}

/** Every element by its place, such as `(0040,A730)[2](0040,A040)`; of a sequence the number of its items. */
function flatten(dataSet: DataSet, within = ''): Map<string, string> {
  return new Map(
    [...dataSet.elements.values()].flatMap((element) => {
      const place = within + formatTag(element.tag);
      const items = element.items ?? [];
      const inner = items.flatMap((item, at) => [...flatten(item, `${place}[${at + 1}]`)]);
      return [[place, describe(element)] as const, ...inner];
    }),
  );
}

function describe({ vr, value, items }: DataElement): string {
  return `${vr} ${items?.length ?? ''} ${Buffer.from(value).toString('latin1')}`;
}
