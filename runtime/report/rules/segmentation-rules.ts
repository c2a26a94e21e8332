import type { DataSet } from '../../dicom/data-set.ts';
import { type Keyword, tags } from '../../dicom/tag.ts';
import { allNumbers } from '../../dicom/value.ts';
import { algorithmOf } from '../algorithm.ts';
import { frameGeometry } from '../frame-geometry.ts';
import { optionalAttributes, requiredAttributes } from '../header.ts';
import { trackingUid } from '../identity.ts';
import {
  type MarkedFrame,
  type MarkedSeries,
  type MaskedImage,
  markedSeries,
} from '../marked-series.ts';
import { codeOf, itemsOf, textOf } from './document.ts';
import { differences } from './evidence-rules.ts';
import { attributeRules, fixed, ownAttributes } from './header-rules.ts';
import { type Breach, type Examined, type Rule, unless } from './rule.ts';

const present: Keyword[] = [...requiredAttributes, 'InstanceNumber', 'ContentCreatorName'];

/** All that the header may have: nothing else of the series and instance of its source. */
const known: ReadonlySet<string> = new Set<Keyword>([
  ...present,
  ...optionalAttributes,
  ...ownAttributes,
  'ImageType',
  'PatientOrientation',
  'FrameOfReferenceUID',
  'PositionReferenceIndicator',
  'ContentLabel',
  'ContentDescription',
  'LossyImageCompression',
  'SegmentationType',
  'SegmentSequence',
  'NumberOfFrames',
  'DimensionOrganizationSequence',
  'DimensionIndexSequence',
  'SharedFunctionalGroupsSequence',
  'PerFrameFunctionalGroupsSequence',
  'ReferencedSeriesSequence',
  'SamplesPerPixel',
  'PhotometricInterpretation',
  'Rows',
  'Columns',
  'BitsAllocated',
  'BitsStored',
  'HighBit',
  'PixelRepresentation',
  'PixelData',
]);

const pixelFormat: [Keyword, number][] = [
  ['SamplesPerPixel', 1],
  ['BitsAllocated', 1],
  ['BitsStored', 1],
  ['HighBit', 0],
  ['PixelRepresentation', 0],
];

const perFrame = 'PerFrameFunctionalGroupsSequence';

/** A Segmentation under examination, beside what it has to show. */
interface Compared extends Examined {
  header: DataSet;
  marked: MarkedSeries;
  /** The masks in the order of the frames, and the segment of each. */
  frames: (MarkedFrame & { segment: number })[];
}

/** Of a Segmentation of these images. */
export function segmentationRules(images: readonly MaskedImage[]): Rule[] {
  return [
    ...ownRules,
    {
      id: 'segmentation-presentation',
      must: 'a segmentation must be of what a model marked for a flagged finding, from a bundle that may say where it reacted',
      breaches: (examined) =>
        unless(compare(examined, images) !== undefined, 'a segmentation', 'InstanceNumber'),
    },
    ...comparisons.map(({ id, must, breaches }) => ({
      id,
      must,
      breaches: (examined: Examined) => {
        const compared = compare(examined, images);
        return compared ? breaches(compared) : [];
      },
    })),
  ];
}

const ownRules: Rule[] = [
  fixed('sop-class', 'SOPClassUID', '1.2.840.10008.5.1.4.1.1.66.4'),
  fixed('modality', 'Modality', 'SEG'),
  fixed('segmentation-type', 'SegmentationType', 'BINARY'),
  fixed('segmentation-photometric', 'PhotometricInterpretation', 'MONOCHROME2'),
  ...attributeRules(present, known, 'a segmentation'),
  {
    id: 'segmentation-format',
    must: 'pixels must be one bit each',
    breaches: ({ document: { header } }) =>
      pixelFormat.flatMap(([keyword, value]) => {
        const found = numberOf(header, keyword);
        return unless(found === value, String(found), keyword);
      }),
  },
  {
    id: 'packed-length',
    must: 'pixel data must be as long as rows, columns and frames make it, to an even number of bytes',
    breaches: ({ document: { header } }) => {
      const [rows, columns] = [numberOf(header, 'Rows'), numberOf(header, 'Columns')];
      const bytes = Math.ceil((rows * columns * numberOf(header, 'NumberOfFrames')) / 8);
      const found = header.elements.get(tags.PixelData)?.value.length;
      return unless(found === bytes + (bytes % 2), String(found ?? 'nothing'), 'PixelData');
    },
  },
];

