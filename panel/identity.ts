/**
 * Patient's Name for people: family name, comma, the other parts; several component groups side by side
 * (PS3.5, 6.2.1.2).
 */
export function personName(value: string): string {
  const groups = value.split('=').map(groupName);
  return groups.filter(Boolean).join(' = ') || 'No name';
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
