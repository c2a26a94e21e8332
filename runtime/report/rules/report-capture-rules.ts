import type { DataSet } from '../../dicom/data-set.ts';
import { type Keyword, tags } from '../../dicom/tag.ts';
import { deriveUid } from '../../dicom/uid.ts';
import { allNumbers, allStrings } from '../../dicom/value.ts';
import type { Reference } from '../content.ts';
import { namesIn } from '../form-rules.ts';
import { optionalAttributes, requiredAttributes } from '../header.ts';
import { isImageClass } from '../image-class.ts';
import { reportLines, warning } from '../report-lines.ts';
import { drawReport, greyOf } from '../report-picture.ts';
import type { BrokenRule } from '../rules.ts';
import { codeOf, itemsOf, readDocument, type ReportDocument, textOf } from './document.ts';
import { differences, evidenceOf } from './evidence-rules.ts';
import { foreignAttributes, ownAttributes } from './header-rules.ts';
import { type Breach, unless } from './rule.ts';

/** The picture of a report, and the report itself. */
interface Pair {
  capture: DataSet;
  report: ReportDocument;
  /** How the form names an object. */
  refer(object: Reference): Reference;
}

interface CaptureRule {
  id: string;
  must: string;
  breaches(pair: Pair): Breach[];
}

const secondaryCapture = '1.2.840.10008.5.1.4.1.1.7';

/** Of the header of the report what belongs to its being a report. */
const renamed: readonly Keyword[] = [
  'SOPClassUID',
  'SOPInstanceUID',
  'SeriesInstanceUID',
  'Modality',
];

const copied = [...requiredAttributes, ...optionalAttributes, ...ownAttributes].filter(
  (keyword) => !renamed.includes(keyword),
);

const texts: [Keyword, string][] = [
  ['Modality', 'OT'],
  ['ImageType', 'DERIVED\\SECONDARY'],
  ['ConversionType', 'WSD'],
  ['BurnedInAnnotation', 'YES'],
  ['PhotometricInterpretation', 'MONOCHROME2'],
  ['PatientOrientation', ''],
  ['ImageLaterality', 'U'],
  ['InstanceNumber', '1'],
  ['WindowCenter', '128'],
  ['WindowWidth', '256'],
];

const numbers: [Keyword, number][] = [
  ['SamplesPerPixel', 1],
  ['BitsAllocated', 8],
  ['BitsStored', 8],
  ['HighBit', 7],
  ['PixelRepresentation', 0],
];

const known: ReadonlySet<string> = new Set<Keyword>([
  ...copied,
  ...renamed,
  ...texts.map(([keyword]) => keyword),
  ...numbers.map(([keyword]) => keyword),
  'DerivationDescription',
  'SourceImageSequence',
  'ReferencedImageSequence',
  'Rows',
  'Columns',
  'PixelData',
]);

