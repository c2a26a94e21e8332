import { type DataSet, readDataSet } from '../dicom/data-set.ts';
import { readPart10 } from '../dicom/part10.ts';
import { tags } from '../dicom/tag.ts';
import { firstString } from '../dicom/value.ts';
import {
  type Claim,
  findingOf,
  type KnownFinding,
  presenceLabels,
  refuseReference,
} from './reference-claim.ts';

const limits = { bytes: 16 << 20, elements: 200_000, depth: 32, valueLength: 1 << 20 };

/**
 * Reads a report from an SR document (PS3.3 A.35): every CODE item whose name is the code of a finding and whose value is
 * "present" or "absent" of SNOMED CT. Only a document that a person has verified counts (Verification Flag, C.17.2): this
 * device's own are not. Throws REFERENCE_INVALID, DATA_SET_UNREADABLE.
 */
export function readReferenceSr(
  name: string,
  bytes: Uint8Array,
  findings: readonly KnownFinding[],
): Claim[] {
  const { transferSyntaxUid, dataSet } = readPart10(bytes);
  const document = readDataSet(dataSet, transferSyntaxUid, limits);
  const text = (tag: number) => firstString(document, tag) ?? '';
  if (text(tags.Modality) !== 'SR') throw refuseReference(`${name}: no structured report`);
  const [observer] = document.elements.get(tags.VerifyingObserverSequence)?.items ?? [];
  const reader = observer && firstString(observer, tags.VerifyingObserverName);
  if (text(tags.VerificationFlag) !== 'VERIFIED' || !reader)
    throw refuseReference(`${name}: no person has verified it`);
  const [studyUid, accession] = [text(tags.StudyInstanceUID), text(tags.AccessionNumber)];
  const claims = itemsOf(document).flatMap((item) => {
    const answer = answerOf(item, findings);
    return answer ? [{ at: name, studyUid, accession, reader, ...answer }] : [];
  });
  if (claims.length === 0) throw refuseReference(`${name}: no answer on a finding`);
  return claims;
}

/** Every content item below, in the order of the document. */
function itemsOf(parent: DataSet): DataSet[] {
  const items = parent.elements.get(tags.ContentSequence)?.items ?? [];
  return items.flatMap((item) => [item, ...itemsOf(item)]);
}

function answerOf(
  item: DataSet,
  findings: readonly KnownFinding[],
): Pick<Claim, 'finding' | 'label'> | undefined {
  const [name, value] = [
    codeIn(item, tags.ConceptNameCodeSequence),
    codeIn(item, tags.ConceptCodeSequence),
  ];
  const finding = name && findingOf(findings, name.value, name.scheme);
  const label = value && presenceLabels.get(value.value);
  return finding === undefined || label === undefined ? undefined : { finding, label };
}

function codeIn(item: DataSet, tag: number) {
  const [code] = item.elements.get(tag)?.items ?? [];
  if (!code) return undefined;
  return {
    value: firstString(code, tags.CodeValue) ?? '',
    scheme: firstString(code, tags.CodingSchemeDesignator) ?? '',
  };
}
