import { describe, expect, it } from 'vitest';
import { sampleManifest } from '../../../tests/fixtures/manifest.ts';
import { bothFlagged, markedStudy } from '../../../tests/fixtures/marks.ts';
import {
  evidence,
  first,
  itemsOf,
  put,
  putCode,
  putNumber,
  remove,
} from '../../../tests/fixtures/report-edit.ts';
import { type DataSet, readDataSet } from '../../dicom/data-set.ts';
import { encodeDataSet } from '../../dicom/data-set-writer.ts';
import { explicitVrLittleEndian } from '../../dicom/transfer-syntax.ts';
import { buildMeasurements, type Shape } from '../measurements.ts';
import { checkMeasurements, regionRules } from '../rules.ts';

const limits = { bytes: 16 << 20, elements: 100_000, depth: 16, valueLength: 1 << 20 };
const study = bothFlagged(markedStudy('CT'));

function built({ request, images }: ReturnType<typeof markedStudy>, shape: Shape): Uint8Array {
  const object = buildMeasurements(request, images, shape);
  if (!object) throw new Error('no measurements');
  return object.dataSet;
}

function names(shape: Shape, fault: (document: DataSet) => void, request = study.request): string {
  const document = readDataSet(built(study, shape), explicitVrLittleEndian, limits);
  fault(document);
  const { images } = study;
  const broken = checkMeasurements(encodeDataSet(document), request, { images, shape });
  return [...new Set(broken.map(({ id }) => id))].filter((id) => id !== 'instance-uid').join(' ');
}

const group = (document: DataSet) => first(document, '125007');
const referenceOf = (document: DataSet, concept: string) =>
  itemsOf(first(document, concept), 'ReferencedSOPSequence')[0]!;
const selected = (document: DataSet) => {
  const [image] = itemsOf(first(document, '111030'), 'ContentSequence');
  return itemsOf(image, 'ReferencedSOPSequence')[0]!;
};

describe('a measurement document', () => {
  it.each(['CT', 'DX', 'CR'])('breaks no rule: %s', (modality) => {
    for (const { request, images } of [markedStudy(modality), bothFlagged(markedStudy(modality))])
      for (const shape of ['boxes', 'segments'] as const) {
        const bytes = built({ request, images }, shape);
        expect(checkMeasurements(bytes, request, { images, shape })).toEqual([]);
      }
  });

  it('has rules of different names', () => {
    const rules = regionRules(study.images, 'boxes');
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  });
});

type Fault = [name: string, rules: string, shape: Shape, fault: (document: DataSet) => void];

