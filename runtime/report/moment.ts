/** A moment in DICOM's forms: DA, TM and Timezone Offset From UTC (PS3.5 6.2; PS3.3 C.12.1). */
export interface Moment {
  date: string;
  time: string;
  offset: string;
}

const minute = 60_000;
const day = 1440 * minute;

/** `at`: milliseconds since 1970 UTC; `utcOffsetMinutes`: minutes east of UTC, of the zone to express it in. */
export function describeMoment(at: number, utcOffsetMinutes: number): Moment {
  const local = at + utcOffsetMinutes * minute;
  const days = Math.floor(local / day);
  return {
    date: calendarDate(days),
    time: timeOfDay(local - days * day),
    offset: describeOffset(utcOffsetMinutes),
  };
}

/** Civil date (DA) of a day counted from 1970-01-01, by eras of 400 years that begin on 1 March. */
export function calendarDate(daysSince1970: number): string {
  const shifted = daysSince1970 + 719_468;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) /
      365,
  );
  const ofYear =
    ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * ofYear + 2) / 153);
  const dayOfMonth = ofYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0);
  return digits(year, 4) + digits(month, 2) + digits(dayOfMonth, 2);
}

/** The day of a civil date (DA), counted from 1970-01-01; undefined for a text that is none. */
export function dayNumber(date: string): number | undefined {
  if (!/^\d{8}$/.test(date)) return undefined;
  const [year, month, ofMonth] = [date.slice(0, 4), date.slice(4, 6), date.slice(6)].map(Number);
  const [monthFromMarch, fromMarch] = month! > 2 ? [month! - 3, year!] : [month! + 9, year! - 1];
  const ofYear = Math.floor((153 * monthFromMarch + 2) / 5) + ofMonth! - 1;
  const leapDays =
    Math.floor(fromMarch / 4) - Math.floor(fromMarch / 100) + Math.floor(fromMarch / 400);
  const days = fromMarch * 365 + leapDays + ofYear - 719_468;
  return calendarDate(days) === date ? days : undefined;
}

function timeOfDay(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const whole =
    digits(Math.floor(seconds / 3600), 2) +
    digits(Math.floor(seconds / 60) % 60, 2) +
    digits(seconds % 60, 2);
  return `${whole}.${digits(ms % 1000, 3)}`;
}

function describeOffset(minutes: number): string {
  const size = Math.abs(minutes);
  return (minutes < 0 ? '-' : '+') + digits(Math.floor(size / 60), 2) + digits(size % 60, 2);
}

function digits(value: number, length: number): string {
  return String(Math.floor(value)).padStart(length, '0');
}
