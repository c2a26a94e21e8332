import { ScansideError } from '../device/errors.ts';
import type { Keys } from '../device/keys.ts';
import {
  type Allowed,
  allowList,
  knownCodes,
  type Treatment,
  vendors,
} from '../models/dataset/confidentiality.ts';
import { type DataElement, type DataSet, readDataSet } from '../runtime/dicom/data-set.ts';
import { type Attributes, dataSetOf, encodeDataSet } from '../runtime/dicom/data-set-writer.ts';
import { readPart10, writePart10 } from '../runtime/dicom/part10.ts';
import { storageSopClasses } from '../runtime/dicom/sop-class.ts';
import { tags } from '../runtime/dicom/tag.ts';
import { explicitVrLittleEndian, findTransferSyntax } from '../runtime/dicom/transfer-syntax.ts';
import { deriveUid, isUid } from '../runtime/dicom/uid.ts';
import { allStrings, firstString } from '../runtime/dicom/value.ts';
import { calendarDate, dayNumber } from '../runtime/report/moment.ts';
import { objectLimits } from './dataset-image.ts';
import { refuseUnsafePicture } from './picture-risk.ts';
import { cleanPixels } from './picture.ts';
import { littleEndianValue, numbersIn } from './stored-number.ts';

/** How somebody wants data de-identified. */
export interface Profile {
  /** The same key gives the same pseudonyms and UIDs, on any day. */
  keys: Keys;
  /** Tells equal Patient IDs of different sites apart; may be empty. */
  site: string;
  /** Removed, or shifted by a number of days that is the patient's own. */
  dates: 'remove' | 'shift';
  /** Keeps sex, age (90 for everybody older), size and weight. */
  characteristics: boolean;
  /** Somebody has looked at pictures whose object does not say that nobody is named in them. */
  picturesChecked: boolean;
}

export interface Deidentified {
  /** A Part 10 file. */
  file: Uint8Array;
  sopInstanceUid: string;
  /** The pseudonym. */
  patient: string;
  /** What somebody should look at all the same. */
  warnings: string[];
}

interface Context {
  profile: Profile;
  pseudonym: string;
  /** Days that are added to a date. */
  shift: number;
}

/**
 * De-identifies an image object by the Basic Application Level Confidentiality Profile (PS3.15 annex E), by an
 * allow-list: what `confidentiality.ts` does not name is removed, at every depth, and what it names is let through only
 * in the form that it names. Throws IMAGE_REFUSED for what cannot be made safe, and DATA_SET_UNREADABLE.
 */
export function deidentify(bytes: Uint8Array, profile: Profile): Deidentified {
  const { transferSyntaxUid, dataSet } = readPart10(bytes);
  const read = readDataSet(dataSet, transferSyntaxUid, objectLimits);
  const sopClassUid = storageClassOf(read);
  const warnings = refuseUnsafePicture(read, sopClassUid, profile.picturesChecked);
  const context = contextOf(read, profile);
  const pixels = cleanPixels(read, transferSyntaxUid);
  const kept = new Map([
    ...treatAll(read, context, 0),
    ...dataSetOf(statements(profile, sopClassUid)).elements,
    [pixels.tag, pixels] as const,
  ]);
  const meta = {
    sopClassUid,
    sopInstanceUid: requiredUid(read, profile.keys),
    transferSyntaxUid: findTransferSyntax(transferSyntaxUid)?.encapsulated
      ? transferSyntaxUid
      : explicitVrLittleEndian,
  };
  const file = writePart10(meta, encodeDataSet({ elements: kept, littleEndian: true }));
  return { file, sopInstanceUid: meta.sopInstanceUid, patient: context.pseudonym, warnings };
}

function storageClassOf(dataSet: DataSet): string {
  const sopClassUid = firstString(dataSet, tags.SOPClassUID) ?? '';
  if (Object.hasOwn(storageSopClasses, sopClassUid)) return sopClassUid;
  throw refused('its SOP class is none of the standard’s');
}

