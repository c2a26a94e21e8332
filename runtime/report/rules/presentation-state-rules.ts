import type { DataSet } from '../../dicom/data-set.ts';
import { type Keyword, tags } from '../../dicom/tag.ts';
import { allNumbers, allStrings } from '../../dicom/value.ts';
import { keyFindings } from '../finding-box.ts';
import { optionalAttributes, requiredAttributes } from '../header.ts';
import { boxLabel, presentationState, stateWarning } from '../presentation-state.ts';
import type { SourceInstance } from '../request.ts';
import { itemsOf, textOf } from './document.ts';
import { attributeRules, documentRules, fixed, momentRule, ownAttributes } from './header-rules.ts';
import { type Examined, type Rule, unless } from './rule.ts';

const present: Keyword[] = [...requiredAttributes, 'ContentCreatorName', 'InstanceNumber'];

/** All that the header may have; it has no date of its content but that of its making. */
const known: ReadonlySet<string> = new Set<Keyword>([
  ...present,
  ...optionalAttributes,
  ...ownAttributes.filter((keyword) => keyword !== 'ContentDate' && keyword !== 'ContentTime'),
  'BodyPartExamined',
  'Laterality',
  'ContentLabel',
  'ContentDescription',
  'PresentationCreationDate',
  'PresentationCreationTime',
  'ReferencedSeriesSequence',
  'GraphicAnnotationSequence',
  'GraphicLayerSequence',
  'DisplayedAreaSelectionSequence',
  'RescaleIntercept',
  'RescaleSlope',
  'RescaleType',
  'ModalityLUTSequence',
  'SoftcopyVOILUTSequence',
  'PresentationLUTShape',
]);

/** Of every document, with the moments that a presentation state has. */
export const stateDocumentRules: Rule[] = [
  ...documentRules.filter(({ id }) => id !== 'moment'),
  momentRule([
    ['PresentationCreationDate', 'PresentationCreationTime'],
    ['InstanceCreationDate', 'InstanceCreationTime'],
  ]),
];

/** Of a presentation state. */
export const presentationStateRules: Rule[] = [
  fixed('sop-class', 'SOPClassUID', presentationState),
  fixed('modality', 'Modality', 'PR'),
  ...attributeRules(present, known, 'a presentation state'),
  {
    id: 'state-image',
    must: 'it must be of one image of the result, named with its class and series',
    breaches: (examined) => {
      const { header } = examined.document;
      const series = itemsOf(header, 'ReferencedSeriesSequence');
      const images = series.flatMap((each) => itemsOf(each, 'ReferencedImageSequence'));
      const instance = imageOf(examined);
      const holds =
        instance !== undefined &&
        [series.length, images.length].join() === '1,1' &&
        textOf(series[0]!, 'SeriesInstanceUID') === instance.seriesInstanceUid &&
        textOf(images[0]!, 'ReferencedSOPClassUID') === instance.sopClassUid;
      return unless(holds, images.map(keyOf).join() || 'nothing', 'ReferencedSeriesSequence');
    },
  },
  {
    id: 'state-marks',
    must: 'every mark must be on that image, in a layer that is declared',
    breaches: (examined) => {
      const { header } = examined.document;
      const expected = keyOf(referenceIn(header));
      const layers = itemsOf(header, 'GraphicLayerSequence').map((each) =>
        textOf(each, 'GraphicLayer'),
      );
      return itemsOf(header, 'GraphicAnnotationSequence').flatMap((mark) => {
        const images = itemsOf(mark, 'ReferencedImageSequence').map(keyOf);
        const layer = textOf(mark, 'GraphicLayer');
        return [
          ...unless(images.join() === expected, images.join() || 'nothing', annotations),
          ...unless(layers.includes(layer), layer || 'nothing', annotations),
        ];
      });
    },
  },
  {
    id: 'state-warning',
    must: 'warning, algorithm and labelling must stand on the display',
    breaches: ({ document: { header }, request }) => {
      const texts = textsIn(header).filter(
        (text) => textOf(text, 'BoundingBoxAnnotationUnits') === 'DISPLAY',
      );
      const holds =
        texts.length === 1 && textOf(texts[0]!, 'UnformattedTextValue') === stateWarning(request);
      return unless(holds, 'another text', annotations);
    },
  },
  {
    id: 'state-presentation',
    must: 'boxes must be of flagged findings of the image, each once, from a bundle that may say where it reacted',
    breaches: (examined) => {
      const allowed = findingsOf(examined).map(({ id }) => id);
      const labels = boxesIn(examined.document.header).map(({ label }) => label);
      const found = labels.map((label) => findingNamed(label, examined)?.id ?? '');
      const isOnce = new Set(found).size === found.length;
      const holds = isOnce && found.every((id) => allowed.includes(id)) && found.length > 0;
      return unless(holds, found.join() || 'no box', annotations);
    },
  },
  {
    id: 'state-label',
    must: 'a box must have one text, which says what is suspected and where it is from a map that it is rough',
    breaches: (examined) =>
      boxesIn(examined.document.header).flatMap(({ label }) =>
        unless(findingNamed(label, examined) !== undefined, 'another text', annotations),
      ),
  },
  {
    id: 'state-box',
    must: 'a box must be a closed line of four corners within the image',
    breaches: ({ document: { header } }) => {
      const [width = 0, height = 0] = cornerOf(header, 'DisplayedAreaBottomRightHandCorner');
      return boxesIn(header).flatMap(({ graphic }) =>
        unless(isBox(graphic, width, height), 'another line', annotations),
      );
    },
  },
  {
    id: 'state-area',
    must: 'the displayed area must be the whole image',
    breaches: ({ document: { header }, sources }) => {
      const [first, last] = [
        cornerOf(header, 'DisplayedAreaTopLeftHandCorner'),
        cornerOf(header, 'DisplayedAreaBottomRightHandCorner'),
      ];
      const [columns, rows] = sizeIn(sources, header) ?? last;
      const holds = first.join() === '1,1' && last.join() === [columns, rows].join();
      return unless(holds && last.length === 2, last.join() || 'nothing', area);
    },
  },
  {
    id: 'state-grey',
    must: 'it must say in one way how grey values are shown, inverse where the image is MONOCHROME1',
    breaches: ({ document: { header }, sources }) => {
      const shape = textOf(header, 'PresentationLUTShape');
      const source = sourceIn(sources, header);
      const photometric = source ? textOf(source, 'PhotometricInterpretation') : '';
      const isInverse = photometric ? photometric === 'MONOCHROME1' : shape === 'INVERSE';
      const tables = itemsOf(header, 'SoftcopyVOILUTSequence');
      const isOne = tables.length === 1 && tables.every(isWindowOrTable);
      return [
        ...unless(
          shape === (isInverse ? 'INVERSE' : 'IDENTITY'),
          shape || 'nothing',
          'PresentationLUTShape',
        ),
        ...unless(isOne, `${tables.length} tables`, 'SoftcopyVOILUTSequence'),
      ];
    },
  },
];

