import { describe, expect, it } from 'vitest';
import { mapBack, placementsOf, type Point } from '../../models/geometry.ts';
import type { PreprocessStep } from '../../models/manifest.ts';
import type { ActivationMap } from '../../models/outcome.ts';
import type { ImageGeometry } from '../../models/stored-image.ts';
import { disc, flaggedRequest, keyImage, localising, mapOf } from '../../tests/fixtures/heatmap.ts';
import { sampleManifest } from '../../tests/fixtures/manifest.ts';
import { itemsOf, put, putCode } from '../../tests/fixtures/report-edit.ts';
import type { DataElement, DataSet } from '../dicom/data-set.ts';
import { encodeDataSet } from '../dicom/data-set-writer.ts';
import { type Keyword, tags } from '../dicom/tag.ts';
import { allNumbers, firstString } from '../dicom/value.ts';
import type { HeatmapSource } from './heatmap.ts';
import { buildParametricMaps } from './parametric-map.ts';
import { buildReport } from './report.ts';
import type { ReportRequest } from './request.ts';
import { readDocument, textOf } from './rules/document.ts';
import { checkParametricMap, mapRules } from './rules.ts';

const steps: PreprocessStep[] = [
  { step: 'crop', fraction: 0.8 },
  { step: 'letterbox', rows: 96, columns: 96 },
];
const flagged = flaggedRequest(localising(steps), 'CT');
const size = { rows: 200, columns: 300 };
/** Rows and columns of a gantry that is tilted by a third. */
const geometry: ImageGeometry = {
  spacing: { rows: 0.8, columns: 0.5, within: 'patient' },
  position: [-75.5, -80.25, 12.5],
  orientation: [1, 0, 0, 0, 0.8, -0.6],
  thickness: 5,
};
const map: ActivationMap = { ...mapOf(6, 8, { row: 3, column: 5 }) };

function slice(request: ReportRequest, rest: Partial<ImageGeometry> = {}): HeatmapSource {
  const pixels = disc(size, { row: 50, column: 60 }, { geometry: { ...geometry, ...rest } });
  const image = keyImage(request, pixels);
  put(image.header, 'FrameOfReferenceUID', '2.25.777');
  put(image.header, 'ImagePositionPatient', geometry.position!.map(String));
  put(image.header, 'ImageOrientationPatient', geometry.orientation!.map(String));
  return image;
}

function built(request: ReportRequest = flagged, image = slice(request), one = map): Uint8Array {
  const [object] = buildParametricMaps(request, image, [one]);
  if (!object) throw new Error('no parametric map');
  return object.dataSet;
}

const read = (bytes: Uint8Array) => readDocument(bytes).header;
const group = (dataSet: DataSet, keyword: Keyword) =>
  (['SharedFunctionalGroupsSequence', 'PerFrameFunctionalGroupsSequence'] as const)
    .flatMap((groups) => itemsOf(dataSet, groups))
    .flatMap((each) => itemsOf(each, keyword))[0]!;
const numbers = (dataSet: DataSet, keyword: Keyword) =>
  allNumbers(dataSet, tags[keyword]).map((value) => value ?? NaN);

/** Millimetres in the patient of a place on a grid. */
function inPatient(
  { row, column }: Point,
  position: readonly number[],
  orientation: readonly number[],
  [down = 0, across = 0]: readonly number[],
): number[] {
  return [0, 1, 2].map(
    (axis) =>
      position[axis]! + orientation[axis]! * column * across + orientation[axis + 3]! * row * down,
  );
}

