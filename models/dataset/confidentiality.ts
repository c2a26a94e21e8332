/**
 * What de-identification does with an attribute that it lets through. Everything else is removed.
 * `terms`: kept where each value is one of a closed list; the others become empty. `number`: kept where it is one.
 * `items`: a sequence whose items are treated in the same way. `code`: items that name a known concept.
 * `vendor`: the name of a known vendor that stands in it.
 * `data`: a table of numbers. `uid`: replaced by a keyed UID. `patient`: replaced by the pseudonym. `empty`: kept without a value, because objects
 * must have it. `date`: emptied, or shifted. `optionalDate`: removed, or shifted. `characteristic`: as `terms` or as an
 * age, but only under the Retain Patient Characteristics Option. `pixels`: the picture.
 */
export type Treatment =
  | { kind: 'terms'; terms: ReadonlySet<string> | RegExp }
  | { kind: 'characteristic'; terms: ReadonlySet<string> | 'age' | 'number'; required: boolean }
  | { kind: 'number'; most: number }
  | { kind: PlainKind };

type PlainKind =
  | 'vendor'
  | 'items'
  | 'code'
  | 'uid'
  | 'patient'
  | 'empty'
  | 'date'
  | 'optionalDate'
  | 'data'
  | 'pixels';

/** An attribute that is let through: its tag, its value representations and its treatment. */
export interface Allowed {
  keyword: string;
  tag: number;
  /** More than one where PS3.6 leaves a choice; the first where the file does not say. */
  vr: readonly string[];
  treatment: Treatment;
}

/** A closed list: words, or what an expression says where a term has several words. */
function terms(list: string): Treatment {
  return { kind: 'terms', terms: new Set(list.split(' ')) };
}

function pattern(expression: RegExp): Treatment {
  return { kind: 'terms', terms: expression };
}

/** At most `most` values, so that nobody hides a text in numbers. */
function numbers(most = 1): Treatment {
  return { kind: 'number', most };
}

function of(kind: PlainKind): Treatment {
  return { kind };
}

type Row = [keyword: string, tag: number, vr: string, treatment: Treatment];

const imageTypes =
  'ORIGINAL DERIVED PRIMARY SECONDARY AXIAL LOCALIZER MPR REFORMATTED PROJECTION VOLUME RESAMPLED AVERAGE MAX_IP MIN_IP ' +
  'MAXIMUM MINIMUM MEAN NONE M P ADD FFE SE OTHER POST_PROCESSED POST_CONTRAST MOSAIC';

const modalities = 'CR CT DX ES IO IVOCT IVUS MG MR NM OCT OP OPT OT PT PX RF RG SC SM TG US XA XC';

/** Defined terms of PS3.16 annex L that chest, head, body and limb examinations use. */
const bodyParts =
  'ABDOMEN ABDOMENPELVIS ANKLE ARM BRAIN BREAST CALCANEUS CERVIX CHEST CHESTABDOMEN CHESTABDPELVIS CLAVICLE COCCYX ' +
  'CSPINE ELBOW EXTREMITY EYE FEMUR FINGER FOOT FOREARM HAND HEAD HEADNECK HEART HIP HUMERUS JAW KIDNEY KNEE LEG LIVER ' +
  'LSPINE LUNG MANDIBLE NECK ORBIT PELVIS RIB SHOULDER SKULL SPINE SSPINE STERNUM THIGH THUMB TOE TSPINE WHOLEBODY WRIST';

const yesNo = 'YES NO';

