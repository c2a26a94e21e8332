import type { DataSet } from '../dicom/data-set.ts';
import { tags } from '../dicom/tag.ts';
import { firstString } from '../dicom/value.ts';

/** Why an instance is kept aside: it can never become part of a study as it is. */
export const quarantineReasons = {
  'unreadable-data-set': 'The object cannot be read',
  'sop-mismatch': 'The object is not the one that the sender announced',
  'missing-study-uid': 'The object names no study or series',
} as const;

export type QuarantineReason = keyof typeof quarantineReasons;

/** What becomes of a received instance, and the C-STORE status that says so (PS3.4, table B.2-1). */
export type Admission =
  | { place: 'inbox'; studyInstanceUid: string }
  | { place: 'quarantine'; reason: QuarantineReason; status: number };

/** A UID has at most 64 characters (PS3.5 9.1). What is longer is none: it must not become a key anywhere. */
const longestUid = 64;

function firstUid(header: DataSet, tag: number): string | undefined {
  const length = header.elements.get(tag)?.value.length ?? 0;
  return length <= longestUid ? firstString(header, tag) : undefined;
}

/** Decides from the announced UIDs and the header; `header` is undefined where it could not be read. */
export function admit(
  announced: { sopClassUid: string; sopInstanceUid: string },
  header: DataSet | undefined,
): Admission {
  // What starts behind the header, as most noise does, has none.
  if (!header || header.elements.size === 0)
    return { place: 'quarantine', reason: 'unreadable-data-set', status: 0xc000 };
  const uid = (tag: number) => firstUid(header, tag);
  if (
    uid(tags.SOPClassUID) !== announced.sopClassUid ||
    uid(tags.SOPInstanceUID) !== announced.sopInstanceUid
  )
    return { place: 'quarantine', reason: 'sop-mismatch', status: 0xa900 };
  const studyInstanceUid = uid(tags.StudyInstanceUID);
  // Kept, so the scanner need not send it again; but no result can be filed for it. 0xB007 is a warning, not a refusal.
  if (!studyInstanceUid || !uid(tags.SeriesInstanceUID))
    return { place: 'quarantine', reason: 'missing-study-uid', status: 0xb007 };
  return { place: 'inbox', studyInstanceUid };
}
