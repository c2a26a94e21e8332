import { describe, expect, it } from 'vitest';
import { sampleManifest } from '../../tests/fixtures/manifest.ts';
import { bothFlagged, markedStudy, marking } from '../../tests/fixtures/marks.ts';
import { itemsOf } from '../../tests/fixtures/report-edit.ts';
import type { Mask } from '../../models/outcome.ts';
import { type DataSet, readDataSet } from '../dicom/data-set.ts';
import { dataSetOf } from '../dicom/data-set-writer.ts';
import { tags } from '../dicom/tag.ts';
import { explicitVrLittleEndian } from '../dicom/transfer-syntax.ts';
import { allNumbers, allStrings, firstString } from '../dicom/value.ts';
import type { MaskedImage } from './marked-series.ts';
import { buildSegmentations } from './segmentation.ts';

const limits = { bytes: 16 << 20, elements: 100_000, depth: 16, valueLength: 1 << 20 };
const ct = markedStudy('CT');

function only({ request, images }: typeof ct): DataSet {
  const [object, ...more] = buildSegmentations(request, images);
  if (!object || more.length > 0) throw new Error('not one segmentation');
  return readDataSet(object.dataSet, explicitVrLittleEndian, limits);
}

/** The set pixels of a frame, by their place in the frame. */
function pixelsOf(document: DataSet, frame: number): number[] {
  const [rows = 0] = allNumbers(document, tags.Rows);
  const [columns = 0] = allNumbers(document, tags.Columns);
  const { value } = document.elements.get(tags.PixelData)!;
  const isSet = (at: number) => ((value[at >> 3] ?? 0) >> (at & 7)) & 1;
  const size = rows * columns;
  return Array.from({ length: size }, (_, at) => at).filter((at) => isSet(frame * size + at));
}

function setIn({ runs }: Mask): number[] {
  return runs.flatMap((first, at) =>
    at % 2 === 0 ? Array.from({ length: runs[at + 1]! }, (_, next) => first + next) : [],
  );
}

const framesOf = (document: DataSet) => itemsOf(document, 'PerFrameFunctionalGroupsSequence');
const sourceOf = (frame: DataSet) => {
  const [derivation] = itemsOf(frame, 'DerivationImageSequence');
  const [source] = itemsOf(derivation, 'SourceImageSequence');
  return source && firstString(source, tags.ReferencedSOPInstanceUID);
};

describe('a segmentation of slices', () => {
  const document = only(bothFlagged(ct));

  it('has a segment for each finding and a frame for each mask, from one side to the other', () => {
    const frames = framesOf(document);
    const index = frames.map((frame) =>
      allNumbers(itemsOf(frame, 'FrameContentSequence')[0]!, tags.DimensionIndexValues),
    );
    expect(itemsOf(document, 'SegmentSequence')).toHaveLength(2);
    expect(index).toEqual(
      [1, 2].flatMap((segment) => [1, 2, 3, 4, 5].map((plane) => [segment, plane])),
    );
  });

  it('has the pixels of the masks, bit by bit, and the image and place of each', () => {
    for (const [at, frame] of framesOf(document).entries()) {
      const image = ct.images.find(
        ({ header }) => firstString(header, tags.SOPInstanceUID) === sourceOf(frame),
      )!;
      const [position] = itemsOf(frame, 'PlanePositionSequence');
      expect(pixelsOf(document, at)).toEqual(setIn(image.masks[at < 5 ? 0 : 1]!));
      expect(allStrings(position!, tags.ImagePositionPatient)).toEqual(
        allStrings(image.header, tags.ImagePositionPatient),
      );
    }
  });

  it('is the same, byte for byte, whatever the order of the images', () => {
    const [one] = buildSegmentations(ct.request, ct.images);
    const [other] = buildSegmentations(ct.request, ct.images.toReversed());
    expect(other?.dataSet).toEqual(one?.dataSet);
  });
});

describe('a segmentation of radiographs', () => {
  it('is one for each image, on the grid of the image alone', () => {
    const documents = buildSegmentations(markedStudy('DX').request, markedStudy('DX').images);
    expect(documents).toHaveLength(1);
    const document = only(markedStudy('DX'));
    expect(document.elements.has(tags.FrameOfReferenceUID)).toBe(false);
    expect(allStrings(document, tags.PatientOrientation)).toEqual(['L', 'F']);
  });
});

describe('slices', () => {
  const without = (keyword: 'FrameOfReferenceUID' | 'PixelSpacing') =>
    ct.images.map(({ header, masks }): MaskedImage => {
      const elements = new Map([...header.elements].filter(([tag]) => tag !== tags[keyword]));
      return { header: { ...header, elements }, masks };
    });

  it('without a frame of reference or a spacing are images of their own', () => {
    for (const keyword of ['FrameOfReferenceUID', 'PixelSpacing'] as const)
      expect(buildSegmentations(ct.request, without(keyword))).toHaveLength(5);
  });

  it('of another orientation are a segmentation of their own', () => {
    const turned = dataSetOf({ ImageOrientationPatient: ['1', '0', '0', '0', '0', '-1'] });
    const images = ct.images.map(({ header, masks }, at): MaskedImage => {
      const elements = new Map([...header.elements, ...(at > 6 ? turned.elements : [])]);
      return { header: { ...header, elements }, masks };
    });
    expect(buildSegmentations(ct.request, images)).toHaveLength(2);
  });
});

describe('no segmentation', () => {
  it('is made of what is not flagged, not marked, or may not be shown', () => {
    const { request } = markedStudy('CT', marking, 'no finding');
    expect(buildSegmentations(request, ct.images)).toEqual([]);
    const unmarked = ct.images.map(({ header }) => ({ header, masks: [] }));
    expect(buildSegmentations(ct.request, unmarked)).toEqual([]);
    const silent = { ...ct.request, manifest: sampleManifest };
    expect(buildSegmentations(silent, ct.images)).toEqual([]);
  });
});