/** What the object is. */
const identity: Row[] = [
  ['ImageType', 0x0008_0008, 'CS', terms(imageTypes)],
  ['SOPInstanceUID', 0x0008_0018, 'UI', of('uid')],
  ['StudyDate', 0x0008_0020, 'DA', of('date')],
  ['SeriesDate', 0x0008_0021, 'DA', of('optionalDate')],
  ['AcquisitionDate', 0x0008_0022, 'DA', of('optionalDate')],
  ['ContentDate', 0x0008_0023, 'DA', of('optionalDate')],
  ['StudyTime', 0x0008_0030, 'TM', of('empty')],
  ['AccessionNumber', 0x0008_0050, 'SH', of('empty')],
  ['Modality', 0x0008_0060, 'CS', terms(modalities)],
  ['ConversionType', 0x0008_0064, 'CS', terms('DF DI DRW DV SD SI SYN WSD')],
  ['PresentationIntentType', 0x0008_0068, 'CS', pattern(/^FOR (PRESENTATION|PROCESSING)$/)],
  ['Manufacturer', 0x0008_0070, 'LO', of('vendor')],
  ['ReferringPhysicianName', 0x0008_0090, 'PN', of('empty')],
  ['AnatomicRegionSequence', 0x0008_2218, 'SQ', of('code')],
  ['PatientName', 0x0010_0010, 'PN', of('patient')],
  ['PatientID', 0x0010_0020, 'LO', of('patient')],
  ['PatientBirthDate', 0x0010_0030, 'DA', of('empty')],
  [
    'PatientSex',
    0x0010_0040,
    'CS',
    { kind: 'characteristic', terms: new Set(['F', 'M', 'O']), required: true },
  ],
  ['PatientAge', 0x0010_1010, 'AS', { kind: 'characteristic', terms: 'age', required: false }],
  ['PatientSize', 0x0010_1020, 'DS', { kind: 'characteristic', terms: 'number', required: false }],
  [
    'PatientWeight',
    0x0010_1030,
    'DS',
    { kind: 'characteristic', terms: 'number', required: false },
  ],
  ['StudyInstanceUID', 0x0020_000d, 'UI', of('uid')],
  ['SeriesInstanceUID', 0x0020_000e, 'UI', of('uid')],
  ['StudyID', 0x0020_0010, 'SH', of('empty')],
  ['SeriesNumber', 0x0020_0011, 'IS', numbers()],
  ['AcquisitionNumber', 0x0020_0012, 'IS', numbers()],
  ['InstanceNumber', 0x0020_0013, 'IS', numbers()],
  ['FrameOfReferenceUID', 0x0020_0052, 'UI', of('uid')],
];

/** How the image was taken. */
const acquisition: Row[] = [
  ['BodyPartExamined', 0x0018_0015, 'CS', terms(bodyParts)],
  ['ScanningSequence', 0x0018_0020, 'CS', terms('SE IR GR EP RM')],
  ['SequenceVariant', 0x0018_0021, 'CS', terms('SK MTC SS TRSS SP MP OSP NONE')],
  ['ScanOptions', 0x0018_0022, 'CS', terms('PER RG CG PPG FC PFF PFP SP FS')],
  ['MRAcquisitionType', 0x0018_0023, 'CS', terms('2D 3D')],
  ['SliceThickness', 0x0018_0050, 'DS', numbers()],
  ['KVP', 0x0018_0060, 'DS', numbers()],
  ['RepetitionTime', 0x0018_0080, 'DS', numbers()],
  ['EchoTime', 0x0018_0081, 'DS', numbers()],
  ['InversionTime', 0x0018_0082, 'DS', numbers()],
  ['MagneticFieldStrength', 0x0018_0087, 'DS', numbers()],
  ['SpacingBetweenSlices', 0x0018_0088, 'DS', numbers()],
  ['DataCollectionDiameter', 0x0018_0090, 'DS', numbers()],
  ['PlateID', 0x0018_1004, 'LO', of('empty')],
  ['ReconstructionDiameter', 0x0018_1100, 'DS', numbers()],
  ['DistanceSourceToDetector', 0x0018_1110, 'DS', numbers()],
  ['DistanceSourceToPatient', 0x0018_1111, 'DS', numbers()],
  ['EstimatedRadiographicMagnificationFactor', 0x0018_1114, 'DS', numbers()],
  ['GantryDetectorTilt', 0x0018_1120, 'DS', numbers()],
  ['ExposureTime', 0x0018_1150, 'IS', numbers()],
  ['XRayTubeCurrent', 0x0018_1151, 'IS', numbers()],
  ['Exposure', 0x0018_1152, 'IS', numbers()],
  ['ImagerPixelSpacing', 0x0018_1164, 'DS', numbers(2)],
  ['Grid', 0x0018_1166, 'CS', terms('FIXED FOCUSED RECIPROCATING PARALLEL CROSSED NONE')],
  ['PositionerType', 0x0018_1508, 'CS', terms('NONE CARM COLUMN MAMMOGRAPHIC PANORAMIC')],
  ['PatientPosition', 0x0018_5100, 'CS', pattern(/^(HF|FF|LF|RF|AF|PF)(P|S|DR|DL)$/)],
  ['ViewPosition', 0x0018_5101, 'CS', terms('AP PA LL RL RLD LLD RLO LLO')],
  ['Sensitivity', 0x0018_6000, 'DS', numbers()],
  ['DetectorType', 0x0018_7004, 'CS', terms('DIRECT SCINTILLATOR STORAGE FILM')],
  ['ViewCodeSequence', 0x0054_0220, 'SQ', of('code')],
  ['AcquisitionContextSequence', 0x0040_0555, 'SQ', of('empty')],
  ['PatientOrientation', 0x0020_0020, 'CS', pattern(/^[LRAPHF]{1,3}$/)],
  ['ImagePositionPatient', 0x0020_0032, 'DS', numbers(3)],
  ['ImageOrientationPatient', 0x0020_0037, 'DS', numbers(6)],
  ['Laterality', 0x0020_0060, 'CS', terms('L R')],
  ['ImageLaterality', 0x0020_0062, 'CS', terms('L R U B')],
  ['PositionReferenceIndicator', 0x0020_1040, 'LO', of('empty')],
  ['SliceLocation', 0x0020_1041, 'DS', numbers()],
];

