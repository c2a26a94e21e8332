import type { Picture } from '../../models/explanation/png.ts';
import type { DataSet } from '../dicom/data-set.ts';
import { type Attributes, dataSetOf, encodeDataSet } from '../dicom/data-set-writer.ts';
import { tags } from '../dicom/tag.ts';
import { deriveUid } from '../dicom/uid.ts';
import type { Reference } from './content.ts';
import { optionalAttributes, requiredAttributes } from './header.ts';
import { imagesOf, reportLines, warning } from './report-lines.ts';
import { drawReport, greyOf } from './report-picture.ts';
import { type ReportDocument, textOf } from './rules/document.ts';
import { ownAttributes } from './rules/header-rules.ts';

/** Secondary Capture Image Storage (PS3.4 B.5). */
const secondaryCapture = '1.2.840.10008.5.1.4.1.1.7';

/** What a capture has of the header of its report: the patient, the study, the device and when the result was made. */
const kept = [...requiredAttributes, ...optionalAttributes, ...ownAttributes];

/**
 * A report as a picture of its text, for whoever keeps nothing but images: a Secondary Capture, grey, in a series of its
 * own, as a data set in Explicit VR Little Endian. What it names beside its source images is what it replaces.
 */
export function captureReport(
  document: ReportDocument,
  sopInstanceUid: string,
  replaced: readonly Reference[],
): Uint8Array {
  const { header } = document;
  const elements = kept.flatMap((keyword) => header.elements.get(tags[keyword]) ?? []);
  const own = dataSetOf({
    ...seriesOf(header),
    ...imageAttributes(header),
    SOPClassUID: secondaryCapture,
    SOPInstanceUID: sopInstanceUid,
    ReferencedImageSequence: replaced.length > 0 ? replaced.map(referenceItem) : undefined,
  });
  const picture = drawReport(reportLines(document));
  const pixels = { tag: tags.PixelData, vr: 'OB', value: greyOf(picture) };
  const all = [...elements, ...own.elements.values(), ...pixelElements(picture), pixels];
  return encodeDataSet({
    elements: new Map(all.map((each) => [each.tag, each])),
    littleEndian: true,
  });
}

/** One series has one modality: the captures of the reports of a series have their own. */
function seriesOf(header: DataSet): Attributes {
  const series = deriveUid('form', textOf(header, 'SeriesInstanceUID'), secondaryCapture);
  return { Modality: 'OT', SeriesInstanceUID: series };
}

function referenceItem({ sopClassUid, sopInstanceUid }: Reference): Attributes {
  return { ReferencedSOPClassUID: sopClassUid, ReferencedSOPInstanceUID: sopInstanceUid };
}

/** General Image, SC Equipment and SC Image modules (PS3.3 C.7.6.1, C.8.6.1, C.8.6.2). */
function imageAttributes(header: DataSet): Attributes {
  return {
    InstanceNumber: '1',
    ImageType: ['DERIVED', 'SECONDARY'],
    ConversionType: 'WSD',
    BurnedInAnnotation: 'YES',
    DerivationDescription: `${warning}. Report ${textOf(header, 'SOPInstanceUID')} as text.`,
    SourceImageSequence: imagesOf(header).map(sourceItem),
    PatientOrientation: '',
    // A text has no sides.
    ImageLaterality: 'U',
    WindowCenter: '128',
    WindowWidth: '256',
  };
}

function sourceItem(image: DataSet): Attributes {
  return {
    ReferencedSOPClassUID: textOf(image, 'ReferencedSOPClassUID'),
    ReferencedSOPInstanceUID: textOf(image, 'ReferencedSOPInstanceUID'),
    PurposeOfReferenceCodeSequence: [
      {
        CodeValue: '121322',
        CodingSchemeDesignator: 'DCM',
        CodeMeaning: 'Source image for image processing operation',
      },
    ],
  };
}

/** Image Pixel module (PS3.3 C.7.6.3). */
function pixelElements({ rows, columns }: Picture) {
  return dataSetOf({
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: rows,
    Columns: columns,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
  }).elements.values();
}