function requiredUid(dataSet: DataSet, keys: Keys): string {
  const uid = firstString(dataSet, tags.SOPInstanceUID) ?? '';
  if (isUid(uid)) return remap(keys, uid);
  throw refused('it has no SOP Instance UID');
}

function contextOf(dataSet: DataSet, profile: Profile): Context {
  const id = firstString(dataSet, tags.PatientID);
  if (!id) throw refused('it has no Patient ID, so that patients cannot be told apart');
  const digits = profile.keys.identify('data set patient', JSON.stringify([profile.site, id]));
  const days = profile.keys.identify('data set days', digits);
  const shift = -1 - (Number.parseInt(days.slice(0, 8), 16) % 3650);
  return { profile, pseudonym: `P${digits.slice(0, 16)}`, shift };
}

function remap(keys: Keys, uid: string): string {
  return deriveUid('de-identified', keys.identify('data set UID', uid));
}

/** Attributes that say what was done (PS3.15 E.2, PS3.16 CID 7050). */
function statements({ dates, characteristics }: Profile, sopClassUid: string): Attributes {
  const codes = [
    ['113100', 'Basic Application Confidentiality Profile'],
    ...(dates === 'shift'
      ? [['113107', 'Retain Longitudinal Temporal Information Modified Dates Option']]
      : []),
    ...(characteristics ? [['113108', 'Retain Patient Characteristics Option']] : []),
  ];
  return {
    SpecificCharacterSet: 'ISO_IR 192',
    SOPClassUID: sopClassUid,
    PatientIdentityRemoved: 'YES',
    DeidentificationMethod: 'Scanside: allow-list, keyed pseudonyms and UIDs',
    DeidentificationMethodCodeSequence: codes.map(([value, meaning]) =>
      codeItem(value, meaning, 'DCM'),
    ),
    LongitudinalTemporalInformationModified: dates === 'shift' ? 'MODIFIED' : 'REMOVED',
  };
}

function codeItem(
  value: string | undefined,
  meaning: string | undefined,
  scheme: string,
): Attributes {
  return { CodeValue: value, CodingSchemeDesignator: scheme, CodeMeaning: meaning };
}

/** Inside of sequences nobody needs a date, a pseudonym or an empty value. */
const nestedKinds = new Set(['terms', 'number', 'items', 'code', 'uid', 'data']);

function treatAll(dataSet: DataSet, context: Context, depth: number): [number, DataElement][] {
  return [...dataSet.elements.values()].flatMap((element): [number, DataElement][] => {
    const allowed = allowList.get(element.tag);
    if (!allowed || (depth > 0 && !nestedKinds.has(allowed.treatment.kind))) return [];
    const known = withKnownVr(element, allowed);
    const littleEndian = dataSet.littleEndian || element.vr === 'UN';
    const treated = known && treat(known, littleEndian, allowed, context, depth);
    return treated ? [[treated.tag, treated]] : [];
  });
}

/** The element if its VR is the attribute's own; one that does not say, or came as UN, takes the first. */
function withKnownVr(element: DataElement, { vr }: Allowed): DataElement | undefined {
  if (element.items) return vr.includes('SQ') ? element : undefined;
  if (element.vr === 'UN') return { ...element, vr: vr[0]! };
  return vr.includes(element.vr) ? element : undefined;
}