// prettier-ignore
const faults: Fault[] = [
  ['another patient', 'patient-and-study one-patient', 'boxes', (each) => put(each, 'PatientID', 'X')],
  ['an order of another study', 'order', 'boxes', (each) => put(each, 'ReferencedRequestSequence', [{ RequestedProcedureID: '9' }])],
  ['another class', 'sop-class', 'boxes', (each) => put(each, 'SOPClassUID', '1.2')],
  ['in the series of the report', 'uid-derived', 'boxes', (each) => put(each, 'SeriesNumber', '9101')],
  ['another modality', 'modality', 'boxes', (each) => put(each, 'Modality', 'OT')],
  ['verified', 'verification', 'boxes', (each) => put(each, 'VerificationFlag', 'VERIFIED')],
  ['preliminary', 'preliminary', 'boxes', (each) => put(each, 'PreliminaryFlag', 'PRELIMINARY')],
  ['partial', 'measured-completion', 'boxes', (each) => put(each, 'CompletionFlag', 'PARTIAL')],
  ['a body part', 'foreign-attribute', 'boxes', (each) => put(each, 'BodyPartExamined', 'CHEST')],
  ['no procedure code', 'present-attribute', 'boxes', (each) => put(each, 'PerformedProcedureCodeSequence', undefined)],
  ['another title', 'root', 'boxes', (each) => putCode(each, 'ConceptNameCodeSequence', { CodeValue: '126001' })],
  ['no language', 'container', 'boxes', (each) => remove(each, '121049')],
  ['no observer', 'device-observer', 'boxes', (each) => remove(each, '121012')],
  ['no labelling', 'labelling', 'boxes', (each) => put(first(each, '121106'), 'TextValue', 'Look.')],
  ['an image outside the evidence', 'reference measured-evidence', 'segments', (each) => itemsOf(evidence(each), 'ReferencedSOPSequence').pop()],
  ['evidence in another series', 'evidence-place measured-evidence', 'boxes', (each) => put(evidence(each), 'SeriesInstanceUID', '2.25.9')],
  ['a group twice', 'tracking-unique region-coverage', 'boxes', (each) => itemsOf(first(each, '126010'), 'ContentSequence').push(group(each))],
  ['a group too few', 'region-coverage', 'segments', (each) => remove(each, '125007')],
  ['tracked as another', 'region-coverage', 'boxes', (each) => put(first(each, '112040'), 'UID', '2.25.3')],
  ['a group of the report', 'region-template', 'boxes', (each) => put(itemsOf(group(each), 'ContentTemplateSequence')[0]!, 'TemplateIdentifier', '1501')],
  ['another finding', 'region-finding', 'boxes', (each) => putCode(first(each, '121071'), 'ConceptCodeSequence', { CodeValue: '1' })],
  ['a line that stays open', 'region-box', 'boxes', (each) => put(first(each, '111030'), 'GraphicType', 'MULTIPOINT')],
  ['no coordinates', 'value region-box', 'boxes', (each) => put(first(each, '111030'), 'GraphicData', undefined)],
  ['a box on another slice', 'reference measured-library region-box', 'boxes', (each) => put(selected(each), 'ReferencedSOPInstanceUID', study.request.instances[0]!.sopInstanceUid)],
  ['a box of another frame', 'region-box', 'boxes', (each) => put(selected(each), 'ReferencedFrameNumber', '2')],
  ['no purpose', 'region-box', 'boxes', (each) => remove(each, '130400')],
  ['a segmentation that is none', 'reference referenced-segment', 'segments', (each) => put(referenceOf(each, '121191'), 'ReferencedSOPInstanceUID', '2.25.4')],
  ['another segment', 'referenced-segment', 'segments', (each) => put(referenceOf(each, '121191'), 'ReferencedSegmentNumber', 2)],
  ['a source too few', 'segment-sources', 'segments', (each) => remove(each, '121233')],
  ['another volume', 'region-size', 'segments', (each) => putNumber(each, '118565006', '378.93')],
  ['another area', 'region-size', 'boxes', (each) => putNumber(each, '42798000', '1.00')],
  ['centimetres', 'region-size', 'boxes', (each) => putCode(itemsOf(first(each, '103339001'), 'MeasuredValueSequence')[0]!, 'MeasurementUnitsCodeSequence', { CodeValue: 'cm' })],
  ['another probability', 'region-probability', 'boxes', (each) => putNumber(each, '122157', '99.00')],
  ['no threshold', 'region-probability', 'boxes', (each) => remove(each, '122411')],
  ['a number without a child', 'number-algorithm', 'segments', (each) => put(first(each, '118565006'), 'ContentSequence', undefined)],
  ['a number without a version', 'number-algorithm', 'boxes', (each) => remove(group(each), '111003')],
  ['no algorithm above', 'measured-algorithm', 'boxes', (each) => remove(each, '111003')],
  ['parameters left out', 'measured-algorithm', 'boxes', (each) => remove(each, '111002')],
  ['a library without an image', 'measured-library', 'segments', (each) => itemsOf(first(each, '126200'), 'ContentSequence').pop()],
];

describe('a fault in a measurement document', () => {
  it.each(faults)('is caught: %s (%s)', (_name, rules, shape, fault) => {
    expect(names(shape, fault)).toBe(rules);
  });

  it('of a bundle that may not localise is caught', () => {
    const silent = { ...study.request, manifest: sampleManifest };
    expect(names('boxes', () => {}, silent)).toContain('presentation');
    expect(names('segments', () => {}, silent)).toContain('presentation');
  });

  it('is put in for every rule of such a document alone', () => {
    const rules = regionRules(study.images, 'boxes').map(({ id }) => id);
    const own = rules.slice(rules.indexOf('sop-class'));
    const tried = new Set(faults.flatMap(([, broken]) => broken.split(' ')));
    expect(own.filter((id) => !tried.has(id) && id !== 'presentation')).toEqual([]);
  });
});
