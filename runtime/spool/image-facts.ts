import type { DataSet } from '../dicom/data-set.ts';
import { tags } from '../dicom/tag.ts';
import { firstInteger, firstNumber, firstString } from '../dicom/value.ts';

/** What a header says of an image that only models' rules ask about. What it does not say is undefined. */
export interface ImageDescription {
  /** Whole years at the time of the study. */
  ageYears: number | undefined;
  anatomicRegion: { value: string; scheme: string } | undefined;
  photometric: string | undefined;
  bitsStored: number | undefined;
  /** Millimetres between rows. */
  pixelSpacing: number | undefined;
  /** Millimetres. */
  sliceThickness: number | undefined;
  manufacturer: string | undefined;
  /** Tube voltage in kV, and exposure in mAs. */
  kvp: number | undefined;
  exposure: number | undefined;
  /** Whether a contrast agent is named. */
  contrast: boolean;
}

/** How many of a unit of an Age String make a year (PS3.5 6.2, AS). */
const perYear: Record<string, number> = { Y: 1, M: 12, W: 52.1775, D: 365.2425 };

function parseAge(text: string | undefined): number | undefined {
  const [, count, unit = ''] = /^(\d{3})([YMWD])$/.exec(text ?? '') ?? [];
  const divisor = perYear[unit];
  return divisor === undefined ? undefined : Math.floor(Number(count) / divisor);
}

function parseDate(text: string | undefined): { year: number; day: number } | undefined {
  const [, year, day] = /^(\d{4})(\d{4})$/.exec(text ?? '') ?? [];
  return year === undefined ? undefined : { year: Number(year), day: Number(day) };
}

/** Birthdays between two dates; undefined where one is missing or the second comes first. */
function yearsBetween(birth: string | undefined, study: string | undefined): number | undefined {
  const [from, to] = [parseDate(birth), parseDate(study)];
  if (!from || !to) return undefined;
  const years = to.year - from.year - (to.day < from.day ? 1 : 0);
  return years >= 0 ? years : undefined;
}

/** Patient's Age (0010,1010); where it is not given, from the dates of birth and study. */
function ageYears(header: DataSet): number | undefined {
  const text = (tag: number) => firstString(header, tag);
  return (
    parseAge(text(tags.PatientAge)) ??
    yearsBetween(text(tags.PatientBirthDate), text(tags.StudyDate))
  );
}

function anatomicRegion(header: DataSet): ImageDescription['anatomicRegion'] {
  const [region] = header.elements.get(tags.AnatomicRegionSequence)?.items ?? [];
  const value = region && firstString(region, tags.CodeValue);
  const scheme = region && firstString(region, tags.CodingSchemeDesignator);
  return value && scheme ? { value, scheme } : undefined;
}

export function describeImage(header: DataSet): ImageDescription {
  return {
    ageYears: ageYears(header),
    anatomicRegion: anatomicRegion(header),
    photometric: firstString(header, tags.PhotometricInterpretation),
    bitsStored: firstInteger(header, tags.BitsStored),
    pixelSpacing:
      firstNumber(header, tags.PixelSpacing) ?? firstNumber(header, tags.ImagerPixelSpacing),
    sliceThickness: firstNumber(header, tags.SliceThickness),
    manufacturer: firstString(header, tags.Manufacturer),
    kvp: firstNumber(header, tags.KVP),
    exposure: firstNumber(header, tags.Exposure),
    contrast: firstString(header, tags.ContrastBolusAgent) !== undefined,
  };
}
