import type { DataElement, DataSet } from '../dicom/data-set.ts';
import { type Keyword, keywordOf, tags } from '../dicom/tag.ts';
import { allNumbers, allStrings, characterSets } from '../dicom/value.ts';
import type { Attributes, AttributeValue } from './attributes.ts';

/** Present in every report, empty where the source has none (PS3.3 C.7.1.1 and C.7.2.1, type 2). */
export const requiredAttributes = [
  'PatientName',
  'PatientID',
  'PatientBirthDate',
  'PatientSex',
  'StudyDate',
  'StudyTime',
  'ReferringPhysicianName',
  'StudyID',
  'AccessionNumber',
] as const satisfies Keyword[];

/** Present where the source has them: the rest of the Patient, General Study and Patient Study modules. */
export const optionalAttributes = [
  'IssuerOfPatientID',
  'TypeOfPatientID',
  'IssuerOfPatientIDQualifiersSequence',
  'PatientBirthTime',
  'OtherPatientIDs',
  'OtherPatientIDsSequence',
  'OtherPatientNames',
  'EthnicGroup',
  'PatientComments',
  'PatientSpeciesDescription',
  'PatientSpeciesCodeSequence',
  'PatientBreedDescription',
  'PatientBreedCodeSequence',
  'BreedRegistrationSequence',
  'ResponsiblePerson',
  'ResponsiblePersonRole',
  'ResponsibleOrganization',
  'PatientIdentityRemoved',
  'DeidentificationMethod',
  'DeidentificationMethodCodeSequence',
  'QualityControlSubject',
  'IssuerOfAccessionNumberSequence',
  'ReferringPhysicianIdentificationSequence',
  'StudyDescription',
  'PhysiciansOfRecord',
  'PhysiciansOfRecordIdentificationSequence',
  'NameOfPhysiciansReadingStudy',
  'ProcedureCodeSequence',
  'ReferencedStudySequence',
  'AdmittingDiagnosesDescription',
  'AdmittingDiagnosesCodeSequence',
  'PatientAge',
  'PatientSize',
  'PatientWeight',
  'PatientSexNeutered',
  'Occupation',
  'AdditionalPatientHistory',
  'AdmissionID',
  'IssuerOfAdmissionIDSequence',
  'ReasonForVisit',
  'ServiceEpisodeID',
  'ServiceEpisodeDescription',
  'MedicalAlerts',
  'Allergies',
  'SmokingStatus',
  'PregnancyStatus',
  'LastMenstrualDate',
  'PatientState',
] as const satisfies Keyword[];

/** A text longer than this is no identifier but damage or an attack, and is left empty. */
export const longestText = 10_240;

/**
 * Patient and study as the source names them, decoded from its character sets. Nothing of its series or instance
 * comes along.
 */
export function patientAndStudy(source: DataSet): Attributes {
  const charset = characterSets(source);
  const required = requiredAttributes.map((keyword) => [
    keyword,
    copy(source, keyword, charset) ?? '',
  ]);
  const optional = optionalAttributes.map((keyword) => [keyword, copy(source, keyword, charset)]);
  return Object.fromEntries([...required, ...optional]);
}

/** The items of a sequence, decoded from their character sets; none where it is absent. */
export function copyItems(
  source: DataSet,
  keyword: Keyword,
  charset: readonly string[],
): Attributes[] {
  return (source.elements.get(tags[keyword])?.items ?? []).map((item) => copyItem(item, charset));
}

function copy(
  source: DataSet,
  keyword: Keyword,
  charset: readonly string[],
): AttributeValue | undefined {
  const element = source.elements.get(tags[keyword]);
  if (!element) return undefined;
  if (element.items) return element.items.map((item) => copyItem(item, charset));
  if (element.value.length > longestText) return '';
  return isBinary(element) ? numbers(source, element) : allStrings(source, element.tag, charset);
}

function copyItem(item: DataSet, outer: readonly string[]): Attributes {
  const own = characterSets(item);
  const charset = own.length > 0 ? own : outer;
  const keywords = Array.from(item.elements.keys(), keywordOf).filter(
    (keyword) => keyword !== undefined && keyword !== 'SpecificCharacterSet',
  );
  return Object.fromEntries(keywords.map((keyword) => [keyword, copy(item, keyword, charset)]));
}

function isBinary({ vr }: DataElement): boolean {
  return ['US', 'SS', 'UL', 'SL', 'FL', 'FD'].includes(vr);
}

function numbers(source: DataSet, { tag }: DataElement): number[] {
  return allNumbers(source, tag).filter((number) => number !== undefined);
}
