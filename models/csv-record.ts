/** One record of a table of comma-separated values. */
export interface CsvRecord {
  /** As a spreadsheet counts: the header is row 1, blank lines count too. */
  row: number;
  fields: string[];
}

/** A field, quoted or not, and what ends it: a comma, a line end or the end of the text. */
const field = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y;

function isBlank({ fields }: CsvRecord): boolean {
  return fields.length === 1 && fields[0]?.trim() === '';
}

/**
 * Records of RFC 4180, with any line end and with or without a byte order mark; blank lines are left out. Throws what
 * `refuse` makes of the row where a quote is open or misplaced.
 */
export function readRecords(text: string, refuse: (row: number) => Error): CsvRecord[] {
  const records: CsvRecord[] = [];
  let fields: string[] = [];
  field.lastIndex = text.startsWith('\uFEFF') ? 1 : 0;
  for (let ended = false; !ended;) {
    const match = field.exec(text);
    if (!match) throw refuse(records.length + 1);
    const [, quoted, plain = '', end] = match;
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    ended = end === '';
    if (end === ',') continue;
    records.push({ row: records.length + 1, fields });
    fields = [];
  }
  return records.filter((record) => !isBlank(record));
}

/** The fields of a record by column, without white space around them. There is a field a column. */
export function nameFields(
  columns: readonly string[],
  { fields }: CsvRecord,
): Record<string, string> {
  return Object.fromEntries(columns.map((column, at) => [column, fields[at]?.trim() ?? '']));
}