describe('a parametric map', () => {
  it('breaks no rule, whatever the character set, and is always the same', () => {
    for (const characterSet of ['GB18030', 'ISO_IR 127', '']) {
      const request = flaggedRequest(localising(steps), 'CT', characterSet);
      expect(checkParametricMap(built(request), request)).toEqual([]);
      expect(built(request)).toEqual(built(request));
    }
  });

  it('has the values of the map, in a series of its own', () => {
    const document = read(built());
    const { value } = document.elements.get(tags.FloatPixelData)!;
    const values = new Float32Array(Uint8Array.from(value).buffer);
    expect(Array.from(values)).toEqual(map.values);
    expect([numbers(document, 'Rows'), numbers(document, 'Columns')]).toEqual([[6], [8]]);
    expect(textOf(document, 'SeriesInstanceUID')).not.toBe(buildReport(flagged).seriesInstanceUid);
    expect(firstString(document, tags.Modality)).toBe('CT');
  });

  it.each<[string, PreprocessStep[]]>([
    ['as it is', []],
    ['crop, letterbox', steps],
    ['resample', [{ step: 'resample', millimetres: 1.3 }]],
    ['resize, crop', [{ step: 'resize', rows: 90, columns: 130 }, ...steps]],
  ])('lies in the patient where its fields come from: %s', (_name, journey) => {
    const request = flaggedRequest(localising(journey), 'CT');
    const document = read(built(request, slice(request)));
    const source = { ...size, spacing: geometry.spacing };
    const seen = placementsOf(journey, source).at(-1) ?? size;
    const position = numbers(group(document, 'PlanePositionSequence'), 'ImagePositionPatient');
    const spacing = numbers(group(document, 'PixelMeasuresSequence'), 'PixelSpacing');
    for (const field of [
      { row: 0, column: 0 },
      { row: 3, column: 5 },
      { row: 5, column: 7 },
    ]) {
      const onImage = mapBack(journey, source, {
        row: ((field.row + 0.5) * seen.rows) / map.rows - 0.5,
        column: ((field.column + 0.5) * seen.columns) / map.columns - 0.5,
      });
      const expected = inPatient(onImage, geometry.position!, geometry.orientation!, [0.8, 0.5]);
      const found = inPatient(field, position, geometry.orientation!, spacing);
      for (const axis of [0, 1, 2]) expect(found[axis]).toBeCloseTo(expected[axis]!, 4);
    }
  });

  it('of another map has another instance UID', () => {
    const other = { ...map, values: map.values.map((value) => value * 2) };
    const [one, two] = [built(), built(flagged, slice(flagged), other)].map(read);
    expect(textOf(one!, 'SOPInstanceUID')).not.toBe(textOf(two!, 'SOPInstanceUID'));
  });

  it('of an image that has lost something to compression says so', () => {
    const image = slice(flagged);
    put(image.header, 'LossyImageCompression', '01');
    put(image.header, 'LossyImageCompressionRatio', '9.5');
    put(image.header, 'LossyImageCompressionMethod', 'ISO_10918_1');
    const bytes = built(flagged, image);
    expect(textOf(read(bytes), 'LossyImageCompression')).toBe('01');
    expect(textOf(read(bytes), 'LossyImageCompressionRatio')).toBe('9.5');
    expect(checkParametricMap(bytes, flagged)).toEqual([]);
  });
});

describe('no parametric map is built', () => {
  const count = (request: ReportRequest, image = slice(flagged), one = map) =>
    buildParametricMaps(request, image, [one]).length;

  it('of an image that has no place in the patient', () => {
    expect(count(flagged)).toBe(1);
    const { position: _, ...rest } = geometry;
    const image = slice(flagged);
    expect(count(flagged, { ...image, pixels: { ...image.pixels, geometry: rest } })).toBe(0);
    const spacing = { rows: 1, columns: 1, within: 'detector' as const };
    expect(count(flagged, slice(flagged, { spacing }))).toBe(0);
    put(image.header, 'FrameOfReferenceUID', undefined);
    expect(count(flagged, image)).toBe(0);
  });

  it('where the bundle may not say where it reacted', () => {
    expect(count({ ...flagged, manifest: sampleManifest })).toBe(0);
    expect(count({ ...flagged, manifest: undefined })).toBe(0);
    const { conclusion } = flagged;
    if (conclusion.state !== 'flagged') throw new Error('wrong sample');
    expect(count({ ...flagged, conclusion: { ...conclusion, state: 'no-flag' } })).toBe(0);
  });

  it('of a map of another finding, or one that speaks for nothing', () => {
    expect(count(flagged, slice(flagged), { ...map, finding: 'effusion' })).toBe(0);
    const against = { ...map, values: map.values.map((value) => -value) };
    expect(count(flagged, slice(flagged), against)).toBe(0);
  });
});

