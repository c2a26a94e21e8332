import type { Attributes } from './attributes.ts';
import { referenceAttributes } from './content.ts';
import type { PlacedReference } from './request.ts';

/**
 * Instances of one study as the item of a hierarchical SOP instance reference (PS3.3 table C.17-3), by series;
 * no item where there is no instance.
 */
export function hierarchicalReferences(
  studyInstanceUid: string,
  instances: PlacedReference[],
): Attributes[] {
  if (instances.length === 0) return [];
  const series = Map.groupBy(instances, ({ seriesInstanceUid }) => seriesInstanceUid);
  const items = Array.from(series, ([seriesInstanceUid, members]) => ({
    SeriesInstanceUID: seriesInstanceUid,
    ReferencedSOPSequence: members.map(referenceAttributes),
  }));
  return [{ StudyInstanceUID: studyInstanceUid, ReferencedSeriesSequence: items }];
}
