import { tags } from '../../dicom/tag.ts';
import { allNumbers } from '../../dicom/value.ts';
import { algorithmOf } from '../algorithm.ts';
import { trackingUid } from '../identity.ts';
import { type MarkedFinding, type MaskedImage, markedSeries } from '../marked-series.ts';
import { boxedFrame, boxedPart, type Shape, volumeIn } from '../measurements.ts';
import type { PlacedReference, ReportRequest } from '../request.ts';
import { buildSegmentations } from '../segmentation.ts';
import { concepts } from './concept.ts';
import { conclusionRules } from './conclusion-rules.ts';
import { contentRules, groupsOf } from './content-rules.ts';
import {
  type ContentNode,
  childrenOf,
  codeOf,
  itemsOf,
  referenceOf,
  textOf,
  walk,
} from './document.ts';
import { differences, evidenceOf, referenceRules } from './evidence-rules.ts';
import { headerRules } from './header-rules.ts';
import { type Examined, type Rule, unless } from './rule.ts';

const own = {
  region: '111030 DCM',
  purpose: '130400 DCM',
  segment: '121191 DCM',
  sourceImage: '121233 DCM',
  area: '42798000 SCT',
  longAxis: '103339001 SCT',
  volume: '118565006 SCT',
};

/** A group that the masks call for. */
interface ExpectedGroup extends MarkedFinding {
  trackingUid: string;
  template: '1410' | '1411';
  /** Of a volumetric group: the Segmentation, and which segment of it. */
  segmentation?: { of: PlacedReference; segment: number };
  /** By concept, as they stand in the document. */
  sizes: Map<string, { value: number; units: string }>;
}

/** What is compared: a group that is there, and the one that is called for. */
type Comparison = (group: ContentNode, expected: ExpectedGroup) => boolean;

/** Rules of a report that hold for measurements as well. */
const shared = [
  ...headerRules.filter(({ id }) => id !== 'predecessor'),
  ...contentRules.filter(({ id }) => ['root', 'container', 'device-observer'].includes(id)),
  ...conclusionRules.filter(({ id }) => ['labelling', 'presentation'].includes(id)),
  ...referenceRules.filter(({ id }) => id !== 'reference-class'),
];

/** Of a measurement document about these images. */
export function measurementDocumentRules(images: readonly MaskedImage[], shape: Shape): Rule[] {
  const known = new WeakMap<ReportRequest, ExpectedGroup[]>();
  const expectedIn = ({ request }: Examined) => {
    const expected = known.get(request) ?? expectedGroups(request, images, shape);
    known.set(request, expected);
    return expected;
  };
  const compared = (id: string, must: string, holds: Comparison): Rule => ({
    id,
    must,
    breaches: (examined) => {
      const expected = new Map(expectedIn(examined).map((each) => [each.trackingUid, each]));
      return groupsOf(examined.document.root).flatMap((group) => {
        const wanted = expected.get(trackingOf(group));
        return wanted ? unless(holds(group, wanted), 'another', group.place) : [];
      });
    },
  });
  return [
    ...shared,
    ...documentRules,
    {
      id: 'region-coverage',
      must: 'there must be one group for each flagged finding with a mask, under the tracking UID of the report',
      breaches: (examined) =>
        differences(
          groupsOf(examined.document.root).map(trackingOf),
          expectedIn(examined).map((each) => each.trackingUid),
          'Imaging Measurements',
        ),
    },
    {
      id: 'measured-evidence',
      must: 'evidence must be the images that were measured and the segmentations, each once, with class and series',
      breaches: (examined) =>
        differences(
          evidenceOf(examined.document).map(
            ({ series, sopClass, instance }) => `${series} ${sopClass} ${instance}`,
          ),
          expectedEvidence(expectedIn(examined)),
          'CurrentRequestedProcedureEvidenceSequence',
        ),
    },
    compared(
      'region-template',
      'a group must follow template 1410 or 1411, as its shape',
      (group, { template }) => {
        const [named] = itemsOf(group.attributes, 'ContentTemplateSequence');
        return named !== undefined && textOf(named, 'TemplateIdentifier') === template;
      },
    ),
    compared(
      'region-finding',
      'a group must be about its finding at its site',
      (group, { finding }) => {
        const found = [
          childrenOf(group, concepts.trackingIdentifier)[0]?.text,
          childrenOf(group, concepts.finding)[0]?.code,
          childrenOf(group, concepts.site)[0]?.code,
        ].join();
        const codes = [finding.finding, finding.site].map(
          ({ value, scheme }) => `${value} ${scheme}`,
        );
        return found === [finding.id, ...codes].join();
      },
    ),
    compared(
      'region-box',
      'a planar group must have one closed rectangle around the largest part of its mask, on its image',
      (group, expected) =>
        expected.template === '1411'
          ? childrenOf(group, own.region).length === 0
          : isBoxed(group, expected),
    ),
    compared(
      'referenced-segment',
      'a volumetric group must refer to the segment of its finding in a segmentation that exists',
      (group, expected) =>
        childrenOf(group, own.segment).map(segmentOf).join() ===
        (expected.segmentation
          ? `${expected.segmentation.of.sopInstanceUid} ${expected.segmentation.segment}`
          : ''),
    ),
    compared(
      'segment-sources',
      'a volumetric group must name the images that carry its mask',
      (group, expected) => {
        const found = childrenOf(group, own.sourceImage).map(referenceOf);
        const wanted = new Set(expected.frames.map(({ instance }) => instance.sopInstanceUid));
        return (
          found.toSorted().join() ===
          (expected.template === '1411' ? [...wanted].toSorted().join() : '')
        );
      },
    ),
    compared('region-size', 'volume, area and long axis must be those of the mask', hasSizes),
    compared(
      'region-probability',
      'a group must have probability and threshold of its finding',
      (group, expected) =>
        isPercent(group, concepts.probability, expected.probability) &&
        isPercent(group, concepts.threshold, expected.finding.threshold),
    ),
  ];
}

