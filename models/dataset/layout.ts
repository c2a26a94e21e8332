import { type DatasetItem, labelName, pseudonym, sexes, views } from './dataset.ts';
import { refuseProblems, type Table, type TableRow } from './table.ts';

/** What a source says about one image file. */
export interface Entry extends Pick<
  DatasetItem,
  'patient' | 'site' | 'labels' | 'age' | 'sex' | 'view'
> {
  /** From the source's folder, with slashes. */
  file: string;
  burnedInAnnotation?: 'YES' | 'NO';
}

/** Children: the folder is the label; the patient stands in the file's name (Kermany et al., Cell 172(5), 2018). */
const pneumoniaName = /^(person\d+)_(?:bacteria|virus)_\d+(?:_\d+)?\.jpe?g$/;
const normalName = /^((?:NORMAL2-IM|IM)-\d+)-\d+(?:-\d+)?\.jpe?g$/;

/**
 * Entries of `NORMAL/…` and `PNEUMONIA/…`, with the labels pneumonia and opacity, which are the same here. Throws DATASET_INVALID, naming the files that are called otherwise.
 */
export function kermanyEntries(files: readonly string[]): Entry[] {
  const found = files.map((file) => kermanyEntry(file) ?? file);
  const foreign = found.filter((each) => typeof each === 'string');
  refuseProblems(foreign.map((file) => `${file} does not name its patient`));
  return found.filter((each) => typeof each !== 'string');
}

function kermanyEntry(file: string): Entry | undefined {
  const [folder = '', name = ''] = file.split('/');
  const isPneumonia = folder === 'PNEUMONIA';
  const patient = (isPneumonia ? pneumoniaName : normalName).exec(name)?.[1];
  if (!patient || (!isPneumonia && folder !== 'NORMAL')) return undefined;
  const label = isPneumonia ? 1 : 0;
  const labels = { pneumonia: label, opacity: label } as const;
  return { file, patient, labels, burnedInAnnotation: 'NO' };
}

/** The findings of ChestX-ray14 (Wang et al., CVPR 2017), text-mined from reports. */
const nihFindings = (
  'Atelectasis Cardiomegaly Consolidation Edema Effusion Emphysema Fibrosis Hernia Infiltration Mass Nodule ' +
  'Pleural_Thickening Pneumonia Pneumothorax'
).split(' ');

/** Entries of the table `file,patient,findings,age,sex,view`; every finding that is not named is 0. */
export function nihEntries(table: Table): Entry[] {
  requireColumns(table, ['file', 'patient', 'findings', 'age', 'sex', 'view']);
  return readRows(table, (row, complain) => ({
    ...readFacts(row, complain),
    file: `images/${readFile(row, complain)}`,
    labels: readFindings(row, complain),
    burnedInAnnotation: 'NO',
  }));
}

function readFindings({ fields }: TableRow, complain: Complain): Entry['labels'] {
  const named = fields['findings']!.split('|');
  for (const name of named)
    if (!nihFindings.includes(name) && name !== 'No Finding')
      complain(`unknown finding ${JSON.stringify(name)}`);
  const labels = nihFindings.map((name): [string, 0 | 1] => [
    labelOf(name),
    named.includes(name) ? 1 : 0,
  ]);
  return { ...Object.fromEntries(labels), ...opacityOf(named) };
}

/** Any finding counts as an opacity, but a pneumothorax, alone or with emphysema, is neither that nor a normal lung. */
function opacityOf(named: string[]): { opacity?: 0 | 1 } {
  const others = named.filter((name) => name !== 'Pneumothorax' && name !== 'Emphysema');
  if (named.includes('Pneumothorax') && others.length === 0) return {};
  return { opacity: named.includes('No Finding') ? 0 : 1 };
}

function labelOf(finding: string): string {
  return finding.toLowerCase().replaceAll('_', '-');
}

const labelPrefix = 'label:';
const factColumns = ['file', 'patient', 'site', 'age', 'sex', 'view', 'burnedIn', 'label'];

/**
 * Entries of a table with the columns `file`, `patient`, and `label` or one `label:NAME` for each label; `site`, `age`,
 * `sex`, `view` and `burnedIn` may be there. `label` is called `single` in the data set.
 */
