import { describe, expect, it } from 'vitest';
import { sampleManifest } from '../../tests/fixtures/manifest.ts';
import { bothFlagged, markedStudy, marking } from '../../tests/fixtures/marks.ts';
import { content, first, itemsOf } from '../../tests/fixtures/report-edit.ts';
import { type DataSet, readDataSet } from '../dicom/data-set.ts';
import { type Attributes, dataSetOf } from '../dicom/data-set-writer.ts';
import { tags } from '../dicom/tag.ts';
import { explicitVrLittleEndian } from '../dicom/transfer-syntax.ts';
import { allNumbers, firstString } from '../dicom/value.ts';
import type { MaskedImage } from './marked-series.ts';
import { buildMeasurements, type Shape } from './measurements.ts';
import { buildReport } from './report.ts';
import { checkMeasurements, checkSegmentation } from './rules.ts';
import { buildSegmentations } from './segmentation.ts';

const limits = { bytes: 16 << 20, elements: 100_000, depth: 16, valueLength: 1 << 20 };
const ct = markedStudy('CT');
const read = (bytes: Uint8Array) => readDataSet(bytes, explicitVrLittleEndian, limits);

function built({ request, images }: ReturnType<typeof markedStudy>, shape: Shape): DataSet {
  const object = buildMeasurements(request, images, shape);
  if (!object) throw new Error('no measurements');
  return read(object.dataSet);
}

function numberIn(document: DataSet, concept: string): number | undefined {
  const [measured] = itemsOf(first(document, concept), 'MeasuredValueSequence');
  return allNumbers(measured!, tags.NumericValue)[0];
}

const cornersIn = (document: DataSet) => allNumbers(first(document, '111030'), tags.GraphicData);

/** The same images with other masks: on image `at` what `runs` says. */
function marked(runs: Record<number, number[]>, own: Attributes = {}): typeof ct {
  const images = ct.images.map(({ header }, at): MaskedImage => {
    const mask = { finding: 'pneumothorax', rows: 43, columns: 51, runs: runs[at] ?? [] };
    const elements = new Map([...header.elements, ...dataSetOf(own).elements]);
    return { header: { ...header, elements }, masks: [mask] };
  });
  return { request: ct.request, images };
}

describe('measurements as segments', () => {
  it('have the volume of the marked pixels: 7 of 0.625 mm by 0.625 mm, 2.5 mm apart', () => {
    const document = built(marked({ 5: [100, 3], 7: [200, 4] }), 'segments');
    expect(numberIn(document, '118565006')).toBe(6.84);
  });

  it('take the slice thickness where one image is all there is', () => {
    const one = marked({ 6: [100, 8] });
    const { request, images } = { ...one, images: one.images.slice(6, 7) };
    expect(numberIn(built({ request, images }, 'segments'), '118565006')).toBe(9.38);
  });

  it('refer to the segmentation that is made of the same masks, and to its images', () => {
    const document = built(ct, 'segments');
    const [reference] = itemsOf(first(document, '121191'), 'ReferencedSOPSequence');
    const [segmentation] = buildSegmentations(ct.request, ct.images);
    expect(firstString(reference!, tags.ReferencedSOPInstanceUID)).toBe(
      segmentation?.sopInstanceUid,
    );
    expect(content(document, '121233')).toHaveLength(5);
  });
});

