import { isWritable } from '../../models/explanation/glyph.ts';
import type { DataSet } from '../dicom/data-set.ts';
import { type Keyword, tags } from '../dicom/tag.ts';
import { allStrings } from '../dicom/value.ts';
import { isImageClass } from './image-class.ts';
import { concepts } from './rules/concept.ts';
import {
  childrenOf,
  type ContentNode,
  itemsOf,
  type ReportDocument,
  textOf,
  utf8,
  walk,
} from './rules/document.ts';

/** A line of a report that is shown as text: what it is about, and what it says of it. */
export interface Line {
  name: string;
  text: string;
  /** To be read from afar. */
  large?: true;
}

/** The first line of every picture of a report. */
export const warning = 'AI result - NOT FOR PRIMARY DIAGNOSIS';
const inHeader = 'stands in the header; this picture has no letters for it';
const gap: Line = { name: '', text: '' };

/** What a code says of a finding, without a word that could be taken for the absence of disease. */
const presences: Readonly<Record<string, string>> = {
  '52101004 SCT': 'flag raised',
  '272519000 SCT': 'no flag raised',
  '121059 DCM': 'undetermined',
};

const nothingAnalysed = '111245 DCM';
const notForPresentation = '111152 DCM';

/**
 * What a radiologist must read of a report, in the order of reading. All of it stands in the report; of a patient's
 * name and other texts of the source what the letters of the picture cannot write is said to stand in the header.
 */
export function reportLines(document: ReportDocument): Line[] {
  const { header, root } = document;
  return [
    { name: '', text: warning, large: true },
    { name: 'Algorithm', text: algorithmOf(root) },
    gap,
    ...patientLines(header),
    ...studyLines(header),
    gap,
    ...resultLines(document),
    gap,
    ...measurementLines(root),
    ...evaluationLines(root),
    gap,
    ...originLines(header),
  ];
}

/** As the document names it first, for all of it or for the first that it says. */
function algorithmOf(root: ContentNode): string {
  const nodes = walk(root);
  return [concepts.algorithmName, concepts.algorithmVersion]
    .flatMap((name) => nodes.find(({ concept }) => concept === name)?.text ?? [])
    .join(' ');
}

function patientLines(header: DataSet): Line[] {
  const issuer = textOf(header, 'IssuerOfPatientID');
  const identifier = textOf(header, 'PatientID') + (issuer && ` (${issuer})`);
  const born = describeDate(textOf(header, 'PatientBirthDate'));
  return [
    { name: 'Patient', text: writtenName(textOf(header, 'PatientName')) },
    { name: 'Patient ID', text: written(identifier) },
    { name: 'Born, sex', text: `${born || 'not known'}, ${textOf(header, 'PatientSex') || '-'}` },
  ];
}

function studyLines(header: DataSet): Line[] {
  const [date, time] = [textOf(header, 'StudyDate'), textOf(header, 'StudyTime')];
  const taken = `${describeDate(date)} ${time.slice(0, 2)}${time ? ':' : ''}${time.slice(2, 4)}`;
  const description = textOf(header, 'StudyDescription');
  return [
    { name: 'Study', text: written(`${taken} ${description}`.trim()) },
    { name: 'Accession number', text: written(textOf(header, 'AccessionNumber')) },
    { name: 'Images', text: String(imagesOf(header).length) },
  ];
}

/** The answer, and what it does not cover. */
function resultLines({ header, root }: ReportDocument): Line[] {
  const why = textOf(header, 'CompletionFlagDescription');
  const findings = findingsOf(root);
  return [
    { name: '', text: answerOf(root, findings.length), large: true },
    ...(why ? [{ name: 'Why', text: why }] : []),
    ...findings.map(({ name, said }) => ({ name: 'Finding', text: `${name}: ${said}` })),
  ];
}

function answerOf(root: ContentNode, checked: number): string {
  const codes = evaluationsOf(root).map(({ code }) => code);
  if (codes.includes(nothingAnalysed)) return 'NOT ANALYSED';
  if (codes.includes(notForPresentation)) return 'FLAG WITHDRAWN';
  const said = new Set(findingsOf(root).map((finding) => finding.said));
  const count = `${checked} ${checked === 1 ? 'finding' : 'findings'} checked`;
  if (said.has('flag raised')) return 'FLAG RAISED';
  if (said.has('undetermined')) return `Undetermined; ${count}`;
  return checked > 0 ? `No flag raised; ${count}` : 'Measurements';
}

function evaluationsOf(root: ContentNode): ContentNode[] {
  return childrenOf(root, concepts.evaluations).flatMap(({ children }) => children);
}

function findingsOf(root: ContentNode): { name: string; said: string }[] {
  return evaluationsOf(root).flatMap(({ code, attributes }) => {
    const said = presences[code];
    return said ? [{ name: meaningOf(attributes, 'ConceptNameCodeSequence'), said }] : [];
  });
}