export function tableEntries(table: Table, single: string): Entry[] {
  requireColumns(table, ['file', 'patient']);
  const labels = table.columns.filter((name) => !factColumns.includes(name));
  const wrong = labels.filter((name) => !isLabelColumn(name));
  refuseProblems(wrong.map((name) => `column ${JSON.stringify(name)} is unknown`));
  return readRows(table, (row, complain) => ({
    ...readFacts(row, complain),
    file: readFile(row, complain),
    labels: readLabels(row, single, complain),
    ...oneOf('burnedInAnnotation', row.fields['burnedIn'], ['YES', 'NO'], complain),
  }));
}

function isLabelColumn(name: string): boolean {
  return (
    name.startsWith(labelPrefix) && labelName.safeParse(name.slice(labelPrefix.length)).success
  );
}

function readLabels({ fields }: TableRow, single: string, complain: Complain): Entry['labels'] {
  const named = Object.entries(fields).flatMap(([column, text]): [string, string][] => {
    if (column === 'label') return [[single, text]];
    return isLabelColumn(column) ? [[column.slice(labelPrefix.length), text]] : [];
  });
  const given = named.filter(([, text]) => text !== '');
  return Object.fromEntries(given.map(([name, text]) => [name, readLabel(text, complain)]));
}

/** A label as a table has it: 0 or 1. */
export function readLabel(text: string, complain: Complain): 0 | 1 {
  if (text !== '0' && text !== '1') complain(`label ${JSON.stringify(text)} is neither 0 nor 1`);
  return text === '1' ? 1 : 0;
}

export type Complain = (problem: string) => void;

/** Reads every row; throws DATASET_INVALID with the row of every complaint. */
export function readRows<T>(table: Table, read: (row: TableRow, complain: Complain) => T): T[] {
  const problems: string[] = [];
  const found = table.rows.map((row) =>
    read(row, (problem) => void problems.push(`row ${row.row}: ${problem}`)),
  );
  refuseProblems(problems);
  return found;
}

export function requireColumns(table: Table, names: string[]): void {
  const missing = names.filter((name) => !table.columns.includes(name));
  refuseProblems(missing.map((name) => `column ${name} is missing`));
}

/** The file of a row. A path that leads out of the source's folder is a complaint. */
export function readFile({ fields }: TableRow, complain: Complain): string {
  const file = fields['file']!;
  const steps = file.split('/');
  const leadsOut = steps.some((step) => step === '' || step === '.' || step === '..');
  // oxlint-disable-next-line no-control-regex
  if (leadsOut || /[\\\u0000-\u001f]/.test(file))
    complain(`file ${JSON.stringify(file)} is no path inside the folder`);
  return file;
}

type Facts = Pick<Entry, 'patient' | 'site' | 'age' | 'sex' | 'view'>;

function readFacts({ fields }: TableRow, complain: Complain): Facts {
  const { patient = '', site = '', age = '', sex, view } = fields;
  const isName = (text: string): boolean => pseudonym.safeParse(text).success;
  if (!isName(patient)) complain(`patient ${JSON.stringify(patient)} is no pseudonym`);
  if (site && !isName(site)) complain(`site ${JSON.stringify(site)} is no name`);
  if (age && (!/^\d{1,3}$/.test(age) || Number(age) > 120))
    complain(`age ${JSON.stringify(age)} is not 0 to 120 years`);
  return {
    patient,
    ...(site && { site }),
    ...(age && { age: Number(age) }),
    ...oneOf('sex', sex, sexes, complain),
    ...oneOf('view', view, views, complain),
  };
}

/** `{ key: text }` where the text is one of the values, nothing where it is empty, and otherwise a complaint. */
function oneOf<Key extends string, const Value extends string>(
  key: Key,
  text: string | undefined,
  values: readonly Value[],
  complain: Complain,
): { [key in Key]?: Value } {
  if (!text) return {};
  const value = values.find((each) => each === text);
  if (!value) complain(`${key} ${JSON.stringify(text)} is none of ${values.join(', ')}`);
  return { [key]: value } as { [key in Key]?: Value };
}
