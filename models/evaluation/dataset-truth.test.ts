import { describe, expect, it } from 'vitest';
import type { Dataset } from '../dataset/dataset.ts';
import { chooseLabel, datasetTruth } from './dataset-truth.ts';

const item = {
  file: 'instances/1.2.dcm',
  patient: 'p1',
  labels: { pneumonia: 1 },
  age: 7,
  part: 'test',
};
const dataset = {
  items: [item, { ...item, file: 'instances/1.3.dcm', patient: 'p2', labels: { nodule: 0 } }],
} as unknown as Dataset;

describe('the truth of a data set', () => {
  it('is that of the images with the label, and keeps what subgroups are made of', () => {
    expect(datasetTruth(dataset, 'pneumonia')).toEqual([
      {
        row: 1,
        file: 'instances/1.2.dcm',
        patient: 'p1',
        label: 1,
        columns: { age: '7', sex: '', view: '', site: '', part: 'test' },
      },
    ]);
  });

  it('needs a label that is there, and a name where there are several', () => {
    expect(chooseLabel(dataset, 'nodule')).toBe('nodule');
    expect(() => chooseLabel(dataset, undefined)).toThrow('must be one of nodule, pneumonia');
    expect(() => chooseLabel(dataset, 'mass')).toThrow('must be one of nodule, pneumonia');
  });
});