/** What else the report says of the study, its limits among it. */
function evaluationLines(root: ContentNode): Line[] {
  return evaluationsOf(root)
    .filter(({ code, concept }) => !presences[code] && concept !== concepts.summary)
    .map(({ attributes, text }) => ({
      name: meaningOf(attributes, 'ConceptNameCodeSequence'),
      text: text || meaningOf(attributes, 'ConceptCodeSequence'),
    }));
}

function measurementLines(root: ContentNode): Line[] {
  const groups = walk(root).filter(({ concept }) => concept === concepts.group);
  const lines = groups.flatMap(groupLines);
  return lines.length > 0 ? [...lines, gap] : [];
}

/** What was measured of one finding, and on which image; nothing where there is no number. */
function groupLines(group: ContentNode): Line[] {
  const numbers = group.children.filter(({ valueType }) => valueType === 'NUM').map(describeNumber);
  if (numbers.length === 0) return [];
  const [finding] = childrenOf(group, concepts.finding);
  const [site] = childrenOf(group, concepts.site);
  const words = [finding, site].map((node) => node && codeMeaningOf(node)).filter(Boolean);
  return [
    { name: 'Measured', text: words.join(', ') },
    { name: '', text: numbers.join('; ') },
    ...placesOf(group).map((text) => ({ name: '', text })),
  ];
}

/** As many images as a reader follows one by one. */
const mostImages = 3;

function placesOf(group: ContentNode): string[] {
  const references = walk(group)
    .flatMap(({ attributes }) => itemsOf(attributes, 'ReferencedSOPSequence'))
    .filter(isImage);
  const uids = new Set(references.map((each) => textOf(each, 'ReferencedSOPInstanceUID')));
  if (uids.size > mostImages) return [`on ${uids.size} images`];
  return Array.from(uids, (uid) => `on image ${uid}`);
}

function isImage(reference: DataSet): boolean {
  return isImageClass(textOf(reference, 'ReferencedSOPClassUID'));
}

function describeNumber(node: ContentNode): string {
  const [derivation] = childrenOf(node, concepts.derivation);
  const [measured] = itemsOf(node.attributes, 'MeasuredValueSequence');
  const [unit] = measured ? itemsOf(measured, 'MeasurementUnitsCodeSequence') : [];
  const name = meaningOf(node.attributes, 'ConceptNameCodeSequence');
  const what = derivation ? `${codeMeaningOf(derivation)} of ${name.toLowerCase()}` : name;
  const value = measured ? textOf(measured, 'NumericValue') : '-';
  return `${what} ${value} ${unit ? textOf(unit, 'CodeValue') : ''}`.trim();
}

/** By what, when and from what the picture was made. */
function originLines(header: DataSet): Line[] {
  const [date, time] = [textOf(header, 'ContentDate'), textOf(header, 'ContentTime')];
  const clock = `${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4, 6)}`;
  const device = (['Manufacturer', 'ManufacturerModelName', 'DeviceSerialNumber'] as const)
    .map((keyword) => textOf(header, keyword))
    .join(' ');
  const replaces = itemsOf(header, 'PredecessorDocumentsSequence').length > 0;
  return [
    { name: 'Device', text: `${device}, software ${textOf(header, 'SoftwareVersions')}` },
    {
      name: 'Made',
      text: `${describeDate(date)} ${clock} ${textOf(header, 'TimezoneOffsetFromUTC')}`,
    },
    { name: 'Report', text: textOf(header, 'SOPInstanceUID') },
    ...(replaces ? [{ name: 'Replaces', text: 'an earlier result, which the header names' }] : []),
    { name: 'Picture', text: 'Text of the report, all letters as capitals' },
  ];
}

/** The images of the result. */
export function imagesOf(header: DataSet): DataSet[] {
  return itemsOf(header, 'CurrentRequestedProcedureEvidenceSequence')
    .flatMap((study) => itemsOf(study, 'ReferencedSeriesSequence'))
    .flatMap((series) => itemsOf(series, 'ReferencedSOPSequence'))
    .filter(isImage);
}

function describeDate(date: string): string {
  return date.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
}

/** A text of the source; never one that is only like it. */
function written(text: string): string {
  if (text === '') return '-';
  return isWritable(text) ? text : inHeader;
}

/** The alphabetic group of a name (PS3.5 6.2.1), its accents left out where there is no letter that has them. */
function writtenName(name: string): string {
  const [alphabetic = ''] = name.split('=');
  const [family = '', ...rest] = alphabetic.split('^');
  const text = [family, rest.filter(Boolean).join(' ')].filter(Boolean).join(', ');
  const plain = text.normalize('NFD').replaceAll(/\p{Mn}/gu, '');
  if (plain === text || !isWritable(plain)) return written(text);
  return `${plain} (accents: see header)`;
}

function codeMeaningOf({ attributes }: ContentNode): string {
  return meaningOf(attributes, 'ConceptCodeSequence');
}

function meaningOf(dataSet: DataSet, keyword: Keyword): string {
  const [code] = itemsOf(dataSet, keyword);
  return (code && allStrings(code, tags.CodeMeaning, utf8)[0]) ?? '';
}
