import type { Code } from '../../models/manifest.ts';
import { dcm } from './code.ts';

/** CID 29 Acquisition Modality (PS3.16), those that image. */
const acquisitionModalities = new Map(
  [
    dcm('CR', 'Computed Radiography'),
    dcm('CT', 'Computed Tomography'),
    dcm('DX', 'Digital Radiography'),
    dcm('ES', 'Endoscopy'),
    dcm('GM', 'General Microscopy'),
    dcm('IO', 'Intra-oral Radiography'),
    dcm('IVUS', 'Intravascular Ultrasound'),
    dcm('MG', 'Mammography'),
    dcm('MR', 'Magnetic Resonance'),
    dcm('NM', 'Nuclear Medicine'),
    dcm('OCT', 'Optical Coherence Tomography'),
    dcm('OP', 'Ophthalmic Photography'),
    dcm('PT', 'Positron emission tomography'),
    dcm('PX', 'Panoramic X-Ray'),
    dcm('RF', 'Radiofluoroscopy'),
    dcm('RG', 'Radiographic imaging'),
    dcm('SM', 'Slide Microscopy'),
    dcm('US', 'Ultrasound'),
    dcm('XA', 'X-Ray Angiography'),
    dcm('XC', 'External-camera Photography'),
  ].map((code): [string, Code] => [code.value, code]),
);

/** Modalities whose every image is an examination of its own, not a slice of one. */
const projectionModalities = new Set(['CR', 'DX', 'IO', 'MG', 'PX', 'RG']);

/** The code of a Modality (0008,0060); undefined for one that CID 29 does not have, such as `OT`. */
export function modalityCode(modality: string): Code | undefined {
  return acquisitionModalities.get(modality);
}

export function isProjection(modality: string): boolean {
  return projectionModalities.has(modality);
}

const ct: Code = { value: '25045-6', scheme: 'LN', meaning: 'CT unspecified body region' };
const imaging: Code = { value: '363679005', scheme: 'SCT', meaning: 'Imaging procedure' };

/** The procedure that was done, as unspecific as a header lets one be sure of it. */
export function procedureCode(modality: string): Code {
  return modality === 'CT' ? ct : imaging;
}
