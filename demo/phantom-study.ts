import { data } from 'dcmjs';
import type { PhantomFinding } from '../models/phantom/finding.ts';
import { renderPhantom } from '../models/phantom/phantom.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { deriveUid } from '../runtime/dicom/uid.ts';

/** Someone who visibly does not exist. */
export interface DemoPatient {
  /** Such as DEMO^FLAGGED. */
  name: string;
  /** Such as DEMO-0001. */
  id: string;
}

/** Which object to write. Everything but the seed, the patient and the study has a default. */
export interface PhantomInstanceRequest {
  seed: number;
  patient: DemoPatient;
  studyInstanceUid: string;
  /** Drawn by prevalence where absent. */
  findings?: readonly PhantomFinding[];
  /** DX where absent. CT writes a localizer, which no model of chest radiographs may take. */
  modality?: 'DX' | 'CR' | 'CT';
  /** MONOCHROME2 where absent. MONOCHROME1 stores the same picture with its values turned over. */
  photometric?: 'MONOCHROME1' | 'MONOCHROME2';
  /** Bits stored; 12 where absent. */
  bits?: 8 | 12 | 16;
  /** Rows and columns; 512 where absent. */
  size?: number;
  /** What the header claims, whatever the picture shows; CHEST where absent. */
  bodyPart?: 'CHEST' | 'ABDOMEN';
  /** PA where absent. */
  viewPosition?: 'PA' | 'AP' | 'LL';
  /** 1 where absent. */
  instanceNumber?: number;
  accessionNumber?: string;
  /** DA and TM of study, series and image; fixed where absent, so that the same request gives the same bytes. */
  taken?: { date: string; time: string };
}

/** A DICOM object ready to be sent. */
export interface PhantomInstance {
  sopClassUid: string;
  sopInstanceUid: string;
  studyInstanceUid: string;
  seriesInstanceUid: string;
  transferSyntaxUid: string;
  /** Without preamble and file meta information. */
  dataSet: Uint8Array;
}

type Complete = Required<Omit<PhantomInstanceRequest, 'findings'>> &
  Pick<PhantomInstanceRequest, 'findings'>;
export type Attributes = Record<string, unknown>;

const sopClasses = {
  DX: '1.2.840.10008.5.1.4.1.1.1.1',
  CR: '1.2.840.10008.5.1.4.1.1.1',
  CT: '1.2.840.10008.5.1.4.1.1.2',
} as const;

const defaults = {
  modality: 'DX',
  photometric: 'MONOCHROME2',
  bits: 12,
  size: 512,
  bodyPart: 'CHEST',
  viewPosition: 'PA',
  instanceNumber: 1,
  accessionNumber: '',
  taken: { date: '20260105', time: '080000' },
} as const;

/** Side of the virtual detector, millimetres. */
const detectorSide = 420;