describe('measurements as boxes', () => {
  it('have the box, area and long axis of the largest part where it is largest', () => {
    const runs = { 4: [0, 5], 5: [51, 4, 102, 4, 153, 4], 7: [60, 3, 200, 9] };
    const document = built(marked(runs, { PixelSpacing: ['1', '1'] }), 'boxes');
    expect(cornersIn(document)).toEqual([0, 1, 4, 1, 4, 4, 0, 4, 0, 1]);
    expect(numberIn(document, '42798000')).toBe(12);
    expect(numberIn(document, '103339001')).toBe(5);
  });

  it('have sizes at the detector of a radiograph, and none where nothing says how large a pixel is', () => {
    const dx = markedStudy('DX');
    const document = built(dx, 'segments');
    expect(content(document, '118565006')).toEqual([]);
    expect(numberIn(document, '42798000')).toBeGreaterThan(0);
    const images = dx.images.map(({ header, masks }) => {
      const elements = new Map(header.elements);
      elements.delete(tags.ImagerPixelSpacing);
      return { masks, header: { ...header, elements } };
    });
    expect(content(built({ request: dx.request, images }, 'boxes'), '42798000')).toEqual([]);
  });
});

describe('a multi-frame image', () => {
  const [instance] = ct.request.instances;
  const masks = [2, 3].map((frame) => ({
    finding: 'pneumothorax',
    rows: 43,
    columns: 51,
    runs: [60, frame],
    frame,
  }));
  const own = dataSetOf({
    NumberOfFrames: '4',
    PerFrameFunctionalGroupsSequence: [40, 42, 44, 46].map((z) => ({
      PlanePositionSequence: [{ ImagePositionPatient: ['0', '0', String(z)] }],
    })),
  });
  const elements = new Map([...ct.images[0]!.header.elements, ...own.elements]);
  const images = [{ header: { elements, littleEndian: true }, masks }];
  const request = { ...ct.request, instances: [instance!] };

  it('is measured frame by frame: 5 pixels, 2 mm apart', () => {
    expect(numberIn(built({ request, images }, 'segments'), '118565006')).toBe(3.91);
    const document = built({ request, images }, 'boxes');
    const [image] = itemsOf(first(document, '111030'), 'ContentSequence');
    const [reference] = itemsOf(image, 'ReferencedSOPSequence');
    expect(firstString(reference!, tags.ReferencedFrameNumber)).toBe('3');
  });

  it('breaks no rule', () => {
    for (const { dataSet } of buildSegmentations(request, images))
      expect(checkSegmentation(dataSet, request, images)).toEqual([]);
    for (const shape of ['boxes', 'segments'] as const) {
      const { dataSet } = buildMeasurements(request, images, shape)!;
      expect(checkMeasurements(dataSet, request, { images, shape })).toEqual([]);
    }
  });
});

describe('a measurement document', () => {
  it('tracks a finding on a radiograph, and on slices, as the report does', () => {
    for (const study of [ct, markedStudy('DX')]) {
      const tracked = (document: DataSet) =>
        content(document, '112040').map((item) => firstString(item, tags.UID));
      const [uid] = tracked(built(study, 'boxes'));
      expect(tracked(read(buildReport(study.request).dataSet))).toContain(uid);
    }
  });

  it('is another one as boxes than as segments, in a series of its own', () => {
    const [boxes, segments] = (['boxes', 'segments'] as const).map((shape) =>
      buildMeasurements(ct.request, ct.images, shape),
    );
    expect(boxes?.sopInstanceUid).not.toBe(segments?.sopInstanceUid);
    expect(boxes?.seriesInstanceUid).toBe(segments?.seriesInstanceUid);
    expect(boxes?.seriesInstanceUid).not.toBe(buildReport(ct.request).seriesInstanceUid);
  });

  it('is none of what is not flagged, not marked, or may not be shown', () => {
    const { request } = markedStudy('CT', marking, 'no finding');
    expect(buildMeasurements(request, ct.images, 'boxes')).toBeUndefined();
    const unmarked = marked({});
    expect(buildMeasurements(ct.request, unmarked.images, 'boxes')).toBeUndefined();
    const silent = { ...ct.request, manifest: sampleManifest };
    expect(buildMeasurements(silent, ct.images, 'segments')).toBeUndefined();
  });

  it('has a group for each finding', () => {
    expect(content(built(bothFlagged(ct), 'boxes'), '125007')).toHaveLength(2);
  });
});