/** What is compared with the masks. */
const comparisons: { id: string; must: string; breaches: (compared: Compared) => Breach[] }[] = [
  {
    id: 'segment-count',
    must: 'there must be one segment for each flagged finding with a mask, numbered from 1',
    breaches: ({ header, marked }) => {
      const found = itemsOf(header, 'SegmentSequence').map((each) =>
        numberOf(each, 'SegmentNumber'),
      );
      const expected = marked.findings.map((_, at) => at + 1);
      return unless(found.join() === expected.join(), found.join() || 'none', 'SegmentSequence');
    },
  },
  {
    id: 'segment-finding',
    must: 'each segment must have the finding, the site and the label of its finding',
    breaches: ({ header, marked }) =>
      marked.findings.flatMap(({ finding }, at) => {
        const segment = itemsOf(header, 'SegmentSequence')[at];
        if (!segment) return [];
        const found = [
          codeOf(segment, 'SegmentedPropertyTypeCodeSequence'),
          codeOf(segment, 'AnatomicRegionSequence'),
          codeOf(segment, 'SegmentedPropertyCategoryCodeSequence'),
          textOf(segment, 'SegmentLabel'),
        ].join();
        const { finding: type, site, label } = finding;
        const codes = [type, site].map(({ value, scheme }) => `${value} ${scheme}`);
        const holds = found === [...codes, '49755003 SCT', label].join();
        return unless(holds, found, `segment ${at + 1}`);
      }),
  },
  {
    id: 'segment-algorithm',
    must: 'each segment must be automatic, by the model that made the result',
    breaches: ({ header, request }) => {
      const { name, version, parameters } = algorithmOf(request);
      return itemsOf(header, 'SegmentSequence').flatMap((segment, at) => {
        const [algorithm] = itemsOf(segment, 'SegmentationAlgorithmIdentificationSequence');
        const stated = algorithm
          ? [
              codeOf(algorithm, 'AlgorithmFamilyCodeSequence'),
              textOf(algorithm, 'AlgorithmName'),
              textOf(algorithm, 'AlgorithmVersion'),
              textOf(algorithm, 'AlgorithmParameters'),
            ]
          : [];
        const found = [
          textOf(segment, 'SegmentAlgorithmType'),
          textOf(segment, 'SegmentAlgorithmName'),
          ...stated,
        ].join();
        const model = ['123110 DCM', name, version, parameters.join(', ')];
        const holds = found === ['AUTOMATIC', name, ...model].join();
        return unless(holds, 'another algorithm', `segment ${at + 1}`);
      });
    },
  },
  {
    id: 'segment-tracking',
    must: 'each segment must be tracked under the names that the report gives its finding',
    breaches: ({ header, marked, request }) =>
      marked.findings.flatMap(({ finding: { id }, subject }, at) => {
        const segment = itemsOf(header, 'SegmentSequence')[at];
        if (!segment) return [];
        const study = textOf(header, 'StudyInstanceUID');
        const found = `${textOf(segment, 'TrackingID')} ${textOf(segment, 'TrackingUID')}`;
        const expected = `${id} ${trackingUid(request, study, subject.sopInstanceUid, id)}`;
        return unless(found === expected, found, `segment ${at + 1}`);
      }),
  },
  {
    id: 'segmentation-labelling',
    must: 'it must say that it is not for primary diagnosis, and each segment the fixed text of the labelling',
    breaches: ({ header, request }) => {
      const notice = request.manifest?.labelling.notice ?? '';
      const warned = textOf(header, 'ContentDescription').includes('NOT FOR PRIMARY DIAGNOSIS');
      const segments = itemsOf(header, 'SegmentSequence');
      const told = segments.every((each) => textOf(each, 'SegmentDescription') === notice);
      return unless(warned && told, 'another text', 'SegmentSequence');
    },
  },
  {
    id: 'frame-count',
    must: 'there must be one frame for each mask, and functional groups for each frame',
    breaches: ({ header, frames }) => {
      const found = [numberOf(header, 'NumberOfFrames'), itemsOf(header, perFrame).length];
      const holds = found.every((count) => count === frames.length);
      return unless(holds, found.join(' and '), 'NumberOfFrames');
    },
  },
  {
    id: 'segmentation-grid',
    must: 'rows and columns must be those of the images',
    breaches: ({ header, frames }) =>
      frames.flatMap(({ header: image, instance }) =>
        unless(
          (['Rows', 'Columns'] as const).every(
            (keyword) => numberOf(header, keyword) === numberOf(image, keyword),
          ),
          `another size than ${instance.sopInstanceUid}`,
          'Rows',
        ),
      ),
  },
  perFrameRule(
    'frame-segment',
    'each frame must be of the segment of its finding',
    (group, frame) => {
      const [segment] = itemsOf(group, 'SegmentIdentificationSequence');
      return segment ? numberOf(segment, 'ReferencedSegmentNumber') === frame.segment : false;
    },
  ),
  perFrameRule(
    'frame-source',
    'each frame must name the image that it was made from, an instance of the study, as (121322, DCM)',
    (group, { instance, mask }) => {
      const [derivation] = itemsOf(group, 'DerivationImageSequence');
      const sources = derivation ? itemsOf(derivation, 'SourceImageSequence') : [];
      const [source] = sources;
      return (
        derivation !== undefined &&
        source !== undefined &&
        sources.length === 1 &&
        codeOf(derivation, 'DerivationCodeSequence') === '113076 DCM' &&
        codeOf(source, 'PurposeOfReferenceCodeSequence') === '121322 DCM' &&
        textOf(source, 'SpatialLocationsPreserved') === 'YES' &&
        textOf(source, 'ReferencedSOPClassUID') === instance.sopClassUid &&
        textOf(source, 'ReferencedSOPInstanceUID') === instance.sopInstanceUid &&
        textOf(source, 'ReferencedFrameNumber') === String(mask.frame ?? '')
      );
    },
  ),
  {
    id: 'frame-geometry',
    must: 'frame of reference, position, orientation and spacing of each frame must be those of its image',
    breaches: ({ header, frames, marked }) =>
      frames.flatMap(({ geometry }, at) => {
        const found = frameGeometry(header, at + 1);
        const keys = ['frameOfReference', 'position', 'orientation', 'spacing'] as const;
        const holds = keys.every(
          (key) => String(found[key]) === (marked.placed ? String(geometry[key]) : ''),
        );
        return unless(holds, 'another place', `frame ${at + 1}`);
      }),
  },
  {
    id: 'dimension-index',
    must: 'each frame must have an index of its own: its segment, and a plane that rises with it',
    breaches: ({ header, frames }) => {
      const index = itemsOf(header, perFrame).map((group) => {
        const [content] = itemsOf(group, 'FrameContentSequence');
        return content ? allNumbers(content, tags.DimensionIndexValues) : [];
      });
      return index.flatMap(([segment, plane], at) => {
        const [before, planeBefore = 0] = at > 0 ? index[at - 1]! : [];
        const rises = segment !== before || (plane ?? 0) > planeBefore;
        const holds = segment === frames[at]?.segment && (plane ?? 0) >= 1 && rises;
        return unless(holds, `${segment} ${plane}`, `frame ${at + 1}`);
      });
    },
  },
  {
    id: 'frame-pixels',
    must: 'the pixels of each frame must be those of its mask',
    breaches: ({ header, frames, marked: { rows, columns } }) => {
      const pixels = header.elements.get(tags.PixelData)?.value ?? new Uint8Array();
      return frames.flatMap(({ mask }, at) => {
        const found = runsIn(pixels, at * rows * columns, rows * columns);
        return unless(found.join() === joined(mask.runs).join(), 'other pixels', `frame ${at + 1}`);
      });
    },
  },
  {
    id: 'referenced-images',
    must: 'the images must be listed by series, each once',
    breaches: ({ header, frames }) =>
      differences(
        itemsOf(header, 'ReferencedSeriesSequence').flatMap((series) =>
          itemsOf(series, 'ReferencedInstanceSequence').map(
            (each) =>
              `${textOf(series, 'SeriesInstanceUID')} ${textOf(each, 'ReferencedSOPInstanceUID')}`,
          ),
        ),
        [
          ...new Set(
            frames.map(({ instance: each }) => `${each.seriesInstanceUid} ${each.sopInstanceUid}`),
          ),
        ],
        'ReferencedSeriesSequence',
      ),
  },
];

