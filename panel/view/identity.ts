/**
 * Patient's Name for people: family name, comma, the other parts; several component groups side by side
 * (PS3.5, 6.2.1.2). Empty where there is no name.
 */
export function personName(value: string): string {
  const groups = value.split('=').map(groupName);
  return groups.filter(Boolean).join(' = ');
}

function groupName(group: string): string {
  const [family = '', ...others] = group.split('^').map((part) => visible(part).trim());
  return [family, others.filter(Boolean).join(' ')].filter(Boolean).join(', ');
}

/** A date of the form YYYYMMDD with dashes; anything else as it is. */
export function calendarDate(value: string): string {
  return visible(value).replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3');
}

/** Text with control characters and halves of characters made visible, so that none disappears on the screen. */
export function visible(text: string): string {
  return text.toWellFormed().replace(/\p{Cc}/gu, '\u{FFFD}');
}

/** A name of which only the beginnings can be read: `D***, J*`. */
export function maskedName(value: string): string {
  const name = personName(value.split('=')[0] ?? '');
  return name.replaceAll(/(\p{L}\p{M}*)[\p{L}\p{M}\p{N}’'.-]*\**/gu, '$1***');
}

/** The last four characters of an identifier. */
export function maskedId(value: string): string {
  const text = visible(value);
  return text.length > 4 ? `…${text.slice(-4)}` : text && '…';
}

/** What stands on the screen of nobody in particular: initials, the year of birth, ends of numbers. */
export function maskIdentity<Exam extends Identity>(exam: Exam): Exam {
  return {
    ...exam,
    patientName: maskedName(exam.patientName),
    patientId: maskedId(exam.patientId),
    birthDate: exam.birthDate.slice(0, 4),
    accessionNumber: maskedId(exam.accessionNumber),
  };
}

interface Identity {
  patientName: string;
  patientId: string;
  birthDate: string;
  accessionNumber: string;
}