/** Of the picture of a report. */
export const reportCaptureRules: readonly CaptureRule[] = [
  {
    id: 'form-name',
    must: 'it and what it replaces must have their UIDs of the form',
    breaches: ({ capture, report, refer }) => {
      const [own, ...replaced] = namesIn(report.header).map(refer);
      return [
        ...unless(
          isSame(own, nameOf(capture, 'SOP')),
          textOf(capture, 'SOPInstanceUID'),
          'SOPInstanceUID',
        ),
        ...differences(
          itemsOf(capture, 'ReferencedImageSequence').map(
            (item) => nameOf(item, 'ReferencedSOP').sopInstanceUid,
          ),
          replaced.map(({ sopInstanceUid }) => sopInstanceUid),
          'ReferencedImageSequence',
        ),
      ];
    },
  },
  {
    id: 'form-series',
    must: 'it must stand in a series of its own, which follows from that of the report',
    breaches: ({ capture, report: { header } }) => {
      const found = textOf(capture, 'SeriesInstanceUID');
      const expected = deriveUid('form', textOf(header, 'SeriesInstanceUID'), secondaryCapture);
      return unless(found === expected, found || 'nothing', 'SeriesInstanceUID');
    },
  },
  {
    id: 'form-rest',
    must: 'patient, study, device and time must be those of the report',
    breaches: ({ capture, report: { header } }) =>
      copied.flatMap((keyword) =>
        unless(
          writtenAs(capture, tags[keyword]) === writtenAs(header, tags[keyword]),
          'another value',
          keyword,
        ),
      ),
  },
  {
    id: 'foreign-attribute',
    must: 'the header must have nothing but what the picture of a report has',
    breaches: ({ capture }) => foreignAttributes(capture, known),
  },
  {
    id: 'capture-image',
    must: 'it must be a grey image of bytes that says that a patient is named in it',
    breaches: ({ capture }) => [
      ...texts.flatMap(([keyword, value]) => {
        const found = allStrings(capture, tags[keyword]).join('\\');
        const isThere = capture.elements.has(tags[keyword]);
        return unless(isThere && found === value, found || 'nothing', keyword);
      }),
      ...numbers.flatMap(([keyword, value]) => {
        const [found] = allNumbers(capture, tags[keyword]);
        return unless(found === value, String(found ?? 'nothing'), keyword);
      }),
    ],
  },
  {
    id: 'capture-sources',
    must: 'its sources must be the images of the report, as (121322, DCM)',
    breaches: ({ capture, report }) => {
      const sources = itemsOf(capture, 'SourceImageSequence');
      return [
        ...differences(
          sources.map((item) => nameOf(item, 'ReferencedSOP')).map(keyOf),
          evidenceOf(report)
            .filter(({ sopClass }) => isImageClass(sopClass))
            .map(({ sopClass, instance }) => `${sopClass} ${instance}`),
          'SourceImageSequence',
        ),
        ...sources.flatMap((item) => {
          const found = codeOf(item, 'PurposeOfReferenceCodeSequence');
          return unless(found === '121322 DCM', found || 'nothing', 'SourceImageSequence');
        }),
      ];
    },
  },
  {
    id: 'capture-warning',
    must: 'the derivation must say what it is not for, and from which report it was made',
    breaches: ({ capture, report: { header } }) => {
      const found = textOf(capture, 'DerivationDescription');
      const holds = [warning, textOf(header, 'SOPInstanceUID')].every((each) =>
        found.includes(each),
      );
      return unless(holds, 'another text', 'DerivationDescription');
    },
  },
  {
    id: 'capture-text',
    must: 'its pixels must be the text of the report and nothing else',
    breaches: ({ capture, report }) => {
      const picture = drawReport(reportLines(report));
      const size = [...allNumbers(capture, tags.Rows), ...allNumbers(capture, tags.Columns)];
      const pixels = capture.elements.get(tags.PixelData)?.value ?? new Uint8Array(0);
      const isSize = size.join() === [picture.rows, picture.columns].join();
      const holds = isSize && Buffer.from(greyOf(picture)).equals(pixels);
      return unless(holds, 'other pixels', 'PixelData');
    },
  },
];

/** The rules that the picture of a report breaks; none where it may be sent. The report has been checked by `checkReport`. */
export function checkReportCapture(
  capture: Uint8Array,
  report: Uint8Array,
  refer: (object: Reference) => Reference,
): BrokenRule[] {
  const pair = { capture: readDocument(capture).header, report: readDocument(report), refer };
  return reportCaptureRules.flatMap(({ id, must, breaches }) =>
    breaches(pair).map(({ found, where }) => ({ id, what: `${must}; found ${found}`, where })),
  );
}

function nameOf(dataSet: DataSet, of: 'SOP' | 'ReferencedSOP'): Reference {
  return {
    sopClassUid: textOf(dataSet, `${of}ClassUID`),
    sopInstanceUid: textOf(dataSet, `${of}InstanceUID`),
  };
}

function keyOf({ sopClassUid, sopInstanceUid }: Reference): string {
  return `${sopClassUid} ${sopInstanceUid}`;
}

function isSame(one: Reference | undefined, other: Reference): boolean {
  return one !== undefined && keyOf(one) === keyOf(other);
}

/** An element as it is written; of a sequence its items. */
function writtenAs({ elements }: DataSet, tag: number): string {
  const element = elements.get(tag);
  if (!element) return 'absent';
  const items = element.items?.map((item) =>
    [...item.elements.keys()].map((each) => `${each} ${writtenAs(item, each)}`).join(),
  );
  return `${element.vr} ${Buffer.from(element.value).toString('latin1')} ${items?.join('|')}`;
}