const regions = {
  CHEST: { CodeValue: '816094009', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Chest' },
  ABDOMEN: { CodeValue: '818981001', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Abdomen' },
};

const views = {
  PA: { CodeValue: '272479007', CodingSchemeDesignator: 'SCT', CodeMeaning: 'postero-anterior' },
  AP: { CodeValue: '399348003', CodingSchemeDesignator: 'SCT', CodeMeaning: 'antero-posterior' },
  LL: { CodeValue: '399173006', CodingSchemeDesignator: 'SCT', CodeMeaning: 'left lateral' },
};

/** Whose image it is, and in which study. */
export type Registration = Pick<
  Complete,
  'patient' | 'studyInstanceUid' | 'taken' | 'accessionNumber'
>;

/** Patient and General Study (PS3.3 C.7.1.1, C.7.2.1). */
export function patientAndStudy({
  patient,
  studyInstanceUid,
  taken,
  accessionNumber,
}: Registration): Attributes {
  return {
    SpecificCharacterSet: 'ISO_IR 192',
    PatientName: patient.name,
    PatientID: patient.id,
    IssuerOfPatientID: 'SCANSIDE-DEMO',
    PatientBirthDate: '',
    PatientSex: 'O',
    StudyInstanceUID: studyInstanceUid,
    StudyDate: taken.date,
    StudyTime: taken.time,
    StudyID: 'DEMO',
    StudyDescription: 'Computer-made phantom',
    AccessionNumber: accessionNumber,
    ReferringPhysicianName: '',
  };
}

/** General Series and General Equipment (PS3.3 C.7.3.1, C.7.5.1). */
export function seriesAndEquipment({
  modality,
  studyInstanceUid,
  taken,
}: Registration & Pick<Complete, 'modality'>): Attributes {
  return {
    Modality: modality,
    SeriesInstanceUID: deriveUid('phantom series', studyInstanceUid, modality),
    SeriesNumber: '1',
    SeriesDate: taken.date,
    SeriesTime: taken.time,
    SeriesDescription: 'Phantom, no patient',
    Manufacturer: 'Scanside',
    ManufacturerModelName: 'Virtual scanner',
    DeviceSerialNumber: 'VIRTUAL-1',
    SoftwareVersions: '1',
    StationName: 'VIRTUAL',
    InstitutionName: 'Scanside demonstration',
  };
}

function generalImage(request: Complete): Attributes {
  const { taken, instanceNumber } = request;
  return {
    SOPClassUID: sopClasses[request.modality],
    SOPInstanceUID: deriveUid('phantom image', canonicalText(request)),
    InstanceNumber: String(instanceNumber),
    AcquisitionNumber: '1',
    AcquisitionDate: taken.date,
    AcquisitionTime: taken.time,
    ContentDate: taken.date,
    ContentTime: taken.time,
    PatientOrientation: ['L', 'F'],
    BurnedInAnnotation: 'NO',
    LossyImageCompression: '00',
  };
}

/** DX Series, DX Anatomy Imaged, DX Image, DX Detector, DX Positioning and Acquisition Context (PS3.3 A.26). */
function digitalXray({ photometric, bits, bodyPart, viewPosition, size }: Complete): Attributes {
  const inverse = photometric === 'MONOCHROME1';
  return {
    ImageType: ['ORIGINAL', 'PRIMARY', ''],
    PresentationIntentType: 'FOR PRESENTATION',
    BodyPartExamined: bodyPart,
    AnatomicRegionSequence: [regions[bodyPart]],
    ImageLaterality: 'U',
    ViewPosition: viewPosition,
    ViewCodeSequence: [views[viewPosition]],
    PositionerType: '',
    DetectorType: 'DIRECT',
    ImagerPixelSpacing: pixelSpacing(size),
    AcquisitionContextSequence: [],
    PixelIntensityRelationship: 'LOG',
    PixelIntensityRelationshipSign: inverse ? 1 : -1,
    RescaleIntercept: '0',
    RescaleSlope: '1',
    RescaleType: 'US',
    PresentationLUTShape: inverse ? 'INVERSE' : 'IDENTITY',
    WindowCenter: String(2 ** (bits - 1)),
    WindowWidth: String(2 ** bits),
  };
}

/** CR Series and CR Image (PS3.3 A.2). */
function computedRadiography({ bodyPart, viewPosition, size, bits }: Complete): Attributes {
  return {
    ImageType: ['ORIGINAL', 'PRIMARY'],
    BodyPartExamined: bodyPart,
    ViewPosition: viewPosition,
    KVP: '120',
    PlateID: '',
    ImagerPixelSpacing: pixelSpacing(size),
    WindowCenter: String(2 ** (bits - 1)),
    WindowWidth: String(2 ** bits),
  };
}

/** A CT localizer, as small as the header allows (PS3.3 A.3). */
function localizer({ bodyPart, size, studyInstanceUid }: Complete): Attributes {
  return {
    ImageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'],
    BodyPartExamined: bodyPart,
    KVP: '120',
    SliceThickness: '',
    PatientPosition: 'HFS',
    FrameOfReferenceUID: deriveUid('phantom frame of reference', studyInstanceUid),
    PositionReferenceIndicator: '',
    ImagePositionPatient: ['0', '0', '0'],
    ImageOrientationPatient: ['1', '0', '0', '0', '0', '-1'],
    PixelSpacing: pixelSpacing(size),
    RescaleIntercept: '-1024',
    RescaleSlope: '1',
  };
}

const imageModules = { DX: digitalXray, CR: computedRadiography, CT: localizer };

function pixelSpacing(size: number): string[] {
  const spacing = (detectorSide / size).toFixed(4);
  return [spacing, spacing];
}

/** The request in one text, whatever the order in which it was put together. */
function canonicalText(request: Complete): string {
  return JSON.stringify(Object.entries(request).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Stored values: high is dense in MONOCHROME2, low is dense in MONOCHROME1. */
function storePixels({ seed, findings, size, bits, photometric }: Complete): ArrayBuffer {
  const { pixels } = renderPhantom({ seed, size, ...(findings && { findings }) });
  const top = 2 ** bits - 1;
  const stored = bits === 8 ? new Uint8Array(pixels.length) : new Uint16Array(pixels.length);
  pixels.forEach((pixel, at) => {
    stored[at] = Math.round((photometric === 'MONOCHROME1' ? 1 - pixel : pixel) * top);
  });
  return stored.buffer;
}

/** Image Pixel (PS3.3 C.7.6.3). */
function imagePixel(request: Complete): Attributes {
  const { size, bits, photometric } = request;
  return {
    SamplesPerPixel: 1,
    PhotometricInterpretation: photometric,
    Rows: size,
    Columns: size,
    BitsAllocated: bits === 8 ? 8 : 16,
    BitsStored: bits,
    HighBit: bits - 1,
    PixelRepresentation: 0,
    PixelData: storePixels(request),
    _vrMap: { PixelData: bits === 8 ? 'OB' : 'OW' },
  };
}

/** Encodes a data set of keywords and values, Explicit VR Little Endian. */
export function encode(attributes: Attributes): Uint8Array {
  const { DicomMetaDictionary, DicomMessage, WriteBufferStream } = data;
  const stream = new WriteBufferStream(1 << 20, true);
  const elements = DicomMetaDictionary.denaturalizeDataset(attributes);
  DicomMessage.write(elements, stream, explicitVrLittleEndian, { allowInvalidVRLength: false });
  return new Uint8Array(stream.getBuffer());
}

/** Writes a phantom as a DICOM object, Explicit VR Little Endian. The same request gives the same bytes and UIDs. */
export function makePhantomInstance(request: PhantomInstanceRequest): PhantomInstance {
  const complete: Complete = { ...defaults, ...request };
  const series = seriesAndEquipment(complete);
  const image = generalImage(complete);
  const dataSet = encode({
    ...patientAndStudy(complete),
    ...series,
    ...image,
    ...imageModules[complete.modality](complete),
    ...imagePixel(complete),
  });
  return {
    sopClassUid: sopClasses[complete.modality],
    sopInstanceUid: String(image['SOPInstanceUID']),
    studyInstanceUid: complete.studyInstanceUid,
    seriesInstanceUid: String(series['SeriesInstanceUID']),
    transferSyntaxUid: explicitVrLittleEndian,
    dataSet,
  };
}
