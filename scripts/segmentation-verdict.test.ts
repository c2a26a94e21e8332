import { describe, expect, it } from 'vitest';
import { readSegmentationVerdict } from './segmentation-verdict.ts';

const said = (...lines: string[]) =>
  readSegmentationVerdict(
    ['Found Segmentation IOD', ...lines, 'IOD validation complete'].join('\n'),
  );

describe('what PixelMed says of a segmentation', () => {
  it('is nothing where it says nothing, if its rules ran', () => {
    expect(said()).toEqual({ errors: [], warnings: [], excused: [], recognised: true });
    expect(readSegmentationVerdict('Found Segmentation IOD').recognised).toBe(false);
    expect(readSegmentationVerdict('IOD validation complete').recognised).toBe(false);
  });

  it.each([
    'Warning: SOPCommonModule/SpecificCharacterSet/: SpecificCharacterSet/value[1]: Unrecognized defined term :ISO_IR 192:',
    "Error: PatientModule/PatientName/: PatientName/value[1]/: Illegal character(s) 'Я' in value of PN VR - value is :Я^A:",
    'Error: GeneralSeriesModule/Laterality/: : Missing conditional attribute',
    'Error: GeneralImageModule/PatientOrientation/: PatientOrientation: Incorrect value multiplicity - got 2 but expected 1-1',
    'Error: DerivationImageMacro/DerivationImageSequence/: SharedFunctionalGroupsSequence/Item[1]/: Missing required sequence attribute (Type 2)',
  ])('is excused where it is wrong, and kept: %s', (line) => {
    const verdict = said(line);
    expect([verdict.errors, verdict.warnings]).toEqual([[], []]);
    expect(verdict.excused.map((each) => each.line)).toEqual([line]);
  });

  it.each([
    'Error: SOPCommonModule/SpecificCharacterSet/: SpecificCharacterSet/value[1]: Unrecognized defined term :ISO_IR 999:',
    "Error: PatientModule/PatientName/: PatientName/value[1]/: Illegal character(s) '\\' in value of PN VR - value is :Я\\A:",
    "Error: PatientModule/PatientName/: PatientName/value[1]/: Illegal character(s) 'Я\u0007' in value of PN VR - value is :Я:",
    'Error: GeneralSeriesModule/Modality/: : Missing attribute',
    'Error: GeneralImageModule/PatientOrientation/: : Missing conditional attribute',
    'Error: DerivationImageMacro/DerivationImageSequence/: PerFrameFunctionalGroupsSequence/Item[1]/: Missing required sequence attribute (Type 2)',
  ])('counts next to that: %s', (line) => {
    expect(said(line).errors).toEqual([line]);
  });
});
