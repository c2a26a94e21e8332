import type { Code } from '../../models/manifest.ts';
import type { Attributes } from './attributes.ts';

/** A code of DCM, the DICOM controlled terminology (PS3.16 annex D). */
export const dcm = (value: string, meaning: string): Code => ({ value, scheme: 'DCM', meaning });
/** A code of SNOMED CT. */
export const sct = (value: string, meaning: string): Code => ({ value, scheme: 'SCT', meaning });

/** A code as the item of a code sequence (PS3.3 8.8). */
export function codeAttributes(code: Code): Attributes {
  return {
    CodeValue: code.value,
    CodingSchemeDesignator: code.scheme,
    CodeMeaning: code.meaning,
  };
}
