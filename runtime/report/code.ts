import type { Code } from '../../models/manifest.ts';
import type { Attributes } from './attributes.ts';

export const dcm = (value: string, meaning: string): Code => ({ value, scheme: 'DCM', meaning });
export const sct = (value: string, meaning: string): Code => ({ value, scheme: 'SCT', meaning });

/** The concepts that more than one template uses. */
export const algorithmFamily = dcm('111000', 'Algorithm Family');
export const sourceOfMeasurement = dcm('121112', 'Source of Measurement');
export const percent: Code = { value: '%', scheme: 'UCUM', meaning: 'Percent' };

/** A code as the item of a code sequence (PS3.3 8.8). */
export function codeAttributes(code: Code): Attributes {
  return {
    CodeValue: code.value,
    CodingSchemeDesignator: code.scheme,
    CodeMeaning: code.meaning,
  };
}
