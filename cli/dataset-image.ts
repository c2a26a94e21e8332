import { ScansideError } from '../device/errors.ts';
import { type DatasetItem, sexes, sha256Of, views } from '../models/dataset/dataset.ts';
import type { Entry } from '../models/dataset/layout.ts';
import { type DataSet, type ReadLimits, readDataSet } from '../runtime/dicom/data-set.ts';
import { wrapJpeg } from '../runtime/dicom/image-writer.ts';
import { readPart10 } from '../runtime/dicom/part10.ts';
import { tags } from '../runtime/dicom/tag.ts';
import { isUid } from '../runtime/dicom/uid.ts';
import { firstString } from '../runtime/dicom/value.ts';
import { pixelElement } from './picture.ts';

/** For a whole object that somebody holds on a disk. */
export const objectLimits: ReadLimits = {
  bytes: 1 << 30,
  elements: 1_000_000,
  depth: 16,
  valueLength: 1 << 28,
};

/** An image on its way into a data set: its DICOM file and what the data set says of it. */
export interface ImportedImage {
  bytes: Uint8Array;
  item: DatasetItem;
}

/**
 * Makes an item of one image file. A DICOM file is kept as it is and must say that identity was removed; a JPEG is
 * wrapped. Throws IMAGE_REFUSED or DATA_SET_UNREADABLE.
 */
export function importImage(source: string, entry: Entry, bytes: Uint8Array): ImportedImage {
  const isDicom = Buffer.from(bytes.subarray(128, 132)).toString('latin1') === 'DICM';
  const file = isDicom ? bytes : wrapEntry(source, entry, bytes);
  const { transferSyntaxUid, dataSet } = readPart10(file);
  const read = readDataSet(dataSet, transferSyntaxUid, objectLimits);
  const sopInstanceUid = firstString(read, tags.SOPInstanceUID) ?? '';
  if (!isUid(sopInstanceUid)) throw refuse('it has no SOP Instance UID');
  if (isDicom) refuseIdentified(read, entry);
  const { burnedInAnnotation: _annotation, file: name, ...facts } = entry;
  const item: DatasetItem = {
    ...factsOf(read),
    ...facts,
    file: `instances/${sopInstanceUid}.dcm`,
    sha256: sha256Of(file),
    pixels: pixelHash(read),
    sopInstanceUid,
    source: { file: name, sha256: sha256Of(bytes) },
  };
  return { bytes: file, item };
}

function wrapEntry(source: string, entry: Entry, bytes: Uint8Array): Uint8Array {
  const { patient, age, sex, view, burnedInAnnotation, site } = entry;
  const facts = {
    source,
    patient,
    ageYears: age,
    sex,
    view,
    burnedInAnnotation,
    institution: site,
  };
  return wrapJpeg(bytes, facts).file;
}

/** What an object says itself; the table has the last word. */
function factsOf(dataSet: DataSet): Pick<DatasetItem, 'age' | 'sex' | 'view'> {
  const text = (tag: number): string => firstString(dataSet, tag) ?? '';
  const years = /^(\d{3})Y$/.exec(text(tags.PatientAge))?.[1];
  const sex = sexes.find((each) => each === text(tags.PatientSex));
  const view = views.find((each) => each === text(tags.ViewPosition));
  return {
    ...(years && Number(years) <= 120 && { age: Number(years) }),
    ...(sex && { sex }),
    ...(view && { view }),
  };
}

function refuseIdentified(dataSet: DataSet, { patient }: Entry): void {
  if (firstString(dataSet, tags.PatientIdentityRemoved) !== 'YES')
    throw refuse(
      'it does not say that identity was removed; run scanside dataset deidentify first',
    );
  const inside = firstString(dataSet, tags.PatientID);
  if (inside !== undefined && inside !== patient)
    throw refuse(`its Patient ID is not the patient of the table, ${patient}`);
}

/** SHA-256 of the pixel data alone: values, or fragments without the Basic Offset Table. */
export function pixelHash(dataSet: DataSet): string {
  const element = pixelElement(dataSet);
  if (!element) throw refuse('it has no pixel data');
  return sha256Of(...(element.fragments?.slice(1) ?? [element.value]));
}

function refuse(why: string): ScansideError {
  return new ScansideError('IMAGE_REFUSED', why);
}
