import type { DataSet } from '../../dicom/data-set.ts';
import { type Keyword, tags } from '../../dicom/tag.ts';
import { allNumbers, allStrings } from '../../dicom/value.ts';
import { optionalAttributes, requiredAttributes } from '../header.ts';
import { heatmapSubjects, heatmapWords } from '../heatmap.ts';
import { parametricMap } from '../parametric-map.ts';
import { codeOf, itemsOf, textOf } from './document.ts';
import { attributeRules, fixed, ownAttributes } from './header-rules.ts';
import { type Examined, type Rule, unless } from './rule.ts';

const present: Keyword[] = [
  ...requiredAttributes,
  'ContentCreatorName',
  'InstanceNumber',
  'PositionReferenceIndicator',
  'AcquisitionContextSequence',
];

const texts: [Keyword, string][] = [
  ['ImageType', 'DERIVED\\PRIMARY\\STATIC\\NONE'],
  ['NumberOfFrames', '1'],
  ['PhotometricInterpretation', 'MONOCHROME2'],
  ['BurnedInAnnotation', 'NO'],
  ['RecognizableVisualFeatures', 'NO'],
  ['PresentationLUTShape', 'IDENTITY'],
];

const known: ReadonlySet<string> = new Set<Keyword>([
  ...present,
  ...optionalAttributes,
  ...ownAttributes,
  ...texts.map(([keyword]) => keyword),
  'BodyPartExamined',
  'Laterality',
  'FrameOfReferenceUID',
  'ContentLabel',
  'ContentDescription',
  'ContentQualification',
  'LossyImageCompression',
  'LossyImageCompressionRatio',
  'LossyImageCompressionMethod',
  'DimensionOrganizationSequence',
  'DimensionIndexSequence',
  'SharedFunctionalGroupsSequence',
  'PerFrameFunctionalGroupsSequence',
  'ReferencedSeriesSequence',
  'SamplesPerPixel',
  'Rows',
  'Columns',
  'BitsAllocated',
  'FloatPixelData',
]);

