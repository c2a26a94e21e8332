import { describe, expect, it } from 'vitest';
import { sampleManifest } from '../../../tests/fixtures/manifest.ts';
import { bothFlagged, markedStudy } from '../../../tests/fixtures/marks.ts';
import { itemsOf, put, putCode } from '../../../tests/fixtures/report-edit.ts';
import { type DataSet, readDataSet } from '../../dicom/data-set.ts';
import { encodeDataSet } from '../../dicom/data-set-writer.ts';
import { type Keyword, tags } from '../../dicom/tag.ts';
import { explicitVrLittleEndian } from '../../dicom/transfer-syntax.ts';
import { checkSegmentation, segmentRules } from '../rules.ts';
import { buildSegmentations } from '../segmentation.ts';

const limits = { bytes: 16 << 20, elements: 100_000, depth: 16, valueLength: 1 << 20 };
const study = bothFlagged(markedStudy('CT'));

function built({ request, images }: ReturnType<typeof markedStudy>): Uint8Array {
  const [object] = buildSegmentations(request, images);
  if (!object) throw new Error('no segmentation');
  return object.dataSet;
}

function names(fault: (document: DataSet) => void, request = study.request): string {
  const document = readDataSet(built(study), explicitVrLittleEndian, limits);
  fault(document);
  const broken = checkSegmentation(encodeDataSet(document), request, study.images);
  return [...new Set(broken.map(({ id }) => id))].filter((id) => id !== 'instance-uid').join(' ');
}

/** The first item of the last of these sequences, each in the first item of the one before. */
function inside(document: DataSet, ...path: Keyword[]): DataSet {
  return path.reduce((at, keyword) => itemsOf(at, keyword)[0]!, document);
}

const segment = (document: DataSet) => inside(document, 'SegmentSequence');
const frame = (document: DataSet, ...path: Keyword[]) =>
  inside(document, 'PerFrameFunctionalGroupsSequence', ...path);
const source = (document: DataSet) =>
  frame(document, 'DerivationImageSequence', 'SourceImageSequence');
const pixels = (document: DataSet) => document.elements.get(tags.PixelData)!;
const elements = (document: DataSet) =>
  document.elements as Map<number, { tag: number; vr: string; value: Uint8Array }>;

describe('a segmentation', () => {
  it.each(['CT', 'DX', 'CR'])('breaks no rule: %s', (modality) => {
    for (const marked of [markedStudy(modality), bothFlagged(markedStudy(modality))])
      for (const { dataSet } of buildSegmentations(marked.request, marked.images))
        expect(checkSegmentation(dataSet, marked.request, marked.images)).toEqual([]);
  });

  it('has rules of different names', () => {
    const rules = segmentRules(study.images);
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  });
});

