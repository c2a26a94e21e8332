import { describe, expect, it } from 'vitest';
import { type Attributes, dataSetOf } from '../dicom/data-set-writer.ts';
import { depthOf, frameGeometry, isPlaced } from './frame-geometry.ts';

const plane = ['0', '1', '0', '0', '0', '-1'];
const plain: Attributes = {
  FrameOfReferenceUID: '1.2.3',
  ImagePositionPatient: ['-12.5', '1e1', '3'],
  ImageOrientationPatient: plane,
  PixelSpacing: ['0.5', '0.6'],
  SliceThickness: '2',
};
const at = (x: string): Attributes => ({
  PlanePositionSequence: [{ ImagePositionPatient: [x, '0', '0'] }],
});
const enhanced: Attributes = {
  FrameOfReferenceUID: '1.2.3',
  SharedFunctionalGroupsSequence: [
    {
      PlaneOrientationSequence: [{ ImageOrientationPatient: plane }],
      PixelMeasuresSequence: [{ PixelSpacing: ['0.5', '0.6'] }],
    },
  ],
  PerFrameFunctionalGroupsSequence: [at('10'), at('12.5')],
};

describe('the geometry of a frame', () => {
  it('is that of a plain image, in its own words', () => {
    const found = frameGeometry(dataSetOf(plain));
    expect(found).toMatchObject({
      frameOfReference: '1.2.3',
      position: ['-12.5', '1e1', '3'],
      spacing: ['0.5', '0.6'],
      thickness: ['2'],
    });
    expect(isPlaced(found)).toBe(true);
  });

  it('is its own of a multi-frame image, and that of all frames', () => {
    const found = [1, 2].map((frame) => frameGeometry(dataSetOf(enhanced), frame));
    expect(found.map(({ position }) => position[0])).toEqual(['10', '12.5']);
    expect(found.every((each) => isPlaced(each) && each.spacing[1] === '0.6')).toBe(true);
    expect(isPlaced(frameGeometry(dataSetOf(enhanced), 3))).toBe(false);
  });

  it('is the depth along the normal, which of this plane points to the right', () => {
    expect(depthOf(frameGeometry(dataSetOf(plain)))).toBeCloseTo(12.5, 12);
    expect(depthOf(frameGeometry(dataSetOf(enhanced), 2))).toBeCloseTo(-12.5, 12);
  });

  it.each([
    'FrameOfReferenceUID',
    'ImagePositionPatient',
    'ImageOrientationPatient',
    'PixelSpacing',
  ] as const)('is no place without %s', (keyword) => {
    expect(isPlaced(frameGeometry(dataSetOf({ ...plain, [keyword]: undefined })))).toBe(false);
  });

  it.each([[['a', '1']], [['0.5']], [['0.5', '0.5', '0.5']], ['']])(
    'takes no spacing from %j',
    (spacing) => {
      expect(frameGeometry(dataSetOf({ ...plain, PixelSpacing: spacing })).spacing).toEqual([]);
    },
  );

  it('knows the spacing at the detector of a radiograph', () => {
    const header = dataSetOf({ ImagerPixelSpacing: ['0.143', '0.143'] });
    expect(frameGeometry(header)).toMatchObject({ spacing: [], planeSpacing: ['0.143', '0.143'] });
  });
});
