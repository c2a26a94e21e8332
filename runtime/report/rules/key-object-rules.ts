import { isProjection } from '../modality.ts';
import type { ReportRequest } from '../request.ts';
import { childrenOf, itemsOf, referenceOf, textOf } from './document.ts';
import { differences, evidenceOf } from './evidence-rules.ts';
import { fixed } from './header-rules.ts';
import { type Rule, unless } from './rule.ts';

const description = '113012 DCM';

/** Of a selection of key objects. */
export const keyObjectRules: Rule[] = [
  fixed('sop-class', 'SOPClassUID', '1.2.840.10008.5.1.4.1.1.88.59'),
  fixed('modality', 'Modality', 'KO'),
  {
    id: 'key-title',
    must: 'the root must be (113000, DCM) by template 2010 of DCMR',
    breaches: ({ document: { root } }) => {
      const [named] = itemsOf(root.attributes, 'ContentTemplateSequence');
      const template = named ? textOf(named, 'TemplateIdentifier') : '';
      const holds = root.concept === '113000 DCM' && template === '2010';
      return unless(holds, `${root.concept} ${template}`, root.place);
    },
  },
  {
    id: 'key-images',
    must: 'the selection and its evidence must be the slices behind the flags, each once',
    breaches: ({ document, request }) => {
      const expected = slicesBehindFlags(request);
      return [
        ...differences(childrenOf(document.root, '').map(referenceOf), expected, 'content'),
        ...differences(
          evidenceOf(document).map(({ instance }) => instance),
          expected,
          'evidence',
        ),
      ];
    },
  },
  {
    id: 'key-labelling',
    must: 'the description must have the fixed text of the labelling',
    breaches: ({ document: { root }, request: { manifest } }) => {
      const text = childrenOf(root, description)[0]?.text ?? '';
      const notice = manifest?.labelling.notice;
      return unless(notice !== undefined && text.includes(notice), 'another text', 'description');
    },
  },
  {
    id: 'key-presentation',
    must: 'slices may be selected only where the bundle may say where it reacted',
    breaches: ({ document: { root }, request: { manifest } }) =>
      unless(manifest?.show.localisation === true, 'a selection', root.place),
  },
];

function slicesBehindFlags({ conclusion, instances }: ReportRequest): string[] {
  if (conclusion.state !== 'flagged') return [];
  const slices = new Set(
    instances
      .filter(({ modality }) => !isProjection(modality))
      .map(({ sopInstanceUid }) => sopInstanceUid),
  );
  const keys = conclusion.findings
    .filter(({ flagged }) => flagged)
    .flatMap(({ key }) => key.map(({ sopInstanceUid }) => sopInstanceUid));
  return [...new Set(keys)].filter((uid) => slices.has(uid));
}
