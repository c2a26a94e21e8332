import type { BleedKind } from '../models/phantom/head/bleed.ts';
import type { MimicKind } from '../models/phantom/head/mimic.ts';
import { type HeadSlice, type Protocol, scanHead } from '../models/phantom/head/scan.ts';
import { storeHeadSlice } from '../models/phantom/head/stored-slice.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { deriveUid } from '../runtime/dicom/uid.ts';
import {
  type Attributes,
  type DemoPatient,
  encode,
  patientAndStudy,
  type PhantomInstance,
  type Registration,
  seriesAndEquipment,
} from './phantom-study.ts';

/** Which series to write. Everything but the seed, the patient and the study has a default. */
export interface HeadSeriesRequest {
  seed: number;
  patient: DemoPatient;
  studyInstanceUid: string;
  /** Drawn by prevalence where absent. */
  bleeds?: readonly BleedKind[];
  /** Drawn by prevalence where absent. */
  mimics?: readonly MimicKind[];
  /** Rows and columns; 512 where absent. */
  size?: number;
  /** How many slices cover the head; about 30, which touch, where absent. */
  slices?: number;
  accessionNumber?: string;
  /** DA and TM of study, series and image; fixed where absent, so that the same request gives the same bytes. */
  taken?: { date: string; time: string };
}

type Complete = Required<Omit<HeadSeriesRequest, 'bleeds' | 'mimics' | 'slices'>> &
  Pick<HeadSeriesRequest, 'bleeds' | 'mimics' | 'slices'>;

const ctImageStorage = '1.2.840.10008.5.1.4.1.1.2';

const defaults = {
  size: 512,
  accessionNumber: '',
  taken: { date: '20260105', time: '080000' },
} as const;

