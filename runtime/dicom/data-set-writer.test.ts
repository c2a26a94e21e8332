import { expect, it } from 'vitest';
import { headerLimits, readDataSet } from './data-set.ts';
import { dataSetOf, encapsulated, encodeDataSet } from './data-set-writer.ts';
import { tags } from './tag.ts';
import { explicitVrLittleEndian } from './transfer-syntax.ts';
import { allStrings, firstInteger, firstString } from './value.ts';

const dataSet = dataSetOf({
  Rows: 512,
  PatientID: 'odd',
  PatientName: 'Müller^Jürgen',
  SpecificCharacterSet: 'ISO_IR 192',
  SOPInstanceUID: '1.2.3',
  ImageType: ['ORIGINAL', 'PRIMARY', ''],
  PixelIntensityRelationshipSign: -1,
  ViewCodeSequence: [{ CodeValue: 'a' }, { CodeMeaning: 'b' }],
  AcquisitionContextSequence: [],
  AccessionNumber: '',
  StudyID: undefined,
});

it('is read as it was written', () => {
  const read = readDataSet(encodeDataSet(dataSet), explicitVrLittleEndian, headerLimits);
  expect([...read.elements.keys()]).toEqual([...read.elements.keys()].toSorted((a, b) => a - b));
  expect(read.elements.size).toBe(dataSet.elements.size);
  expect(firstInteger(read, tags.Rows)).toBe(512);
  expect(firstInteger(read, tags.PixelIntensityRelationshipSign)).toBe(-1);
  expect(firstString(read, tags.PatientName)).toBe('Müller^Jürgen');
  expect(allStrings(read, tags.ImageType)).toEqual(['ORIGINAL', 'PRIMARY', '']);
  const views = read.elements.get(tags.ViewCodeSequence)?.items ?? [];
  expect(views.map((item) => firstString(item, tags.CodeValue))).toEqual(['a', undefined]);
  expect(read.elements.get(tags.AcquisitionContextSequence)?.items).toEqual([]);
  expect(read.elements.has(tags.StudyID)).toBe(false);
});

it('pads to even length with what its VR takes', () => {
  const bytes = encodeDataSet(dataSet).toString('latin1');
  expect(bytes).toContain('LO\x04\0odd ');
  expect(bytes).toContain('UI\x06\x001.2.3\0');
});

it('puts coded frames into fragments', () => {
  const pixels = encapsulated([Buffer.from('abc'), Buffer.from('de')]);
  const elements = new Map([[pixels.tag, pixels]]);
  const bytes = encodeDataSet({ elements, littleEndian: true });
  const read = readDataSet(bytes, '1.2.840.10008.1.2.4.50', headerLimits);
  const fragments = read.elements.get(tags.PixelData)?.fragments ?? [];
  expect(fragments.map((each) => Buffer.from(each).toString())).toEqual(['', 'abc\0', 'de']);
});

it('refuses what is too long for its VR', () => {
  expect(() => encodeDataSet(dataSetOf({ PatientID: 'x'.repeat(70_000) }))).toThrow(/INTERNAL/);
});