describe('a fault in a parametric map', () => {
  const { header } = slice(flagged);
  const names = (fault: (document: DataSet) => void, request = flagged) => {
    const document = read(built());
    fault(document);
    const broken = checkParametricMap(encodeDataSet(document), request, [header]);
    // The header of the image at hand has no patient.
    const ignored = ['instance-uid', 'one-patient'];
    const ids = broken.map(({ id }) => id).filter((id) => !ignored.includes(id));
    return [...new Set(ids)].join(' ');
  };
  const derivation = (document: DataSet) => group(document, 'DerivationImageSequence');
  const source = (document: DataSet) => itemsOf(derivation(document), 'SourceImageSequence')[0]!;
  const mapping = (document: DataSet) => group(document, 'RealWorldValueMappingSequence');
  const putPixels = (document: DataSet, values: number[]) => {
    const value = new Uint8Array(Float32Array.from(values).buffer);
    const element: DataElement = { tag: tags.FloatPixelData, vr: 'OF', value };
    (document.elements as Map<number, DataElement>).set(element.tag, element);
  };

  it.each<[string, string, (document: DataSet) => void]>([
    ['none', '', () => {}],
    ['another patient', 'patient-and-study', (each) => put(each, 'PatientID', 'X')],
    ['another class', 'uid-derived sop-class', (each) => put(each, 'SOPClassUID', '1.2')],
    ['another modality', 'map-modality', (each) => put(each, 'Modality', 'MR')],
    ['no creator', 'present-attribute', (each) => put(each, 'ContentCreatorName', undefined)],
    ['a window', 'foreign-attribute', (each) => put(each, 'WindowCenter', '1')],
    ['an original', 'map-image', (each) => put(each, 'ImageType', ['ORIGINAL', 'PRIMARY'])],
    ['two frames', 'map-image', (each) => put(each, 'NumberOfFrames', '2')],
    ['a burnt-in name', 'map-image', (each) => put(each, 'BurnedInAnnotation', 'YES')],
    ['a row too many', 'map-pixels', (each) => put(each, 'Rows', 7)],
    [
      'a value that is none',
      'map-pixels map-units',
      (each) => putPixels(each, [NaN, ...map.values.slice(1)]),
    ],
    [
      'nothing but 0',
      'map-pixels',
      (each) =>
        putPixels(
          each,
          map.values.map(() => 0),
        ),
    ],
    [
      'a value beyond the mapping',
      'map-units',
      (each) => putPixels(each, [9, ...map.values.slice(1)]),
    ],
    [
      'other units',
      'map-units',
      (each) => putCode(mapping(each), 'MeasurementUnitsCodeSequence', { CodeValue: '%' }),
    ],
    [
      'another quantity',
      'map-units',
      (each) =>
        putCode(itemsOf(mapping(each), 'QuantityDefinitionSequence')[0]!, 'ConceptCodeSequence', {
          CodeValue: '130403',
        }),
    ],
    [
      'no place',
      'map-place map-plane',
      (each) =>
        itemsOf(each, 'PerFrameFunctionalGroupsSequence').forEach((item) =>
          put(item, 'PlanePositionSequence', undefined),
        ),
    ],
    [
      'another frame of reference',
      'map-place',
      (each) => put(each, 'FrameOfReferenceUID', '2.25.9'),
    ],
    [
      'no spacing',
      'map-place',
      (each) => put(group(each, 'PixelMeasuresSequence'), 'PixelSpacing', undefined),
    ],
    [
      'another slice',
      'map-plane',
      (each) => put(group(each, 'PlanePositionSequence'), 'ImagePositionPatient', ['0', '0', '99']),
    ],
    [
      'another orientation',
      'map-plane',
      (each) =>
        put(group(each, 'PlaneOrientationSequence'), 'ImageOrientationPatient', [
          '-1',
          '0',
          '0',
          '0',
          '0.8',
          '-0.6',
        ]),
    ],
    [
      'no purpose',
      'map-source',
      (each) => put(source(each), 'PurposeOfReferenceCodeSequence', undefined),
    ],
    [
      'another derivation',
      'map-source',
      (each) => putCode(derivation(each), 'DerivationCodeSequence', { CodeValue: '113072' }),
    ],
    [
      'no derivation',
      'map-modality map-source map-presentation map-labelling',
      (each) =>
        itemsOf(each, 'PerFrameFunctionalGroupsSequence').forEach((item) =>
          put(item, 'DerivationImageSequence', undefined),
        ),
    ],
    [
      'no series of its source',
      'map-source',
      (each) => put(each, 'ReferencedSeriesSequence', undefined),
    ],
    [
      'a foreign source',
      'map-modality map-source map-presentation map-labelling',
      (each) => put(source(each), 'ReferencedSOPInstanceUID', '2.25.9'),
    ],
    [
      'no warning',
      'map-labelling',
      (each) => put(derivation(each), 'DerivationDescription', 'Look.'),
    ],
    [
      'another finding',
      'map-labelling',
      (each) => put(each, 'ContentDescription', 'Reaction for: suspected pleural effusion'),
    ],
  ])('is caught: %s (%s)', (_name, rules, fault) => {
    expect(names(fault)).toBe(rules);
  });

  it('of a bundle that may not localise is caught', () => {
    expect(names(() => {}, { ...flagged, manifest: sampleManifest })).toContain('map-presentation');
    expect(new Set(mapRules.map(({ id }) => id)).size).toBe(mapRules.length);
  });
});
