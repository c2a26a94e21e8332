import type { DataSet } from '../dicom/data-set.ts';
import { type Keyword, tags } from '../dicom/tag.ts';

/** Functional group macros that say something of a frame's pixels (PS3.3 C.7.6.16.2). */
const macros: Keyword[] = [
  'PixelValueTransformationSequence',
  'FrameVOILUTSequence',
  'PixelMeasuresSequence',
  'PlanePositionSequence',
  'PlaneOrientationSequence',
];

function itemOf(dataSet: DataSet, keyword: Keyword, index: number): DataSet | undefined {
  return dataSet.elements.get(tags[keyword])?.items?.[index];
}

/**
 * Where to look for what is said of one frame, counted from 0, in this order: its own functional groups, those of all
 * frames, the data set itself.
 */
export function frameScopes(dataSet: DataSet, frame: number): DataSet[] {
  const groups = [
    itemOf(dataSet, 'PerFrameFunctionalGroupsSequence', frame),
    itemOf(dataSet, 'SharedFunctionalGroupsSequence', 0),
  ];
  const found = groups.flatMap((group) =>
    group ? macros.flatMap((macro) => itemOf(group, macro, 0) ?? []) : [],
  );
  return [...found, dataSet];
}

/** The first scope that has a value of the attribute. */
export function scopeOf(scopes: DataSet[], keyword: Keyword): DataSet | undefined {
  return scopes.find(({ elements }) => {
    const element = elements.get(tags[keyword]);
    return element && (element.value.length > 0 || (element.items?.length ?? 0) > 0);
  });
}