const photometric = /^(MONOCHROME[12]|RGB|PALETTE COLOR|YBR_(FULL|FULL_422|PARTIAL_420|ICT|RCT))$/;

/** How the pixel data are to be read. */
const picture: Row[] = [
  ['SamplesPerPixel', 0x0028_0002, 'US', numbers()],
  ['PhotometricInterpretation', 0x0028_0004, 'CS', pattern(photometric)],
  ['PlanarConfiguration', 0x0028_0006, 'US', numbers()],
  ['NumberOfFrames', 0x0028_0008, 'IS', numbers()],
  ['Rows', 0x0028_0010, 'US', numbers()],
  ['Columns', 0x0028_0011, 'US', numbers()],
  ['PixelSpacing', 0x0028_0030, 'DS', numbers(2)],
  ['PixelAspectRatio', 0x0028_0034, 'IS', numbers(2)],
  ['BitsAllocated', 0x0028_0100, 'US', numbers()],
  ['BitsStored', 0x0028_0101, 'US', numbers()],
  ['HighBit', 0x0028_0102, 'US', numbers()],
  ['PixelRepresentation', 0x0028_0103, 'US', numbers()],
  ['SmallestImagePixelValue', 0x0028_0106, 'US SS', numbers()],
  ['LargestImagePixelValue', 0x0028_0107, 'US SS', numbers()],
  ['PixelPaddingValue', 0x0028_0120, 'US SS', numbers()],
  ['PixelPaddingRangeLimit', 0x0028_0121, 'US SS', numbers()],
  ['BurnedInAnnotation', 0x0028_0301, 'CS', terms(yesNo)],
  ['RecognizableVisualFeatures', 0x0028_0302, 'CS', terms(yesNo)],
  ['PixelIntensityRelationship', 0x0028_1040, 'CS', terms('LIN LOG DISP')],
  ['PixelIntensityRelationshipSign', 0x0028_1041, 'SS', numbers()],
  ['WindowCenter', 0x0028_1050, 'DS', numbers(16)],
  ['WindowWidth', 0x0028_1051, 'DS', numbers(16)],
  ['RescaleIntercept', 0x0028_1052, 'DS', numbers()],
  ['RescaleSlope', 0x0028_1053, 'DS', numbers()],
  ['RescaleType', 0x0028_1054, 'LO', terms('HU US OD ED MGML Z_EFF PCT')],
  ['VOILUTFunction', 0x0028_1056, 'CS', terms('LINEAR LINEAR_EXACT SIGMOID')],
  ['RedPaletteColorLookupTableDescriptor', 0x0028_1101, 'US SS', numbers(3)],
  ['GreenPaletteColorLookupTableDescriptor', 0x0028_1102, 'US SS', numbers(3)],
  ['BluePaletteColorLookupTableDescriptor', 0x0028_1103, 'US SS', numbers(3)],
  ['RedPaletteColorLookupTableData', 0x0028_1201, 'OW', of('data')],
  ['GreenPaletteColorLookupTableData', 0x0028_1202, 'OW', of('data')],
  ['BluePaletteColorLookupTableData', 0x0028_1203, 'OW', of('data')],
  ['LossyImageCompression', 0x0028_2110, 'CS', terms('00 01')],
  ['LossyImageCompressionRatio', 0x0028_2112, 'DS', numbers(8)],
  [
    'LossyImageCompressionMethod',
    0x0028_2114,
    'CS',
    terms('ISO_10918_1 ISO_14495_1 ISO_15444_1 ISO_15444_15 ISO_13818_2 ISO_14496_10 ISO_23008_2'),
  ],
  ['ModalityLUTSequence', 0x0028_3000, 'SQ', of('items')],
  ['LUTDescriptor', 0x0028_3002, 'US SS', numbers(3)],
  ['ModalityLUTType', 0x0028_3004, 'LO', terms('HU US OD')],
  ['LUTData', 0x0028_3006, 'OW US', of('data')],
  ['VOILUTSequence', 0x0028_3010, 'SQ', of('items')],
  ['PresentationLUTShape', 0x2050_0020, 'CS', terms('IDENTITY INVERSE')],
  ['SharedFunctionalGroupsSequence', 0x5200_9229, 'SQ', of('items')],
  ['PerFrameFunctionalGroupsSequence', 0x5200_9230, 'SQ', of('items')],
  ['PixelMeasuresSequence', 0x0028_9110, 'SQ', of('items')],
  ['FrameVOILUTSequence', 0x0028_9132, 'SQ', of('items')],
  ['PixelValueTransformationSequence', 0x0028_9145, 'SQ', of('items')],
  ['PlanePositionSequence', 0x0020_9113, 'SQ', of('items')],
  ['PlaneOrientationSequence', 0x0020_9116, 'SQ', of('items')],
  ['FloatPixelData', 0x7fe0_0008, 'OF', of('pixels')],
  ['DoubleFloatPixelData', 0x7fe0_0009, 'OD', of('pixels')],
  ['PixelData', 0x7fe0_0010, 'OW OB', of('pixels')],
];

