import { datasetSchema, labelName } from '../models/dataset/dataset.ts';
import { choice, readOptions, required, UsageError } from './options.ts';

export const importUsage = `Makes a data set of a folder of images and a table.

Usage: scanside dataset import --layout LAYOUT --from FOLDER --out FOLDER [options]

  --layout LAYOUT   csv      FOLDER holds images; --table says what they are
                    kermany  folders NORMAL and PNEUMONIA; the patient is in the file's name
                    nih      folder images and a table labels.csv (file,patient,findings,age,sex,view)
  --from FOLDER     where the images are
  --out FOLDER      where the data set goes; must be new or empty
  --table FILE      columns file, patient and label, or one column label:NAME for each label (0, 1 or empty);
                    also site, age (years), sex (F, M, O), view (PA, AP, LL), burnedIn (YES, NO)
  --label NAME      what the column label, or --labels, is about (default finding; in kermany and nih pneumonia)
  --labels FILE     labels of several readers: columns file,reader,label, or file and one column reader:NAME for each.
                    The majority decides; ties are listed and stay without a label until somebody adjudicates
  --duplicates D    refuse, or drop: leave out all but the first of the same picture of one patient with the same labels
                    (default refuse; drop for kermany and nih)
  --name NAME       name of the data set, a-z, 0-9 and - (default: the layout)
  --version V       version of the data set (default 1.0.0)
  --source TEXT     who made the images (csv)
  --statement TEXT  how they were collected and labelled, and what they cannot show (csv)
  --licence TEXT    under which licence they may be used (csv)

An image is a DICOM file, kept as it is, that says that identity was removed (scanside dataset deidentify), or a grey
8-bit baseline JPEG, which is put into a DICOM object unchanged. Every problem is listed with its row, and nothing is
written before all are solved.
`;

const layouts = ['csv', 'kermany', 'nih'] as const;
type Layout = (typeof layouts)[number];

const publicSources = {
  kermany: {
    name: 'Kermany et al., Cell 172(5), 2018, doi:10.1016/j.cell.2018.02.010',
    statement:
      'Chest radiographs of children aged one to five from one hospital, labelled by its physicians. Published as ' +
      'de-identified. They show nothing about adults or about other sites.',
    licence: 'CC BY 4.0',
  },
  nih: {
    name: 'ChestX-ray14, NIH Clinical Center; Wang et al., CVPR 2017',
    statement:
      'Chest radiographs of adults from one hospital. Published as de-identified. The labels were mined from the text ' +
      'of reports, not read from the images.',
    licence: 'Free to use with attribution to the NIH Clinical Center',
  },
};

/** What `scanside dataset import` was asked for. */
export interface ImportRequest {
  layout: Layout;
  from: string;
  out: string;
  table: string | undefined;
  labels: string | undefined;
  duplicates: 'refuse' | 'drop';
  label: string;
  name: string;
  version: string;
  source: { name: string; statement: string; licence: string };
}

const text = { type: 'string' } as const;
const options = {
  layout: text,
  from: text,
  out: text,
  table: text,
  label: text,
  labels: text,
  duplicates: text,
  name: text,
  version: text,
  source: text,
  statement: text,
  licence: text,
};

/** Throws UsageError where the options do not say what is needed. */
export function readImportRequest(args: string[]): ImportRequest {
  const given = readOptions(args, options);
  const layout = choice('layout', required('layout', given.layout), layouts);
  const isTable = layout === 'csv';
  const source = isTable
    ? {
        name: required('source', given.source),
        statement: required('statement', given.statement),
        licence: required('licence', given.licence),
      }
    : publicSources[layout];
  const request: ImportRequest = {
    layout,
    from: required('from', given.from),
    out: required('out', given.out),
    table: isTable ? required('table', given.table) : undefined,
    labels: given.labels,
    duplicates: choice('duplicates', given.duplicates ?? (isTable ? 'refuse' : 'drop'), [
      'refuse',
      'drop',
    ]),
    label: given.label ?? (isTable ? 'finding' : 'pneumonia'),
    name: given.name ?? layout,
    version: given.version ?? '1.0.0',
    source,
  };
  checkNames(request);
  return request;
}

function checkNames({ name, version, label }: ImportRequest): void {
  const { shape } = datasetSchema;
  if (!shape.name.safeParse(name).success) throw new UsageError('--name may hold a-z, 0-9 and -');
  if (!shape.version.safeParse(version).success)
    throw new UsageError('--version must be like 1.0.0');
  if (!labelName.safeParse(label).success) throw new UsageError('--label may hold a-z, 0-9 and -');
}