/** Of every measurement document, whatever the masks. */
const documentRules: Rule[] = [
  {
    id: 'number-algorithm',
    must: 'every number must have the algorithm under it, without which viewers fail',
    breaches: ({ document: { root }, request }) =>
      walk(root)
        .filter(({ valueType }) => valueType === 'NUM')
        .flatMap((node) => unless(isAlgorithm(node, request), 'another algorithm', node.place)),
  },
  {
    id: 'measured-algorithm',
    must: 'the algorithm with its parameters must stand above the groups',
    breaches: ({ document: { root }, request }) =>
      childrenOf(root, concepts.measurements).flatMap((node) => {
        const found = childrenOf(node, concepts.algorithmParameters).map(({ text }) => text);
        const complete = found.join() === algorithmOf(request).parameters.join();
        const holds = complete && isAlgorithm(node, request);
        return unless(holds, 'another algorithm', node.place);
      }),
  },
  {
    id: 'measured-library',
    must: 'the image library must have the images that the groups name, each once',
    breaches: ({ document: { root } }) => {
      const libraries = childrenOf(root, concepts.imageLibrary).flatMap((each) => each.children);
      const named = groupsOf(root)
        .flatMap(walk)
        .filter(({ valueType, concept }) => valueType === 'IMAGE' && concept !== own.segment);
      return differences(
        libraries.flatMap((group) => childrenOf(group, '').map(referenceOf)),
        [...new Set(named.map(referenceOf))],
        'Image Library',
      );
    },
  },
  {
    id: 'measured-completion',
    must: 'CompletionFlag must be COMPLETE',
    breaches: ({ document: { header } }) => {
      const found = textOf(header, 'CompletionFlag');
      return unless(found === 'COMPLETE', found || 'nothing', 'CompletionFlag');
    },
  },
];

function isAlgorithm(node: ContentNode, request: ReportRequest): boolean {
  const { name, version } = algorithmOf(request);
  const texts = (concept: string) => childrenOf(node, concept).map(({ text }) => text);
  return (
    texts(concepts.algorithmName).join() === name &&
    texts(concepts.algorithmVersion).join() === version &&
    childrenOf(node, concepts.algorithmFamily)[0]?.code === '123110 DCM'
  );
}