/** The allow-list, by tag (PS3.15 table E.1-1 names what must go; this names all that may stay). */
export const allowList: ReadonlyMap<number, Allowed> = new Map(
  [...identity, ...acquisition, ...picture].map(([keyword, tag, vr, treatment]) => [
    tag,
    { keyword, tag, vr: vr.split(' '), treatment },
  ]),
);

/** Code values that a code sequence may keep (scheme SCT), with their meaning, which is written anew. */
export const knownCodes: ReadonlyMap<string, string> = new Map([
  ['816094009', 'Chest'],
  ['51185008', 'Chest'],
  ['818981001', 'Abdomen'],
  ['69536005', 'Head'],
  ['12738006', 'Brain'],
  ['45048000', 'Neck'],
  ['12921003', 'Pelvis'],
  ['39607008', 'Lung'],
  ['421060004', 'Spine'],
  ['272479007', 'postero-anterior'],
  ['399348003', 'antero-posterior'],
  ['399173006', 'left lateral'],
  ['399198007', 'right lateral'],
]);

/** How vendors of scanners are called, whatever else stood in Manufacturer. */
export const vendors: readonly string[] = [
  'AGFA',
  'CANON',
  'CARESTREAM',
  'FUJIFILM',
  'GE',
  'HITACHI',
  'HOLOGIC',
  'KODAK',
  'KONICA MINOLTA',
  'NEUSOFT',
  'PHILIPS',
  'SAMSUNG',
  'SHIMADZU',
  'SIEMENS',
  'TOSHIBA',
  'UNITED IMAGING',
];