// prettier-ignore
const faults: [string, string, (document: DataSet) => void][] = [
  ['another patient', 'patient-and-study one-patient', (each) => put(each, 'PatientID', 'X')],
  ['another study', 'patient-and-study one-patient uid-derived segment-tracking', (each) => put(each, 'StudyInstanceUID', '2.25.9')],
  ['another class', 'sop-class', (each) => put(each, 'SOPClassUID', '1.2')],
  ['another modality', 'uid-derived modality', (each) => put(each, 'Modality', 'OT')],
  ['in a series of its images', 'uid-derived own-series', (each) => {
    put(each, 'SeriesInstanceUID', study.request.instances[0]!.seriesInstanceUid);
  }],
  ['fractional', 'segmentation-type', (each) => put(each, 'SegmentationType', 'FRACTIONAL')],
  ['another photometric', 'segmentation-photometric', (each) => put(each, 'PhotometricInterpretation', 'MONOCHROME1')],
  ['no patient name', 'patient-and-study one-patient present-attribute', (each) => put(each, 'PatientName', undefined)],
  ['a body part', 'foreign-attribute', (each) => put(each, 'BodyPartExamined', 'CHEST')],
  ['eight bits', 'segmentation-format', (each) => put(each, 'BitsStored', 8)],
  ['a byte too few', 'packed-length', (each) => {
    const { value } = pixels(each);
    elements(each).set(tags.PixelData, { ...pixels(each), value: value.subarray(0, value.length - 2) });
  }],
  ['a segment too few', 'segment-count', (each) => itemsOf(each, 'SegmentSequence').pop()],
  ['segments numbered from 0', 'segment-count', (each) => put(segment(each), 'SegmentNumber', 0)],
  ['another finding', 'segment-finding', (each) => putCode(segment(each), 'SegmentedPropertyTypeCodeSequence', { CodeValue: '1' })],
  ['another label', 'segment-finding', (each) => put(segment(each), 'SegmentLabel', 'pneumothorax')],
  ['drawn by hand', 'segment-algorithm', (each) => put(segment(each), 'SegmentAlgorithmType', 'MANUAL')],
  ['no algorithm', 'segment-algorithm', (each) => put(segment(each), 'SegmentationAlgorithmIdentificationSequence', undefined)],
  ['tracked as another', 'segment-tracking', (each) => put(segment(each), 'TrackingUID', '2.25.3')],
  ['no labelling', 'segmentation-labelling', (each) => put(segment(each), 'SegmentDescription', 'Look.')],
  ['no warning', 'segmentation-labelling', (each) => put(each, 'ContentDescription', 'AI Result')],
  ['a frame fewer', 'packed-length frame-count', (each) => put(each, 'NumberOfFrames', '9')],
  ['no groups of a frame', 'frame-count frame-geometry', (each) => itemsOf(each, 'PerFrameFunctionalGroupsSequence').pop()],
  ['another size', 'packed-length segmentation-grid', (each) => put(each, 'Rows', 44)],
  ['a frame of another segment', 'frame-segment', (each) => put(frame(each, 'SegmentIdentificationSequence'), 'ReferencedSegmentNumber', 2)],
  ['a source of another study', 'frame-source', (each) => put(source(each), 'ReferencedSOPInstanceUID', '2.25.4')],
  ['a source of another class', 'frame-source', (each) => put(source(each), 'ReferencedSOPClassUID', '1.2')],
  ['no derivation', 'frame-source', (each) => put(frame(each, 'DerivationImageSequence'), 'DerivationCodeSequence', undefined)],
  ['another place', 'frame-geometry', (each) => put(frame(each, 'PlanePositionSequence'), 'ImagePositionPatient', ['-125', '-130.5', '0'])],
  ['another spacing', 'frame-geometry', (each) => put(inside(each, 'SharedFunctionalGroupsSequence', 'PixelMeasuresSequence'), 'PixelSpacing', ['1', '1'])],
  ['another frame of reference', 'frame-geometry', (each) => put(each, 'FrameOfReferenceUID', '2.25.5')],
  ['no index', 'dimension-index', (each) => put(frame(each, 'FrameContentSequence'), 'DimensionIndexValues', undefined)],
  ['a pixel more', 'frame-pixels', (each) => { pixels(each).value[0]! |= 1; }],
  ['an image not listed', 'referenced-images', (each) => itemsOf(inside(each, 'ReferencedSeriesSequence'), 'ReferencedInstanceSequence').pop()],
  ['a result that is none', 'segmentation-presentation', (each) => put(each, 'InstanceNumber', '2')],
  ['no diagnosis in the series', 'series-description', (each) => put(each, 'SeriesDescription', 'AI')],
];

describe('a fault in a segmentation', () => {
  it.each(faults)('is caught: %s (%s)', (_name, rules, fault) => {
    expect(names(fault)).toBe(rules);
  });

  it('of a bundle that may not localise is caught', () => {
    const silent = { ...study.request, manifest: sampleManifest };
    expect(names(() => {}, silent)).toContain('segmentation-presentation');
  });

  it('is put in for every rule of a segmentation alone', () => {
    const own = segmentRules(study.images).slice(
      segmentRules(study.images).findIndex(({ id }) => id === 'sop-class'),
    );
    const tried = new Set(faults.flatMap(([, rules]) => rules.split(' ')));
    expect(own.map(({ id }) => id).filter((id) => !tried.has(id))).toEqual([]);
  });
});