const annotations = 'GraphicAnnotationSequence';
const area = 'DisplayedAreaSelectionSequence';

function referenceIn(header: DataSet): DataSet | undefined {
  const [series] = itemsOf(header, 'ReferencedSeriesSequence');
  return series && itemsOf(series, 'ReferencedImageSequence')[0];
}

/** An instance and the frame of it. */
function keyOf(reference: DataSet | undefined): string {
  if (!reference) return '';
  return [
    textOf(reference, 'ReferencedSOPInstanceUID'),
    textOf(reference, 'ReferencedFrameNumber'),
  ].join(' ');
}

function imageOf({ document: { header }, request }: Examined): SourceInstance | undefined {
  const reference = referenceIn(header);
  const uid = reference && textOf(reference, 'ReferencedSOPInstanceUID');
  return request.instances.find(({ sopInstanceUid }) => sopInstanceUid === uid);
}

/** What may be marked on the image. */
function findingsOf(examined: Examined) {
  const reference = referenceIn(examined.document.header);
  if (!reference) return [];
  const uid = textOf(reference, 'ReferencedSOPInstanceUID');
  const [frame] = allNumbers(reference, tags.ReferencedFrameNumber);
  return keyFindings(examined.request, uid, frame);
}

function findingNamed(label: string, { request }: Examined) {
  return request.manifest?.findings.find((finding) =>
    [true, false].some((isRough) => boxLabel({ finding, isRough }) === label),
  );
}

function textsIn(header: DataSet): DataSet[] {
  return itemsOf(header, annotations).flatMap((mark) => itemsOf(mark, 'TextObjectSequence'));
}

/** What is drawn, each with the text beside it. */
function boxesIn(header: DataSet): { graphic: DataSet; label: string }[] {
  return itemsOf(header, annotations).flatMap((mark) => {
    const texts = itemsOf(mark, 'TextObjectSequence').map((text) =>
      textOf(text, 'UnformattedTextValue'),
    );
    return itemsOf(mark, 'GraphicObjectSequence').map((graphic) => ({
      graphic,
      label: texts.join('|'),
    }));
  });
}

function isBox(graphic: DataSet, width: number, height: number): boolean {
  const points = allNumbers(graphic, tags.GraphicData).map((value) => value ?? NaN);
  const [left = NaN, top = NaN, right = NaN, , , bottom = NaN] = points;
  const expected = [left, top, right, top, right, bottom, left, bottom, left, top];
  const lies = left >= 0 && top >= 0 && right <= width && bottom <= height;
  return (
    textOf(graphic, 'GraphicAnnotationUnits') === 'PIXEL' &&
    textOf(graphic, 'GraphicType') === 'POLYLINE' &&
    textOf(graphic, 'GraphicFilled') === 'N' &&
    allNumbers(graphic, tags.NumberOfGraphicPoints)[0] === 5 &&
    points.join() === expected.join() &&
    lies &&
    right > left &&
    bottom > top
  );
}

function cornerOf(header: DataSet, keyword: Keyword): (number | undefined)[] {
  const [displayed] = itemsOf(header, area);
  return displayed ? allNumbers(displayed, tags[keyword]) : [];
}

function sourceIn(sources: readonly DataSet[], header: DataSet): DataSet | undefined {
  const [uid] = keyOf(referenceIn(header)).split(' ');
  return sources.find((source) => textOf(source, 'SOPInstanceUID') === uid);
}

/** Columns and rows of the image, where its header is at hand and says so. */
function sizeIn(sources: readonly DataSet[], header: DataSet): number[] | undefined {
  const source = sourceIn(sources, header);
  const size = source && [tags.Columns, tags.Rows].flatMap((tag) => allNumbers(source, tag));
  const known = size?.filter((each) => each !== undefined);
  return known?.length === 2 ? known : undefined;
}

function isWindowOrTable(item: DataSet): boolean {
  const isWindow =
    (allNumbers(item, tags.WindowWidth)[0] ?? 0) > 0 &&
    allStrings(item, tags.WindowCenter).length === 1;
  return isWindow !== itemsOf(item, 'VOILUTSequence').length > 0;
}
