import type { Keyword } from '../../dicom/tag.ts';
import type { Attributes, AttributeValue } from '../attributes.ts';
import { dayNumber } from '../moment.ts';

/** An attribute as one text, several values with backslashes between; empty where it is absent, empty or a sequence. */
export function textOf(attributes: Attributes | undefined, keyword: Keyword): string {
  const value = attributes?.[keyword];
  if (value === undefined || typeof value === 'string') return value ?? '';
  return value.filter((each) => typeof each !== 'object').join('\\');
}

/** The first item of a sequence. */
export function itemOf(attributes: Attributes, keyword: Keyword): Attributes | undefined {
  return itemsOf(attributes, keyword)[0];
}

/** The items of a sequence; none where it is absent or no sequence. */
export function itemsOf(attributes: Attributes, keyword: Keyword): Attributes[] {
  const value: AttributeValue = attributes[keyword] ?? [];
  return typeof value === 'string' ? [] : value.filter((each) => typeof each === 'object');
}

/** A date of DICOM (DA) as HL7 has it (DT), which is the same; empty where it is none. */
export function dateOf(text: string): string {
  return dayNumber(text) === undefined ? '' : text;
}

/**
 * A point in time (HL7 v2.5.1 2.A.77) of a date (DA), a time (TM) and an offset from UTC of DICOM. What is no date is
 * left empty; what is no time, or no offset, is left out.
 */
export function timeStamp(date: string, time: string, offset: string): string {
  const day = dateOf(date);
  if (day === '') return '';
  const known = /^(([01]\d|2[0-3])[0-5]\d([0-5]\d(\.\d{1,4})?)?)\d*$/.exec(time)?.[1] ?? '';
  return day + known + (/^[+-](0\d|1[0-4])[0-5]\d$/.test(offset) ? offset : '');
}
