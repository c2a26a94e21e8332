import type { Finding } from '../../../models/manifest.ts';
import type { ReportRequest } from '../request.ts';
import { concepts } from './concept.ts';
import { counted, groupsOf } from './content-rules.ts';
import {
  type ContentNode,
  type ReportDocument,
  childrenOf,
  codeOf,
  itemsOf,
  walk,
} from './document.ts';
import { expectedGroups, expectedOf, groupKey } from './expected-group.ts';
import { type Rule, unless } from './rule.ts';

const algorithmItems = [
  concepts.algorithmName,
  concepts.algorithmVersion,
  concepts.algorithmFamily,
];

const groupItems = [
  concepts.trackingIdentifier,
  concepts.trackingUid,
  concepts.finding,
  concepts.site,
  concepts.source,
];

/** Hundredths of a percent are written; a probability is cut off there and a spread rounded up. */
const written = 0.01 + 1e-6;

export const measurementRules: Rule[] = [
  {
    id: 'algorithm',
    must: 'the measurements and each group must identify the algorithm: name, version, family',
    breaches: ({ document: { root } }) =>
      algorithmHolders(root).flatMap((node) => {
        const [family] = childrenOf(node, concepts.algorithmFamily);
        const right = !family || family.code === '123110 DCM';
        return [...counted(node, algorithmItems), ...unless(right, family?.code ?? '', node.place)];
      }),
  },
  {
    id: 'algorithm-is-ours',
    must: 'the algorithm must be the model that made the result, with bundle and thresholds',
    breaches: ({ document: { root }, request }) =>
      algorithmHolders(root).flatMap((node) => {
        const texts = [
          concepts.algorithmName,
          concepts.algorithmVersion,
          concepts.algorithmParameters,
        ].flatMap((concept) => childrenOf(node, concept).map(({ text }) => text));
        return algorithmTexts(request)
          .filter((text) => !texts.includes(text))
          .map((text) => ({ found: `no ${text}`, where: node.place }));
      }),
  },
  {
    id: 'tracking',
    must: 'each group must have tracking identifier, tracking UID, finding, site and image once',
    breaches: ({ document: { root } }) =>
      groupsOf(root).flatMap((group) => counted(group, groupItems)),
  },
  {
    id: 'group-finding',
    must: 'each group must be about a finding of the model at its site',
    breaches: ({ document: { root }, request }) =>
      groupsOf(root).flatMap((group) => {
        const finding = findingOf(group, request);
        const [code] = childrenOf(group, concepts.finding);
        const [site] = childrenOf(group, concepts.site);
        const holds =
          finding !== undefined &&
          code?.code === `${finding.finding.value} ${finding.finding.scheme}` &&
          site?.code === `${finding.site.value} ${finding.site.scheme}`;
        return unless(holds, `${code?.code ?? 'nothing'}, ${site?.code ?? 'nothing'}`, group.place);
      }),
  },
  {
    id: 'group-coverage',
    must: 'there must be a group for each finding on each image that the result tells of',
    breaches: ({ document: { root }, request }) => {
      const found = groupsOf(root).map(groupKey).sort();
      const expected = expectedGroups(request)
        .map(({ key }) => key)
        .sort();
      const holds = found.join() === expected.join();
      return unless(holds, `${found.length} groups for ${expected.length}`, root.place);
    },
  },
  {
    id: 'number',
    must: 'every number must be one value from 0 to 100 percent',
    breaches: ({ document }) =>
      numbersOf(document).flatMap(({ attributes, number = NaN, place }) => {
        const measured = itemsOf(attributes, 'MeasuredValueSequence');
        const units = measured.map((each) => codeOf(each, 'MeasurementUnitsCodeSequence')).join();
        const holds = number >= 0 && number <= 100 && units === '% UCUM';
        return unless(holds, `${number} ${units || 'without units'}`, place);
      }),
  },
  {
    id: 'number-child',
    must: 'every number must have a child, without which viewers fail',
    breaches: ({ document }) =>
      numbersOf(document).flatMap(({ children, place }) =>
        unless(children.length > 0, 'none', place),
      ),
  },
  {
    id: 'probability',
    must: 'each group must have the probability of the result, or none where nothing was analysed',
    breaches: ({ document: { root }, request }) =>
      groupsOf(root).flatMap((group) => {
        const found = childrenOf(group, concepts.probability)
          .filter((node) => childrenOf(node, concepts.derivation).length === 0)
          .map(({ number = NaN }) => number);
        const expected = expectedOf(group, request).flatMap(({ probability }) => probability ?? []);
        const holds =
          found.length === expected.length &&
          found.every((value, at) => isCutOff(value, expected[at]! * 100));
        return unless(holds, found.join() || 'none', group.place);
      }),
  },
  {
    id: 'uncertainty',
    must: 'a spread must be the standard deviation that the members of the model had',
    breaches: ({ document: { root }, request }) =>
      groupsOf(root).flatMap((group) => {
        const found = derived(group).map(({ number = NaN }) => number);
        const expected = expectedOf(group, request).flatMap(({ spread }) => spread ?? []);
        const holds =
          found.length === expected.length &&
          found.every((value, at) => Math.abs(value - expected[at]! * 100) <= written);
        const codes = derived(group).flatMap((node) => childrenOf(node, concepts.derivation));
        const named = codes.every(({ code }) => code === '386136009 SCT');
        return unless(holds && named, found.join() || 'none', group.place);
      }),
  },
  {
    id: 'threshold',
    must: 'each probability must stand with the threshold of its finding',
    breaches: ({ document: { root }, request }) =>
      groupsOf(root).flatMap((group) => {
        const found = childrenOf(group, concepts.threshold).map(({ number = NaN }) => number);
        const expected = expectedOf(group, request).some(
          ({ probability }) => probability !== undefined,
        )
          ? [(findingOf(group, request)?.threshold ?? NaN) * 100]
          : [];
        const holds =
          found.length === expected.length &&
          found.every((value, at) => isCutOff(value, expected[at]!));
        return unless(holds, found.join() || 'none', group.place);
      }),
  },
];

function algorithmHolders(root: ContentNode): ContentNode[] {
  return [...childrenOf(root, concepts.measurements), ...groupsOf(root)];
}

/** What has to be said of the model; where none applied, the device says its own version. */
function algorithmTexts({ manifest, bundleHash, device }: ReportRequest): string[] {
  if (!manifest) return [device.softwareVersion];
  return [
    manifest.identity.algorithmName,
    manifest.identity.version,
    `bundle_sha256=${bundleHash}`,
    ...manifest.findings.map(({ id, threshold }) => `threshold.${id}=${threshold}`),
  ];
}

function numbersOf({ root }: ReportDocument): ContentNode[] {
  return walk(root).filter(({ valueType }) => valueType === 'NUM');
}

function derived(group: ContentNode): ContentNode[] {
  return childrenOf(group, concepts.probability).filter(
    (node) => childrenOf(node, concepts.derivation).length > 0,
  );
}

function isCutOff(value: number, percent: number): boolean {
  return value <= percent + 1e-6 && value > percent - written;
}

function findingOf(group: ContentNode, { manifest }: ReportRequest): Finding | undefined {
  const id = childrenOf(group, concepts.trackingIdentifier)[0]?.text;
  return manifest?.findings.find((finding) => finding.id === id);
}
