import { createHash } from 'node:crypto';
import { type Attributes, dataSetOf, encapsulated, encodeDataSet } from './data-set-writer.ts';
import { greyJpeg, type GreyJpeg } from './jpeg-luminance.ts';
import { writePart10 } from './part10.ts';
import { deriveUid } from './uid.ts';

/** What is known of a chest radiograph that comes as a JPEG. What is absent stays unknown in the object. */
export interface ImageFacts {
  /** Who gave the pseudonym; keeps the UIDs of one source apart from another's, such as `chest-adults`. */
  source: string;
  /** A pseudonym, at most 64 characters: Patient ID, and the given name of Patient's Name. */
  patient: string;
  /** Patient's Name; where absent, one that says that there is none. */
  patientName?: string | undefined;
  /** Whole years, 0 to 120. */
  ageYears?: number | undefined;
  sex?: Sex | undefined;
  view?: View | undefined;
  /** Whether the picture names the patient; absent: nobody has said. */
  burnedInAnnotation?: 'YES' | 'NO' | undefined;
  /** Millimetres between pixels at the detector. */
  pixelSpacing?: number | undefined;
  /** The site where it was taken. */
  institution?: string | undefined;
  /** DA and TM of the study; empty where absent. */
  taken?: { date: string; time: string } | undefined;
  accessionNumber?: string | undefined;
  /** Gives the same picture another study, series and instance. */
  exam?: string | undefined;
}

export type Sex = 'F' | 'M' | 'O';
export type View = 'PA' | 'AP' | 'LL';

/** A DICOM file, and how it is called. */
export interface WrappedImage {
  sopClassUid: string;
  sopInstanceUid: string;
  studyInstanceUid: string;
  seriesInstanceUid: string;
  transferSyntaxUid: string;
  /** Without preamble and file meta information. */
  dataSet: Uint8Array;
  /** The whole Part 10 file. */
  file: Uint8Array;
}

const jpegBaseline = '1.2.840.10008.1.2.4.50';
const computedRadiography = '1.2.840.10008.5.1.4.1.1.1';
const digitalXray = '1.2.840.10008.5.1.4.1.1.1.1';

const chest: Attributes = {
  CodeValue: '816094009',
  CodingSchemeDesignator: 'SCT',
  CodeMeaning: 'Chest',
};

const posteroAnterior: Attributes = {
  CodeValue: '272479007',
  CodingSchemeDesignator: 'SCT',
  CodeMeaning: 'postero-anterior',
};

const anteroPosterior: Attributes = {
  CodeValue: '399348003',
  CodingSchemeDesignator: 'SCT',
  CodeMeaning: 'antero-posterior',
};

/**
 * Puts a grey 8-bit baseline JPEG of a chest radiograph, unchanged, into a DICOM object: JPEG Baseline, lossy. The same
 * bytes and facts give the same object and UIDs. `greyJpeg` says what else is taken. Throws IMAGE_REFUSED for the rest.
 *
 * The object is DX where all is known that DX must state: a frontal view, the pixel spacing and whether the patient is
 * named in the picture. Otherwise it is CR, which may leave them open.
 */
export function wrapJpeg(jpeg: Uint8Array, facts: ImageFacts): WrappedImage {
  const picture = greyJpeg(jpeg);
  const uids = uidsOf(jpeg, facts);
  const image = dataSetOf({
    ...patientAndStudy(facts, uids.studyInstanceUid),
    ...seriesAndEquipment(facts, uids.seriesInstanceUid),
    ...generalImage(facts, uids),
    ...(isDigitalXray(facts) ? digitalXrayImage(facts) : computedRadiographyImage),
    ...imagePixel(picture),
  });
  const pixels = encapsulated([picture.bytes]);
  const elements = new Map([...image.elements, [pixels.tag, pixels]]);
  const dataSet = encodeDataSet({ elements, littleEndian: true });
  return { ...uids, dataSet, file: writePart10(uids, dataSet) };
}

type Uids = Omit<WrappedImage, 'dataSet' | 'file'>;