const head = { CodeValue: '69536005', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Head' };

/** A decimal string of at most sixteen characters (PS3.5, table 6.2-1). */
function decimal(value: number): string {
  return String(Number(value.toFixed(5)));
}

function ctSeries(registration: Registration): Attributes {
  const { studyInstanceUid } = registration;
  return {
    ...seriesAndEquipment({ ...registration, modality: 'CT' }),
    SeriesInstanceUID: deriveUid('head phantom series', studyInstanceUid),
    SeriesDescription: 'Head phantom, simulated, no patient',
    ProtocolName: 'Head phantom, simulated',
    BodyPartExamined: 'HEAD',
    PatientPosition: 'HFS',
    Manufacturer: 'Scanside phantom',
    ManufacturerModelName: 'Virtual CT scanner',
    FrameOfReferenceUID: deriveUid('head phantom frame of reference', studyInstanceUid),
    PositionReferenceIndicator: '',
  };
}

/** Image Plane (PS3.3 C.7.6.2): the rows' ends rise to the back where the gantry is tilted. */
function imagePlane(protocol: Protocol, index: number, size: number): Attributes {
  const turn = (protocol.tilt * Math.PI) / 180;
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const pixel = protocol.fieldOfView / size;
  const [left, top] = protocol.centre.map((at) => at + pixel / 2 - protocol.fieldOfView / 2);
  const height = protocol.bottom + index * protocol.spacing;
  return {
    PixelSpacing: [decimal(pixel), decimal(pixel)],
    ImageOrientationPatient: ['1', '0', '0', '0', decimal(cos), decimal(sin)],
    ImagePositionPatient: [left ?? 0, (top ?? 0) * cos, height + (top ?? 0) * sin].map(decimal),
    SliceThickness: decimal(protocol.thickness),
    SliceLocation: decimal(height),
  };
}

/** CT Image (PS3.3 C.8.2.1). */
function ctImage({ fieldOfView, tilt }: Protocol): Attributes {
  return {
    ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    AnatomicRegionSequence: [head],
    RescaleIntercept: '-1024',
    RescaleSlope: '1',
    RescaleType: 'HU',
    KVP: '120',
    GantryDetectorTilt: decimal(tilt),
    ReconstructionDiameter: decimal(fieldOfView),
    ConvolutionKernel: 'SIMULATED',
    WindowCenter: '40',
    WindowWidth: '80',
  };
}

function storePixels(slice: HeadSlice): ArrayBuffer {
  return Uint16Array.from(storeHeadSlice(slice).values).buffer;
}

/** Image Pixel (PS3.3 C.7.6.3): 12 bits. */
function imagePixel(slice: HeadSlice): Attributes {
  return {
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: slice.size,
    Columns: slice.size,
    BitsAllocated: 16,
    BitsStored: 12,
    HighBit: 11,
    PixelRepresentation: 0,
    PixelData: storePixels(slice),
    _vrMap: { PixelData: 'OW' },
  };
}

/** General Image (PS3.3 C.7.6.1). */
function generalImage(request: Complete, index: number): Attributes {
  const { date, time } = request.taken;
  const identity = JSON.stringify(Object.entries(request).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return {
    SOPClassUID: ctImageStorage,
    SOPInstanceUID: deriveUid('head phantom image', identity, String(index)),
    InstanceNumber: String(index + 1),
    AcquisitionNumber: '1',
    AcquisitionDate: date,
    AcquisitionTime: time,
    ContentDate: date,
    ContentTime: time,
    BurnedInAnnotation: 'NO',
    LossyImageCompression: '00',
    ImageComments: 'Computer-made phantom, simulated, no patient',
  };
}

/**
 * Writes a head phantom as a series of CT images, Explicit VR Little Endian, from the lowest slice up, each when it is
 * asked for. The same request gives the same bytes and UIDs.
 */
export function* makeHeadSeries(request: HeadSeriesRequest): Generator<PhantomInstance> {
  const complete: Complete = { ...defaults, ...request };
  const { protocol, slice } = scanHead(complete);
  const series = ctSeries(complete);
  for (let index = 0; index < protocol.slices; index++) {
    const image = generalImage(complete, index);
    yield {
      sopClassUid: ctImageStorage,
      sopInstanceUid: String(image['SOPInstanceUID']),
      studyInstanceUid: complete.studyInstanceUid,
      seriesInstanceUid: String(series['SeriesInstanceUID']),
      transferSyntaxUid: explicitVrLittleEndian,
      dataSet: encode({
        ...patientAndStudy(complete),
        ...series,
        ...image,
        ...imagePlane(protocol, index, complete.size),
        ...ctImage(protocol),
        ...imagePixel(slice(index)),
      }),
    };
  }
}

type Variant = Pick<HeadSeriesRequest, 'bleeds' | 'mimics'> & { givenName: string };

const headCases: readonly [Variant, ...Variant[]] = [
  { givenName: 'INTRAPARENCHYMAL', bleeds: ['intraparenchymal'] },
  { givenName: 'PLAIN', bleeds: [], mimics: [] },
  { givenName: 'SUBDURAL', bleeds: ['subdural'] },
  {
    givenName: 'CALCIFIED',
    bleeds: [],
    mimics: ['pineal-calcification', 'choroid-calcification', 'ganglia-calcification'],
  },
  { givenName: 'SUBARACHNOID', bleeds: ['subarachnoid'] },
  { givenName: 'RESTLESS', bleeds: [], mimics: ['falx-calcification', 'dense-sinus', 'motion'] },
  { givenName: 'INTRAVENTRICULAR', bleeds: ['intraventricular'] },
];

/** The `at`th head study of the demonstration, of one series. The same arguments give the same objects. */
export function makeHeadCase(
  seed: number,
  at: number,
  variant: Pick<HeadSeriesRequest, 'size' | 'slices' | 'taken'> = {},
): Generator<PhantomInstance> {
  const { givenName, ...shown } = headCases[at % headCases.length] ?? headCases[0];
  const number = String(at + 1).padStart(4, '0');
  const { date = '', time = '' } = variant.taken ?? {};
  return makeHeadSeries({
    ...shown,
    ...variant,
    seed: seed + at,
    patient: { name: `DEMO^${givenName}`, id: `DEMO-H${number}` },
    studyInstanceUid: deriveUid('head phantom study', String(seed), String(at), date, time),
    accessionNumber: `DEMOH${number}`,
  });
}
