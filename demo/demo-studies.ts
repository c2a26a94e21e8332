import { disk } from '../device/files.ts';
import { deriveUid } from '../runtime/dicom/uid.ts';
import { makeHeadSeries } from './head-study.ts';
import { type DemoPatient, makePhantomInstance, type PhantomInstance } from './phantom-study.ts';
import { listRadiographs, makeRadiograph, type Radiograph } from './radiograph-study.ts';

export interface DemoStudy {
  studyUid: string;
  instances: PhantomInstance[];
}

/** Date and time of the study, as DICOM writes them. */
type Taken = { date: string; time: string };

/** What every kind of demonstration study is made of. */
interface DemoRequest {
  seed: number;
  at: number;
  patient: DemoPatient;
  accessionNumber: string;
  taken: Taken | undefined;
}

/** A kind of study that the demonstration sends: family name DEMO, given name this. */
interface DemoCase {
  givenName: string;
  make(request: DemoRequest): PhantomInstance[];
}

const radiographs = listRadiographs(disk);

/** One of the named files; the seed and the place in the sequence choose which. */
function chooseRadiograph({ seed, at }: DemoRequest, files: readonly string[]): Radiograph {
  const wanted = files[(seed + at) % files.length];
  return radiographs.find(({ file }) => file === wanted)!;
}

function uidOf({ seed, at, taken }: DemoRequest): string {
  const { date = '', time = '' } = taken ?? {};
  return deriveUid('demonstration study', String(seed), String(at), date, time);
}

/** One of the radiographs. `ageYears` is what the header says, whoever the picture is like. */
function radiograph(
  files: readonly string[],
  { ageYears, view }: { ageYears: number; view: 'PA' | 'AP' },
): DemoCase['make'] {
  return (request) => {
    const { patient, accessionNumber, taken } = request;
    const { date, time } = taken ?? { date: '20260105', time: '080000' };
    const facts = {
      patient: patient.id,
      patientName: patient.name,
      exam: uidOf(request),
      taken: { date, time },
      accessionNumber,
      ageYears,
      view,
    };
    return [makeRadiograph(disk, chooseRadiograph(request, files), facts)];
  };
}

/** Heads whose bleed the model finds; it misses others. */
const headSeeds = [1, 3, 5, 7];

/** Slices of a head, few and small, so that a demonstration stays quick. */
const headSize = { size: 256, slices: 12 };

function head(
  bleeds: NonNullable<Parameters<typeof makeHeadSeries>[0]['bleeds']>,
): DemoCase['make'] {
  return (request) => {
    const { seed, at, patient, accessionNumber, taken } = request;
    const series = makeHeadSeries({
      ...headSize,
      ...(taken && { taken }),
      seed: headSeeds[(seed + at) % headSeeds.length]!,
      patient,
      studyInstanceUid: uidOf(request),
      bleeds,
      mimics: [],
      accessionNumber,
    });
    return [...series];
  };
}

/** An object that no model on the device is intended for. */
function phantom(variant: {
  modality?: 'CT';
  bodyPart?: 'ABDOMEN';
  size?: number;
}): DemoCase['make'] {
  return (request) => {
    const { seed, at, patient, accessionNumber, taken } = request;
    const made = makePhantomInstance({
      ...variant,
      ...(taken && { taken }),
      findings: [],
      seed: seed + at,
      patient,
      studyInstanceUid: uidOf(request),
      accessionNumber,
    });
    return [made];
  };
}

/** Files of `demo/radiographs/`: what the model for children says of them differs, so that every answer occurs. */
const opacities = ['child-109-one.jpg', 'child-110-one.jpg', 'child-111-one.jpg'];
const plain = ['child-103-none.jpg'];
const doubtful = ['child-101-none.jpg', 'child-105-none.jpg'];
const adults = ['adult-like-501-none.jpg', 'adult-like-506-none.jpg'];

const demoCases: readonly [DemoCase, ...DemoCase[]] = [
  { givenName: 'OPACITY', make: radiograph(opacities, { ageYears: 3, view: 'AP' }) },
  { givenName: 'PLAIN', make: radiograph(plain, { ageYears: 2, view: 'PA' }) },
  {
    givenName: 'TWO OPACITIES',
    make: radiograph(['child-112-two.jpg'], { ageYears: 4, view: 'AP' }),
  },
  // The header says a child; the picture does not look like one, so that the gate has to stop it.
  { givenName: 'WRONG AGE', make: radiograph(adults, { ageYears: 3, view: 'PA' }) },
  { givenName: 'BLEED', make: head(['subdural']) },
  { givenName: 'DOUBTFUL', make: radiograph(doubtful, { ageYears: 1, view: 'AP' }) },
  { givenName: 'ABDOMEN', make: phantom({ bodyPart: 'ABDOMEN' }) },
  { givenName: 'LOCALIZER', make: phantom({ modality: 'CT', size: 64 }) },
];

/**
 * The `at`th study that the virtual scanner sends. It goes round a list of cases: synthetic radiographs of children with
 * and without opacities, one that is not of a child, a head with a bleed, and what no model is intended for. The same
 * arguments give the same objects.
 */
export function makeDemoStudy(seed: number, at: number, taken?: Taken): DemoStudy {
  const { givenName, make } = demoCases[at % demoCases.length] ?? demoCases[0];
  const number = String(at + 1).padStart(4, '0');
  const patient = { name: `DEMO^${givenName}`, id: `DEMO-${number}` };
  const instances = make({ seed, at, patient, accessionNumber: `DEMO${number}`, taken });
  return { studyUid: instances[0]!.studyInstanceUid, instances };
}