/** Of a parametric map. */
export const parametricMapRules: Rule[] = [
  fixed('sop-class', 'SOPClassUID', parametricMap),
  {
    id: 'map-modality',
    must: 'the modality must be that of the image behind it',
    breaches: (examined) => {
      const found = textOf(examined.document.header, 'Modality');
      return unless(
        found === (imageOf(examined)?.modality || 'OT'),
        found || 'nothing',
        'Modality',
      );
    },
  },
  ...attributeRules(present, known, 'a parametric map'),
  {
    id: 'map-image',
    must: 'it must be one grey frame, derived, that names no patient in its pixels',
    breaches: ({ document: { header } }) =>
      texts.flatMap(([keyword, value]) => {
        const found = allStrings(header, tags[keyword]).join('\\');
        return unless(found === value, found || 'nothing', keyword);
      }),
  },
  {
    id: 'map-pixels',
    must: 'it must have as many finite 32-bit values as rows and columns say, one above 0 among them',
    breaches: ({ document: { header } }) => {
      const [rows = 0] = allNumbers(header, tags.Rows);
      const [columns = 0] = allNumbers(header, tags.Columns);
      const format = [tags.BitsAllocated, tags.SamplesPerPixel].flatMap((tag) =>
        allNumbers(header, tag),
      );
      const values = valuesIn(header);
      const holds =
        format.join() === '32,1' &&
        values.length === rows * columns &&
        values.every(Number.isFinite) &&
        values.some((value) => value > 0);
      return unless(holds, `${values.length} values`, 'FloatPixelData');
    },
  },
  {
    id: 'map-units',
    must: 'values must be class activations (130402, DCM) without units, mapped one to one over all their range',
    breaches: ({ document: { header } }) => {
      const mappings = groupsIn(header, 'RealWorldValueMappingSequence');
      const [quantity] = mappings.flatMap((each) => itemsOf(each, 'QuantityDefinitionSequence'));
      const holds =
        mappings.length === 1 &&
        isOneToOne(mappings[0]!, valuesIn(header)) &&
        codeOf(mappings[0]!, 'MeasurementUnitsCodeSequence') === '1 UCUM' &&
        quantity !== undefined &&
        codeOf(quantity, 'ConceptNameCodeSequence') === '246205007 SCT' &&
        codeOf(quantity, 'ConceptCodeSequence') === '130402 DCM';
      return unless(holds, 'another mapping', 'RealWorldValueMappingSequence');
    },
  },
  {
    id: 'map-place',
    must: 'it must have a place in the frame of reference of its image: position, orientation, spacing',
    breaches: ({ document: { header }, sources }) => {
      const uid = textOf(header, 'FrameOfReferenceUID');
      const source = sourceIn({ header, sources });
      const expected = source ? textOf(source, 'FrameOfReferenceUID') : uid;
      return [
        ...unless(uid !== '' && uid === expected, uid || 'nothing', 'FrameOfReferenceUID'),
        ...unless(isPlaced(header), 'another place', 'PlanePositionSequence'),
      ];
    },
  },
  {
    id: 'map-plane',
    must: 'it must lie in the plane of its image',
    breaches: ({ document: { header }, sources }) => {
      const source = sourceIn({ header, sources });
      if (!source || numbersOf(source, 'ImagePositionPatient').length === 0) return [];
      return unless(isInPlaneOf(source, header), 'another plane', 'PlanePositionSequence');
    },
  },
  {
    id: 'map-source',
    must: 'its source must be one image of the result, as (121322, DCM), with its class and series, and its derivation (130402, DCM)',
    breaches: (examined) => {
      const { header } = examined.document;
      const sources = sourcesIn(header);
      const instance = imageOf(examined);
      const [derivation] = groupsIn(header, 'DerivationImageSequence');
      const series = itemsOf(header, 'ReferencedSeriesSequence');
      const [named] = series.flatMap((each) => itemsOf(each, 'ReferencedInstanceSequence'));
      const holds =
        instance !== undefined &&
        [sources.length, series.length].join() === '1,1' &&
        derivation !== undefined &&
        codeOf(derivation, 'DerivationCodeSequence') === '130402 DCM' &&
        codeOf(sources[0]!, 'PurposeOfReferenceCodeSequence') === '121322 DCM' &&
        textOf(sources[0]!, 'ReferencedSOPClassUID') === instance.sopClassUid &&
        textOf(series[0]!, 'SeriesInstanceUID') === instance.seriesInstanceUid &&
        named !== undefined &&
        textOf(named, 'ReferencedSOPInstanceUID') === instance.sopInstanceUid;
      return unless(holds, referencedIn(sources[0]) || 'nothing', 'SourceImageSequence');
    },
  },
  {
    id: 'map-presentation',
    must: 'it must be of a flagged finding, from a bundle that may say where it reacted',
    breaches: (examined) =>
      unless(wordsFor(examined).length > 0, 'a parametric map', 'SourceImageSequence'),
  },
  {
    id: 'map-labelling',
    must: 'description and derivation must name warning, algorithm, finding and labelling',
    breaches: (examined) => {
      const { header } = examined.document;
      const [derivation] = groupsIn(header, 'DerivationImageSequence');
      const text = derivation ? textOf(derivation, 'DerivationDescription') : '';
      const description = textOf(header, 'ContentDescription');
      const notice = examined.request.manifest?.labelling.notice ?? '';
      const holds = wordsFor(examined).some(
        ({ warning, finding }) =>
          [warning, finding, notice].every((each) => text.includes(each)) &&
          finding.startsWith(description) &&
          description !== '',
      );
      return unless(holds, 'another text', 'DerivationDescription');
    },
  },
];

