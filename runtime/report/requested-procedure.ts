import type { DataSet } from '../dicom/data-set.ts';
import { type Keyword, tags } from '../dicom/tag.ts';
import { characterSets, firstString } from '../dicom/value.ts';
import type { Attributes } from './attributes.ts';
import { copyItems } from './header.ts';

/** More orders than one study ever answers are damage or an attack. */
export const mostRequests = 32;

/**
 * The orders that a document answers: Referenced Request Sequence (PS3.3 C.17.2, C.17.6.2), as the scanner names them in
 * its Request Attributes Sequence. Undefined where it names none.
 */
export function referencedRequests(source: DataSet, study: string): Attributes[] | undefined {
  const charset = characterSets(source);
  const items = source.elements.get(tags.RequestAttributesSequence)?.items ?? [];
  const requests = items
    .slice(0, mostRequests)
    .filter((item) => firstString(item, tags.RequestedProcedureID))
    .map((item) => describeRequest(source, item, charset, study));
  return requests.length > 0 ? requests : undefined;
}

function describeRequest(
  source: DataSet,
  item: DataSet,
  outer: readonly string[],
  study: string,
): Attributes {
  const own = characterSets(item);
  const charset = own.length > 0 ? own : outer;
  const text = (keyword: Keyword) => firstString(item, tags[keyword], charset) ?? '';
  return {
    StudyInstanceUID: text('StudyInstanceUID') || study,
    ReferencedStudySequence: [],
    AccessionNumber:
      text('AccessionNumber') || (firstString(source, tags.AccessionNumber, outer) ?? ''),
    PlacerOrderNumberImagingServiceRequest: text('PlacerOrderNumberImagingServiceRequest'),
    FillerOrderNumberImagingServiceRequest: text('FillerOrderNumberImagingServiceRequest'),
    RequestedProcedureID: text('RequestedProcedureID'),
    RequestedProcedureDescription: text('RequestedProcedureDescription'),
    RequestedProcedureCodeSequence: copyItems(item, 'RequestedProcedureCodeSequence', charset),
  };
}