/** Nothing says which images were taken together, so each is a study of its own. */
function uidsOf(jpeg: Uint8Array, facts: ImageFacts): Uids {
  const { source, patient, exam = '' } = facts;
  const picture = createHash('sha256').update(jpeg).digest('hex');
  const uid = (level: string): string =>
    deriveUid(`wrapped ${level}`, source, patient, picture, exam);
  return {
    sopClassUid: isDigitalXray(facts) ? digitalXray : computedRadiography,
    sopInstanceUid: uid('image'),
    studyInstanceUid: uid('study'),
    seriesInstanceUid: uid('series'),
    transferSyntaxUid: jpegBaseline,
  };
}

function isDigitalXray({ view, pixelSpacing, burnedInAnnotation }: ImageFacts): boolean {
  const frontal = view === 'PA' || view === 'AP';
  return frontal && pixelSpacing !== undefined && burnedInAnnotation !== undefined;
}

function patientAndStudy(facts: ImageFacts, studyInstanceUid: string): Attributes {
  const { source, patient, sex = '', ageYears, taken, accessionNumber = '' } = facts;
  return {
    SpecificCharacterSet: 'ISO_IR 192',
    PatientName: facts.patientName ?? `ANONYMOUS^${patient}`,
    PatientID: patient,
    IssuerOfPatientID: source,
    PatientBirthDate: '',
    PatientSex: sex,
    PatientAge: ageYears === undefined ? undefined : `${String(ageYears).padStart(3, '0')}Y`,
    PatientIdentityRemoved: 'YES',
    DeidentificationMethod: 'Received from its source without identity',
    StudyInstanceUID: studyInstanceUid,
    StudyDate: taken?.date ?? '',
    StudyTime: taken?.time ?? '',
    StudyID: '',
    AccessionNumber: accessionNumber,
    ReferringPhysicianName: '',
  };
}

function seriesAndEquipment(facts: ImageFacts, seriesInstanceUid: string): Attributes {
  return {
    Modality: isDigitalXray(facts) ? 'DX' : 'CR',
    SeriesInstanceUID: seriesInstanceUid,
    SeriesNumber: '1',
    Manufacturer: '',
    InstitutionName: facts.institution,
  };
}

function generalImage(facts: ImageFacts, uids: Uids): Attributes {
  return {
    SOPClassUID: uids.sopClassUid,
    SOPInstanceUID: uids.sopInstanceUid,
    InstanceNumber: '1',
    PatientOrientation: facts.view === 'PA' || facts.view === 'AP' ? ['L', 'F'] : '',
    BurnedInAnnotation: facts.burnedInAnnotation,
    LossyImageCompression: '01',
    LossyImageCompressionMethod: 'ISO_10918_1',
    BodyPartExamined: 'CHEST',
    ViewPosition: facts.view ?? '',
  };
}

/** CR Series and CR Image (PS3.3 A.2). */
const computedRadiographyImage: Attributes = {
  ImageType: ['DERIVED', 'PRIMARY'],
  KVP: '',
  PlateID: '',
};

/** DX Series, DX Anatomy Imaged, DX Image, DX Detector, DX Positioning and Acquisition Context (PS3.3 A.26). */
function digitalXrayImage({ view, pixelSpacing = 0 }: ImageFacts): Attributes {
  const spacing = pixelSpacing.toFixed(4);
  return {
    ImageType: ['DERIVED', 'PRIMARY', ''],
    PresentationIntentType: 'FOR PRESENTATION',
    AnatomicRegionSequence: [chest],
    ImageLaterality: 'U',
    ViewCodeSequence: [view === 'AP' ? anteroPosterior : posteroAnterior],
    PositionerType: '',
    DetectorType: '',
    ImagerPixelSpacing: [spacing, spacing],
    AcquisitionContextSequence: [],
    PixelIntensityRelationship: 'LOG',
    PixelIntensityRelationshipSign: -1,
    RescaleIntercept: '0',
    RescaleSlope: '1',
    RescaleType: 'US',
    PresentationLUTShape: 'IDENTITY',
    WindowCenter: '128',
    WindowWidth: '256',
  };
}

/** Image Pixel (PS3.3 C.7.6.3). */
function imagePixel({ rows, columns, bytes }: GreyJpeg): Attributes {
  return {
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: rows,
    Columns: columns,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    LossyImageCompressionRatio: ((rows * columns) / bytes.length).toFixed(2),
  };
}