/** The items of a functional group, of all frames or of the one. */
function groupsIn(header: DataSet, keyword: Keyword): DataSet[] {
  return [
    ...itemsOf(header, 'SharedFunctionalGroupsSequence'),
    ...itemsOf(header, 'PerFrameFunctionalGroupsSequence'),
  ].flatMap((group) => itemsOf(group, keyword));
}

function sourcesIn(header: DataSet): DataSet[] {
  return groupsIn(header, 'DerivationImageSequence').flatMap((each) =>
    itemsOf(each, 'SourceImageSequence'),
  );
}

function referencedIn(item: DataSet | undefined): string {
  return item ? textOf(item, 'ReferencedSOPInstanceUID') : '';
}

function imageOf({ document: { header }, request }: Pick<Examined, 'document' | 'request'>) {
  const uid = referencedIn(sourcesIn(header)[0]);
  return request.instances.find(({ sopInstanceUid }) => sopInstanceUid === uid);
}

/** The header of the image, where it is at hand. */
function sourceIn({ header, sources }: { header: DataSet; sources: readonly DataSet[] }) {
  const uid = referencedIn(sourcesIn(header)[0]);
  return sources.find((source) => textOf(source, 'SOPInstanceUID') === uid);
}

/** The words of every map that may be made of its source. */
function wordsFor({ document: { header }, request }: Examined) {
  const [source] = sourcesIn(header);
  const [frame] = source ? allNumbers(source, tags.ReferencedFrameNumber) : [];
  return heatmapSubjects(request, referencedIn(source), frame).map(heatmapWords);
}

function valuesIn({ elements }: DataSet): number[] {
  const value = elements.get(tags.FloatPixelData)?.value ?? new Uint8Array(0);
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return Array.from({ length: Math.floor(value.length / 4) }, (_, at) =>
    view.getFloat32(4 * at, true),
  );
}

function isOneToOne(mapping: DataSet, values: readonly number[]): boolean {
  const [slope, intercept, first = NaN, last = NaN] = (
    [
      'RealWorldValueSlope',
      'RealWorldValueIntercept',
      'DoubleFloatRealWorldValueFirstValueMapped',
      'DoubleFloatRealWorldValueLastValueMapped',
    ] as const
  ).flatMap((keyword) => numbersOf(mapping, keyword));
  const covers = values.every((value) => value >= Math.fround(first) && value <= Math.fround(last));
  return slope === 1 && intercept === 0 && covers;
}

function numbersOf(dataSet: DataSet | undefined, keyword: Keyword): number[] {
  const values = dataSet ? allNumbers(dataSet, tags[keyword]) : [];
  return values.map((value) => value ?? NaN);
}

function planeIn(header: DataSet) {
  return {
    position: numbersOf(groupsIn(header, 'PlanePositionSequence')[0], 'ImagePositionPatient'),
    across: numbersOf(groupsIn(header, 'PlaneOrientationSequence')[0], 'ImageOrientationPatient'),
    spacing: numbersOf(groupsIn(header, 'PixelMeasuresSequence')[0], 'PixelSpacing'),
  };
}

function isPlaced(header: DataSet): boolean {
  const { position, across, spacing } = planeIn(header);
  return (
    [position.length, across.length, spacing.length].join() === '3,6,2' &&
    spacing.every((each) => each > 0) &&
    [...position, ...across].every(Number.isFinite)
  );
}

/** Within a hundredth of a millimetre, and along the same rows and columns. */
function isInPlaneOf(source: DataSet, header: DataSet): boolean {
  const { position, across } = planeIn(header);
  const [x = 0, y = 0, z = 0, u = 0, v = 0, w = 0] = across;
  const normal = [y * w - z * v, z * u - x * w, x * v - y * u];
  const origin = numbersOf(source, 'ImagePositionPatient');
  const depth = normal.reduce((sum, each, at) => sum + each * (position[at]! - origin[at]!), 0);
  const turned = numbersOf(source, 'ImageOrientationPatient').map((each, at) => each - across[at]!);
  return Math.abs(depth) < 0.01 && turned.every((each) => Math.abs(each) < 1e-4);
}
