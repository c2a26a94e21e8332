import { type DataSet, readDataSet } from './data-set.ts';
import { tags } from './tag.ts';
import { firstString } from './value.ts';

/** What an N-CREATE or N-SET of a Modality Performed Procedure Step says of images (PS3.4 table F.7.2-1). */
export interface ProcedureStepUpdate {
  /** Performed Procedure Step Status (0040,0252); undefined where it does not change. */
  status: string | undefined;
  /** Study Instance UIDs of the scheduled steps; none in an N-SET. */
  studyUids: string[];
  /** SOP Instance UIDs of the images that were made, as far as they are named. */
  imageUids: string[];
}

/** A step that names 10,000 images is about 2 MB and 40,000 elements. */
const limits = { bytes: 1 << 24, elements: 400_000, depth: 8, valueLength: 1 << 20 };

/** Throws DATA_SET_UNREADABLE where the bytes are no data set. */
export function decodeProcedureStep(
  bytes: Uint8Array,
  transferSyntaxUid: string,
): ProcedureStepUpdate {
  const dataSet = readDataSet(bytes, transferSyntaxUid, limits);
  const scheduled = itemsOf(dataSet, tags.ScheduledStepAttributesSequence);
  const images = itemsOf(dataSet, tags.PerformedSeriesSequence).flatMap((series) =>
    itemsOf(series, tags.ReferencedImageSequence),
  );
  return {
    status: firstString(dataSet, tags.PerformedProcedureStepStatus),
    studyUids: present(scheduled, tags.StudyInstanceUID),
    imageUids: present(images, tags.ReferencedSOPInstanceUID),
  };
}

function present(items: DataSet[], tag: number): string[] {
  return [...new Set(items.flatMap((item) => firstString(item, tag) ?? []))];
}

function itemsOf(dataSet: DataSet, tag: number): DataSet[] {
  return dataSet.elements.get(tag)?.items ?? [];
}
