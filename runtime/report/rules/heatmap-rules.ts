import { type Keyword, tags } from '../../dicom/tag.ts';
import { allNumbers, allStrings } from '../../dicom/value.ts';
import { optionalAttributes, requiredAttributes } from '../header.ts';
import { heatmapSubjects, heatmapWords, secondaryCapture } from '../heatmap.ts';
import { drawBanner, type Words } from '../../../models/explanation/heatmap-picture.ts';
import { codeOf, itemsOf, textOf } from './document.ts';
import { attributeRules, fixed, ownAttributes } from './header-rules.ts';
import { type Examined, type Rule, unless } from './rule.ts';

const present: Keyword[] = [...requiredAttributes, 'PatientOrientation', 'InstanceNumber'];

/** All that the header may have: nothing else of the series and instance of its source. */
const known: ReadonlySet<string> = new Set<Keyword>([
  ...present,
  ...optionalAttributes,
  ...ownAttributes,
  'ImageType',
  'ConversionType',
  'BurnedInAnnotation',
  'DerivationDescription',
  'DerivationCodeSequence',
  'SourceImageSequence',
  'BodyPartExamined',
  'Laterality',
  'ImageLaterality',
  'LossyImageCompression',
  'LossyImageCompressionRatio',
  'LossyImageCompressionMethod',
  'SamplesPerPixel',
  'PhotometricInterpretation',
  'PlanarConfiguration',
  'Rows',
  'Columns',
  'BitsAllocated',
  'BitsStored',
  'HighBit',
  'PixelRepresentation',
  'PixelData',
]);

const pixelFormat: [Keyword, number][] = [
  ['SamplesPerPixel', 3],
  ['PlanarConfiguration', 0],
  ['BitsAllocated', 8],
  ['BitsStored', 8],
  ['HighBit', 7],
  ['PixelRepresentation', 0],
];

/** Of a heatmap. */
export const heatmapRules: Rule[] = [
  fixed('sop-class', 'SOPClassUID', secondaryCapture),
  fixed('conversion', 'ConversionType', 'WSD'),
  fixed('burned-in', 'BurnedInAnnotation', 'YES'),
  fixed('heatmap-photometric', 'PhotometricInterpretation', 'RGB'),
  {
    id: 'image-type',
    must: 'ImageType must be DERIVED, SECONDARY',
    breaches: ({ document: { header } }) => {
      const found = (allStrings(header, tags.ImageType) ?? []).join('\\');
      return unless(found === 'DERIVED\\SECONDARY', found || 'nothing', 'ImageType');
    },
  },
  {
    id: 'heatmap-modality',
    must: 'the modality must be that of the image behind it',
    breaches: (examined) => {
      const found = textOf(examined.document.header, 'Modality');
      return unless(found === sourceOf(examined)?.modality, found || 'nothing', 'Modality');
    },
  },
  ...attributeRules(present, known, 'a heatmap'),
  {
    id: 'derivation',
    must: 'it must say that it is a class activation (130402, DCM)',
    breaches: ({ document: { header } }) => {
      const found = codeOf(header, 'DerivationCodeSequence');
      return unless(found === '130402 DCM', found || 'nothing', 'DerivationCodeSequence');
    },
  },
  {
    id: 'source-image',
    must: 'its source must be one image of the result, as (121322, DCM), with its class',
    breaches: (examined) => {
      const sources = itemsOf(examined.document.header, 'SourceImageSequence');
      const [source] = sources;
      const instance = sourceOf(examined);
      const holds =
        source !== undefined &&
        sources.length === 1 &&
        textOf(source, 'ReferencedSOPClassUID') === instance?.sopClassUid &&
        codeOf(source, 'PurposeOfReferenceCodeSequence') === '121322 DCM';
      return unless(holds, source ? referenced(source) : 'nothing', 'SourceImageSequence');
    },
  },
  {
    id: 'heatmap-pixels',
    must: 'pixels must be bytes of red, green and blue, as many as rows and columns say',
    breaches: ({ document: { header } }) => [
      ...pixelFormat.flatMap(([keyword, value]) => {
        const found = numberOf(header, keyword);
        return unless(found === value, String(found ?? 'nothing'), keyword);
      }),
      ...unless(hasAllPixels(header), 'another length', 'PixelData'),
    ],
  },
  {
    id: 'heatmap-presentation',
    must: 'a heatmap must be of a flagged finding, from a bundle that may say where it reacted',
    breaches: (examined) =>
      unless(wordsFor(examined).length > 0, 'a heatmap', 'SourceImageSequence'),
  },
  {
    id: 'heatmap-labelling',
    must: 'the derivation must name warning, algorithm, finding and labelling',
    breaches: (examined) => {
      const found = textOf(examined.document.header, 'DerivationDescription');
      const holds = wordsFor(examined).some((words) => isSaid(words, found, examined));
      return unless(holds, 'another text', 'DerivationDescription');
    },
  },
  {
    id: 'banner',
    must: 'warning, algorithm and finding must be burnt in above the image',
    breaches: (examined) => {
      const found = textOf(examined.document.header, 'DerivationDescription');
      const holds = wordsFor(examined).some(
        (words) => found.includes(words.finding) && isBurntIn(words, examined),
      );
      return unless(holds, 'other pixels', 'PixelData');
    },
  },
];

type Header = Examined['document']['header'];

const numberOf = (header: Header, keyword: Keyword) => allNumbers(header, tags[keyword])[0];
const referenced = (item: Header) => textOf(item, 'ReferencedSOPInstanceUID');

function sourceOf({ document: { header }, request }: Examined) {
  const [source] = itemsOf(header, 'SourceImageSequence');
  const uid = source && referenced(source);
  return request.instances.find(({ sopInstanceUid }) => sopInstanceUid === uid);
}

/** The words of every heatmap that may be made of its source. */
function wordsFor(examined: Examined): Words[] {
  const [source] = itemsOf(examined.document.header, 'SourceImageSequence');
  const [frame] = source ? allNumbers(source, tags.ReferencedFrameNumber) : [];
  return heatmapSubjects(examined.request, sourceOf(examined)?.sopInstanceUid, frame).map(
    heatmapWords,
  );
}

function isSaid({ warning, finding }: Words, text: string, { request }: Examined): boolean {
  const notice = request.manifest?.labelling.notice ?? '';
  return [warning, finding, notice].every((each) => text.includes(each));
}

function hasAllPixels(header: Header): boolean {
  const [rows, columns] = [numberOf(header, 'Rows') ?? 0, numberOf(header, 'Columns') ?? 0];
  const size = 3 * rows * columns;
  return size > 0 && header.elements.get(tags.PixelData)?.value.length === size + (size % 2);
}

function isBurntIn(words: Words, { document: { header } }: Examined): boolean {
  const width = numberOf(header, 'Columns') ?? 0;
  const pixels = header.elements.get(tags.PixelData)?.value;
  if (width === 0 || !pixels) return false;
  const { bytes } = drawBanner(width, words);
  return Buffer.from(bytes).equals(pixels.subarray(0, bytes.length));
}
