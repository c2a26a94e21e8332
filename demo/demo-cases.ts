import { deriveUid } from '../runtime/dicom/uid.ts';
import {
  makePhantomInstance,
  type PhantomInstance,
  type PhantomInstanceRequest,
} from './phantom-study.ts';

type Variant = Omit<PhantomInstanceRequest, 'seed' | 'patient' | 'studyInstanceUid'>;

/** A kind of study that the demonstration sends. */
interface DemoCase {
  /** Family name DEMO, given name this. */
  givenName: string;
  variant: Variant;
}

const demoCases: readonly [DemoCase, ...DemoCase[]] = [
  { givenName: 'PNEUMOTHORAX', variant: { findings: ['pneumothorax'] } },
  { givenName: 'PLAIN', variant: { findings: [], modality: 'CR', photometric: 'MONOCHROME1' } },
  {
    givenName: 'EFFUSION',
    variant: { findings: ['pleural-effusion'], bits: 16, viewPosition: 'AP' },
  },
  { givenName: 'NODULE', variant: { findings: ['nodule'], modality: 'CR', bits: 8 } },
  { givenName: 'PLAIN', variant: { findings: [], photometric: 'MONOCHROME1', size: 768 } },
  { givenName: 'ABDOMEN', variant: { findings: [], bodyPart: 'ABDOMEN' } },
  { givenName: 'LOCALIZER', variant: { findings: [], modality: 'CT', size: 64 } },
];

/**
 * The `at`th study of the demonstration, of one image. It goes round a list of cases: each finding, clear ones in every
 * encoding, one of another body part, one of another modality. The same arguments give the same object.
 */
export function makeDemoInstance(
  seed: number,
  at: number,
  taken?: { date: string; time: string },
): PhantomInstance {
  const { givenName, variant } = demoCases[at % demoCases.length] ?? demoCases[0];
  const number = String(at + 1).padStart(4, '0');
  return makePhantomInstance({
    ...variant,
    ...(taken && { taken }),
    seed: seed + at,
    patient: { name: `DEMO^${givenName}`, id: `DEMO-${number}` },
    studyInstanceUid: deriveUid(
      'phantom study',
      String(seed),
      String(at),
      taken?.date ?? '',
      taken?.time ?? '',
    ),
    accessionNumber: `DEMO${number}`,
  });
}