function expectedGroups(
  request: ReportRequest,
  images: readonly MaskedImage[],
  shape: Shape,
): ExpectedGroup[] {
  const segmentations = shape === 'boxes' ? [] : buildSegmentations(request, images);
  const study = textOf(request.source, 'StudyInstanceUID');
  return markedSeries(request, images).flatMap((series, number) =>
    series.findings.map((marked, at): ExpectedGroup => {
      const uid = trackingUid(request, study, marked.subject.sopInstanceUid, marked.finding.id);
      const whole = { ...marked, trackingUid: uid };
      if (shape === 'boxes' || !series.placed)
        return { ...whole, template: '1410', sizes: planarSizes(marked) };
      const volume = volumeIn(series, marked);
      return {
        ...whole,
        template: '1411',
        segmentation: { of: segmentations[number]!, segment: at + 1 },
        sizes: new Map(
          volume === undefined ? [] : [[own.volume, { value: volume, units: 'mm3 UCUM' }]],
        ),
      };
    }),
  );
}

function planarSizes({ frames }: MarkedFinding): ExpectedGroup['sizes'] {
  const { size } = boxedPart(boxedFrame(frames));
  if (!size) return new Map();
  return new Map([
    [own.area, { value: size.squareMillimetres, units: 'mm2 UCUM' }],
    [own.longAxis, { value: size.longAxisMillimetres, units: 'mm UCUM' }],
  ]);
}

function expectedEvidence(expected: ExpectedGroup[]): string[] {
  const measured = expected.flatMap(({ template, frames }) =>
    template === '1410' ? [boxedFrame(frames).instance] : frames.map(({ instance }) => instance),
  );
  const segmentations = expected.flatMap(({ segmentation }) => segmentation?.of ?? []);
  const all = [...measured, ...segmentations].map(
    (each) => `${each.seriesInstanceUid} ${each.sopClassUid} ${each.sopInstanceUid}`,
  );
  return [...new Set(all)];
}

function trackingOf(group: ContentNode): string {
  return childrenOf(group, concepts.trackingUid)[0]?.text ?? '';
}

function segmentOf({ attributes }: ContentNode): string {
  const [reference] = itemsOf(attributes, 'ReferencedSOPSequence');
  if (!reference) return '';
  const segments = allNumbers(reference, tags.ReferencedSegmentNumber).join();
  return `${textOf(reference, 'ReferencedSOPInstanceUID')} ${segments}`;
}

function isBoxed(group: ContentNode, { frames }: ExpectedGroup): boolean {
  const frame = boxedFrame(frames);
  const { top, left, bottom, right } = boxedPart(frame).box;
  const [region, ...more] = childrenOf(group, own.region);
  const image = region?.children[0];
  if (!region || !image || more.length > 0) return false;
  const corners = [left, top, right, top, right, bottom, left, bottom, left, top];
  const [reference] = itemsOf(image.attributes, 'ReferencedSOPSequence');
  return (
    textOf(region.attributes, 'GraphicType') === 'POLYLINE' &&
    allNumbers(region.attributes, tags.GraphicData).join() === corners.join() &&
    image.relationship === 'SELECTED FROM' &&
    referenceOf(image) === frame.instance.sopInstanceUid &&
    reference !== undefined &&
    textOf(reference, 'ReferencedFrameNumber') === String(frame.mask.frame ?? '') &&
    childrenOf(group, own.purpose)[0]?.code === '75958009 SCT'
  );
}

/** Two decimals are written. */
function hasSizes(group: ContentNode, { sizes }: ExpectedGroup): boolean {
  return [own.area, own.longAxis, own.volume].every((concept) => {
    const found = childrenOf(group, concept);
    const expected = sizes.get(concept);
    if (!expected || found.length !== 1) return !expected && found.length === 0;
    const { number = NaN, attributes } = found[0]!;
    const [measured] = itemsOf(attributes, 'MeasuredValueSequence');
    const units = measured && codeOf(measured, 'MeasurementUnitsCodeSequence');
    return Math.abs(number - expected.value) <= 0.006 && units === expected.units;
  });
}

/** Percent, of which what is beyond two decimals was cut off. */
function isPercent(group: ContentNode, concept: string, fraction: number): boolean {
  const found = childrenOf(group, concept);
  const number = found[0]?.number ?? NaN;
  const percent = fraction * 100;
  return found.length === 1 && number <= percent + 1e-6 && number > percent - 0.01001;
}
