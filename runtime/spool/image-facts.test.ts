import { expect, test } from 'vitest';
import { headerOf } from '../../demo/report-sample.ts';
import { describeImage } from './image-facts.ts';

test.each([
  ['years', { PatientAge: '036Y' }, 36],
  ['months', { PatientAge: '030M' }, 2],
  ['weeks', { PatientAge: '051W' }, 0],
  ['days', { PatientAge: '366D' }, 1],
  [
    'a birthday on the day of the study',
    { PatientBirthDate: '20200301', StudyDate: '20260301' },
    6,
  ],
  ['a birthday the day after', { PatientBirthDate: '20200302', StudyDate: '20260301' }, 5],
  ['its own words before the dates', { PatientAge: '004Y', PatientBirthDate: '19500101' }, 4],
  ['nothing', {}, undefined],
  ['a birth after the study', { PatientBirthDate: '20270101', StudyDate: '20260301' }, undefined],
  ['nonsense', { PatientAge: 'OLD', PatientBirthDate: '1950', StudyDate: '20260301' }, undefined],
])('an age is read from %s', (_, attributes, years) => {
  expect(describeImage(headerOf(attributes)).ageYears).toBe(years);
});

test('what models ask about an image is read where the header says it', () => {
  const header = headerOf({
    PhotometricInterpretation: 'MONOCHROME2',
    ImagerPixelSpacing: '0.2\\0.2',
    SliceThickness: '5',
    Manufacturer: 'ACME',
    ContrastBolusAgent: 'OMNIPAQUE',
  });
  expect(describeImage(header)).toMatchObject({
    photometric: 'MONOCHROME2',
    pixelSpacing: 0.2,
    sliceThickness: 5,
    manufacturer: 'ACME',
    contrast: true,
  });
});
