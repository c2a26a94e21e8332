import { tags } from '../../dicom/tag.ts';
import {
  deviceObserverUid,
  documentInstanceUid,
  documentSeriesUid,
  trackingUid,
} from '../identity.ts';
import { type DocumentKind, seriesNumbers } from '../document-header.ts';
import { concepts } from './concept.ts';
import { childrenOf, referenceOf, textOf, walk } from './document.ts';
import { type Breach, type Examined, type Rule, unless } from './rule.ts';

/** Its Modality is the one of the image behind it. */
const secondaryCapture = '1.2.840.10008.5.1.4.1.1.7';

/** The same. */
const parametricMap = '1.2.840.10008.5.1.4.1.1.30';

/** UIDs that this device makes: where each stands, and the one that follows from what the report is about. */
interface OwnUid {
  where: string;
  found: string;
  expected: string;
}

export const uidRules: Rule[] = [
  {
    id: 'uid-form',
    must: 'own UIDs must be 2.25 and a UUID of version 8',
    breaches: (examined) =>
      ownUids(examined).flatMap(({ found, where }) => unless(isDerived(found), found, where)),
  },
  {
    id: 'uid-derived',
    must: 'own UIDs must follow from device, model, study, image and finding',
    breaches: (examined) =>
      ownUids(examined).flatMap(({ found, expected, where }) =>
        unless(found === expected, found || 'nothing', where),
      ),
  },
  {
    id: 'instance-uid',
    must: 'SOPInstanceUID must follow from all other bytes of the report',
    breaches: ({ bytes, document: { header }, request }) => {
      const found = textOf(header, 'SOPInstanceUID');
      const rest = withoutInstanceUid(bytes, header.elements.get(tags.SOPInstanceUID)?.value);
      const kind = kindOf(header);
      const expected = documentInstanceUid(kind, request, textOf(header, 'StudyInstanceUID'), rest);
      return unless(isDerived(found) && found === expected, found || 'nothing', 'SOPInstanceUID');
    },
  },
  {
    id: 'own-series',
    must: 'a report must not stand in a series of its images',
    breaches: ({ document: { header }, request: { instances } }) => {
      const series = textOf(header, 'SeriesInstanceUID');
      const foreign = instances.some(({ seriesInstanceUid }) => seriesInstanceUid === series);
      return unless(!foreign, series, 'SeriesInstanceUID');
    },
  },
  {
    id: 'tracking-unique',
    must: 'every group must have a tracking UID of its own',
    breaches: ({ document }) => repeated(trackingUids(document)),
  },
];

function ownUids({ document, request }: Examined): OwnUid[] {
  const { header, root } = document;
  const study = textOf(header, 'StudyInstanceUID');
  const [observer] = childrenOf(root, concepts.observerUid);
  return [
    {
      where: 'SeriesInstanceUID',
      found: textOf(header, 'SeriesInstanceUID'),
      expected: documentSeriesUid(kindOf(header), request, study),
    },
    ...(observer
      ? [{ where: observer.place, found: observer.text, expected: deviceObserverUid(request) }]
      : []),
    // A group of a measurement document names its image otherwise; its own rules look after it.
    ...trackingUids(document).flatMap(({ group, node }) => {
      if (kindOf(header) === 'measurements') return [];
      const image = childrenOf(group, concepts.source).map(referenceOf)[0] ?? '';
      const finding = childrenOf(group, concepts.trackingIdentifier)[0]?.text ?? '';
      const expected = trackingUid(request, study, image, finding);
      return [{ where: node.place, found: node.text, expected }];
    }),
  ];
}

function kindOf(header: Examined['document']['header']): DocumentKind {
  if (textOf(header, 'SOPClassUID') === secondaryCapture) return 'SC';
  if (textOf(header, 'SOPClassUID') === parametricMap) return 'PM';
  const modality = textOf(header, 'Modality');
  if (modality === 'KO' || modality === 'SEG' || modality === 'PR') return modality;
  return textOf(header, 'SeriesNumber') === seriesNumbers.measurements ? 'measurements' : 'SR';
}

function trackingUids({ root }: Examined['document']) {
  return walk(root)
    .filter(({ concept }) => concept === concepts.group)
    .flatMap((group) => childrenOf(group, concepts.trackingUid).map((node) => ({ group, node })));
}

function repeated(uids: ReturnType<typeof trackingUids>): Breach[] {
  const seen = new Set<string>();
  return uids.flatMap(({ node: { text, place } }) => {
    const isNew = !seen.has(text);
    seen.add(text);
    return unless(isNew, text, place);
  });
}

/** UUID of version 8 and variant 10 (RFC 9562 5.8) as a decimal under 2.25 (PS3.5 B.2). */
function isDerived(uid: string): boolean {
  const match = /^2\.25\.([1-9]\d{0,38})$/.exec(uid);
  if (!match) return false;
  const uuid = BigInt(match[1]!);
  return uuid >> 128n === 0n && ((uuid >> 76n) & 0xfn) === 8n && ((uuid >> 62n) & 3n) === 2n;
}

/** Tag, VR and length take eight bytes before a UI value; the value is a view into the bytes. */
function withoutInstanceUid(bytes: Uint8Array, value: Uint8Array | undefined): Uint8Array {
  if (!value) return bytes;
  const start = value.byteOffset - bytes.byteOffset;
  return Buffer.concat([bytes.subarray(0, start - 8), bytes.subarray(start + value.length)]);
}