function treat(
  element: DataElement,
  littleEndian: boolean,
  { treatment }: Allowed,
  context: Context,
  depth: number,
): DataElement | undefined {
  const { profile, pseudonym, shift } = context;
  const alone: DataSet = { elements: new Map([[element.tag, element]]), littleEndian };
  const values = (): string[] => allStrings(alone, element.tag, []);
  switch (treatment.kind) {
    case 'terms':
      return textOf(element, inTerms(values(), treatment.terms)) ?? emptied(element);
    case 'characteristic':
      return characteristicOf(element, profile.characteristics ? values() : [], treatment);
    case 'number':
      return numbersIn(element, littleEndian, treatment.most);
    case 'vendor':
      return withText(element, vendorIn(values()));
    case 'items':
      return itemsOf(element, (item) => treatAll(item, context, depth + 1));
    case 'code':
      return itemsOf(element, (item) => [...knownCode(item).elements]);
    case 'uid':
      return textOf(element, values().filter(isUid).map((uid) => remap(profile.keys, uid))); // prettier-ignore
    case 'patient':
      return withText(element, element.vr === 'PN' ? `ANONYMOUS^${pseudonym}` : pseudonym);
    case 'empty':
      return emptied(element);
    case 'date':
      return withText(element, profile.dates === 'shift' ? shiftDate(values()[0], shift) : '');
    case 'optionalDate':
      return profile.dates === 'shift'
        ? textOf(element, [shiftDate(values()[0], shift)])
        : undefined;
    case 'data':
      return { ...element, value: littleEndianValue(element, littleEndian) };
    default:
      return undefined;
  }
}

function withText(element: DataElement, text: string): DataElement {
  return { ...element, value: Buffer.from(text) };
}

function emptied({ tag, vr }: DataElement): DataElement {
  const nothing = { tag, vr, value: new Uint8Array(0) };
  return vr === 'SQ' ? { ...nothing, items: [] } : nothing;
}

/** Nothing where no value has been left. */
function textOf(element: DataElement, values: string[]): DataElement | undefined {
  return values.some((value) => value !== '') ? withText(element, values.join('\\')) : undefined;
}

function inTerms(values: string[], terms: ReadonlySet<string> | RegExp): string[] {
  const has = (value: string): boolean =>
    terms instanceof RegExp ? terms.test(value) : terms.has(value);
  return values.map((value) => (has(value) ? value : ''));
}

type Characteristic = Extract<Treatment, { kind: 'characteristic' }>;

function characteristicOf(
  element: DataElement,
  [value = '']: string[],
  { terms, required }: Characteristic,
): DataElement | undefined {
  const isSmallNumber = /^\d{1,3}(\.\d{1,3})?$/.test(value);
  const kept =
    terms === 'age'
      ? ageIn(value)
      : (terms === 'number' ? isSmallNumber : terms.has(value)) && value;
  if (kept) return withText(element, kept);
  return required ? emptied(element) : undefined;
}

/** Ages above 89 years would single people out. */
function ageIn(value: string): string {
  if (!/^\d{3}[DWMY]$/.test(value)) return '';
  return value.endsWith('Y') && Number(value.slice(0, 3)) > 89 ? '090Y' : value;
}

function vendorIn(values: string[]): string {
  const words = ` ${values
    .join(' ')
    .toUpperCase()
    .replaceAll(/[^A-Z]+/g, ' ')} `;
  return vendors.find((vendor) => words.includes(` ${vendor} `)) ?? '';
}

function shiftDate(date: string | undefined, days: number): string {
  const day = dayNumber(date ?? '');
  return day === undefined ? '' : calendarDate(day + days);
}

/** A sequence of what is left of its items; nothing where nothing is. */
function itemsOf(
  element: DataElement,
  treatItem: (item: DataSet) => [number, DataElement][],
): DataElement | undefined {
  const items = (element.items ?? []).map((item): DataSet => ({
    elements: new Map(treatItem(item)),
    littleEndian: true,
  }));
  const filled = items.filter(({ elements }) => elements.size > 0);
  return filled.length > 0 ? { ...element, items: filled } : undefined;
}

/** The code with the meaning that we know, if we know it. */
function knownCode(item: DataSet): DataSet {
  const value = firstString(item, tags.CodeValue) ?? '';
  const meaning = knownCodes.get(value);
  const isSnomed = firstString(item, tags.CodingSchemeDesignator) === 'SCT';
  return dataSetOf(meaning && isSnomed ? codeItem(value, meaning, 'SCT') : {});
}

function refused(why: string): ScansideError {
  return new ScansideError('IMAGE_REFUSED', why);
}
