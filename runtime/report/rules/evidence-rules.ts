import { isImageClass } from '../image-class.ts';
import type { ReportRequest, SourceInstance } from '../request.ts';
import { concepts } from './concept.ts';
import { type ReportDocument, childrenOf, itemsOf, referenceOf, textOf, walk } from './document.ts';
import { type Breach, type Rule, unless } from './rule.ts';

const sequence = 'CurrentRequestedProcedureEvidenceSequence';

interface Evidence {
  study: string;
  series: string;
  sopClass: string;
  instance: string;
}

/** Of every document that is sent. */
export const referenceRules: Rule[] = [
  {
    id: 'evidence-place',
    must: 'the evidence must name study, series and class of each image as they are',
    breaches: ({ document, request }) => {
      const study = textOf(document.header, 'StudyInstanceUID');
      const images = new Map(imagesOf(request).map((each) => [each.sopInstanceUid, each]));
      return evidenceOf(document).flatMap((evidence) =>
        unless(
          evidence.study === study && isPlaced(evidence, images.get(evidence.instance)),
          evidence.instance,
          sequence,
        ),
      );
    },
  },
  {
    id: 'reference',
    must: 'every image that the content names must be in the evidence',
    breaches: ({ document }) => {
      const known = new Set(evidenceOf(document).map(({ instance }) => instance));
      return walk(document.root)
        .filter(({ valueType }) => valueType === 'IMAGE')
        .flatMap((node) => unless(known.has(referenceOf(node)), referenceOf(node), node.place));
    },
  },
  {
    id: 'reference-class',
    must: 'every image that the content names must be named with its SOP class',
    breaches: ({ document, request }) => {
      const classes = new Map(
        imagesOf(request).map((each) => [each.sopInstanceUid, each.sopClassUid]),
      );
      return walk(document.root)
        .filter(({ valueType }) => valueType === 'IMAGE')
        .flatMap((node) => {
          const [reference] = itemsOf(node.attributes, 'ReferencedSOPSequence');
          const found = reference ? textOf(reference, 'ReferencedSOPClassUID') : '';
          return unless(found === classes.get(referenceOf(node)), found || 'nothing', node.place);
        });
    },
  },
];

/** Of a report. */
export const evidenceRules: Rule[] = [
  {
    id: 'evidence',
    must: 'the evidence must be the images of the result, each once',
    breaches: ({ document, request }) =>
      differences(
        evidenceOf(document).map(({ instance }) => instance),
        imagesOf(request).map(({ sopInstanceUid }) => sopInstanceUid),
        sequence,
      ),
  },
  {
    id: 'image-library',
    must: 'the image library must have the images of the result, each once',
    breaches: ({ document: { root }, request }) => {
      const groups = childrenOf(root, concepts.imageLibrary).flatMap((library) => library.children);
      return differences(
        groups.flatMap((group) => childrenOf(group, '').map(referenceOf)),
        imagesOf(request).map(({ sopInstanceUid }) => sopInstanceUid),
        'Image Library',
      );
    },
  },
];

/** The instances of a result that are images; only these can be referred to as such. */
function imagesOf({ instances }: ReportRequest): SourceInstance[] {
  return instances.filter(({ sopClassUid }) => isImageClass(sopClassUid));
}

function isPlaced(evidence: Evidence, image: SourceInstance | undefined): boolean {
  return (
    image === undefined ||
    (evidence.series === image.seriesInstanceUid && evidence.sopClass === image.sopClassUid)
  );
}

export function evidenceOf({ header }: ReportDocument): Evidence[] {
  return itemsOf(header, sequence).flatMap((study) =>
    itemsOf(study, 'ReferencedSeriesSequence').flatMap((series) =>
      itemsOf(series, 'ReferencedSOPSequence').map((reference) => ({
        study: textOf(study, 'StudyInstanceUID'),
        series: textOf(series, 'SeriesInstanceUID'),
        sopClass: textOf(reference, 'ReferencedSOPClassUID'),
        instance: textOf(reference, 'ReferencedSOPInstanceUID'),
      })),
    ),
  );
}

/** What is missing, what is too much and what is there twice. */
export function differences(found: string[], expected: string[], where: string): Breach[] {
  const [seen, wanted] = [new Set(found), new Set(expected)];
  return [
    ...unless(seen.size === found.length, 'an image twice', where),
    ...expected.flatMap((uid) => unless(seen.has(uid), `no ${uid}`, where)),
    ...found.flatMap((uid) => unless(wanted.has(uid), uid || 'nothing', where)),
  ];
}