function perFrameRule(
  id: string,
  must: string,
  holds: (group: DataSet, frame: Compared['frames'][number]) => boolean,
) {
  return {
    id,
    must,
    breaches: ({ header, frames }: Compared) => {
      const groups = itemsOf(header, perFrame);
      return frames.flatMap((frame, at) => {
        const group = groups[at];
        return group ? unless(holds(group, frame), 'another', `frame ${at + 1}`) : [];
      });
    },
  };
}

/** What the n-th Segmentation of a result has to show; undefined where there is none. */
function compare(examined: Examined, images: readonly MaskedImage[]): Compared | undefined {
  const { header } = examined.document;
  const marked = markedSeries(examined.request, images)[numberOf(header, 'InstanceNumber') - 1];
  if (!marked) return undefined;
  const frames = marked.findings.flatMap((each, at) =>
    each.frames.map((frame) => ({ ...frame, segment: at + 1 })),
  );
  return { ...examined, header, marked, frames };
}

function numberOf(dataSet: DataSet, keyword: Keyword): number {
  const [number = NaN] = allNumbers(dataSet, tags[keyword]);
  return number;
}

/** Start and length of each run of set bits. */
function runsIn(bytes: Uint8Array, first: number, count: number): number[] {
  const runs: number[] = [];
  let start = -1;
  for (let at = 0; at <= count; at++) {
    const bit = first + at;
    const isSet = at < count && ((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1;
    if (isSet && start < 0) start = at;
    if (!isSet && start >= 0) runs.push(start, at - start);
    if (!isSet) start = -1;
  }
  return runs;
}

/** Runs that touch are one. */
function joined(runs: readonly number[]): number[] {
  const whole: number[] = [];
  for (let at = 0; at + 1 < runs.length; at += 2) {
    const [start, length] = [runs[at]!, runs[at + 1]!];
    const end = whole.length > 0 ? whole.at(-2)! + whole.at(-1)! : -1;
    if (start === end) whole[whole.length - 1]! += length;
    else whole.push(start, length);
  }
  return whole;
}
