import { type Placement, concepts, placementsOf } from './concept.ts';
import {
  type ContentNode,
  childrenOf,
  has,
  itemsOf,
  referenceOf,
  textOf,
  walk,
} from './document.ts';
import { type Breach, type Rule, unless } from './rule.ts';

/** What stands in the root once, neither less nor more, whatever the result: viewers look for it unasked. */
const once = [
  concepts.language,
  concepts.procedure,
  concepts.imageLibrary,
  concepts.measurements,
  concepts.evaluations,
];

const observer = [
  concepts.observerType,
  concepts.observerUid,
  concepts.observerName,
  concepts.observerManufacturer,
  concepts.observerModel,
  concepts.observerSerial,
];

/** The template that a container with this concept follows. */
const templates: Record<string, string> = { [concepts.report]: '1500', [concepts.group]: '1501' };

/** Of every document that is sent. */
export const valueRules: Rule[] = [
  {
    id: 'value',
    must: 'every content item must have the value of its type',
    breaches: ({ document: { root } }) =>
      walk(root).flatMap((node) => unless(hasValue(node), `no ${node.valueType}`, node.place)),
  },
];

/** Of a report. */
export const contentRules: Rule[] = [
  {
    id: 'root',
    must: 'the root must be the container (126000, DCM) of separate items',
    breaches: ({ document: { root } }) => {
      const separate = textOf(root.attributes, 'ContinuityOfContent') === 'SEPARATE';
      const holds = root.valueType === 'CONTAINER' && root.concept === concepts.report && separate;
      return unless(holds, `${root.valueType} ${root.concept}`, root.place);
    },
  },
  {
    id: 'template',
    must: 'the root must name template 1500 of DCMR and each group 1501',
    breaches: ({ document: { root } }) =>
      [root, ...groupsOf(root)].flatMap((node) => {
        const [named] = itemsOf(node.attributes, 'ContentTemplateSequence');
        const resource = named ? textOf(named, 'MappingResource') : '';
        const template = named ? textOf(named, 'TemplateIdentifier') : '';
        const holds = resource === 'DCMR' && template === (templates[node.concept] ?? '1500');
        return unless(holds, `${resource} ${template}`.trim() || 'nothing', node.place);
      }),
  },
  {
    id: 'container',
    must: 'language, procedure, image library, measurements and evaluations must each stand in the root once',
    breaches: ({ document: { root } }) => counted(root, once),
  },
  {
    id: 'device-observer',
    must: 'the device must be named as the observer, with its UID',
    breaches: ({ document: { root } }) => {
      const [type] = childrenOf(root, concepts.observerType);
      const wrong = type && type.code !== '121007 DCM';
      return [...counted(root, observer), ...unless(!wrong, type?.code ?? '', type?.place ?? '')];
    },
  },
  {
    id: 'placement',
    must: 'every content item must have its place in the template',
    breaches: (examined) =>
      placed(examined).flatMap(({ node, placement }) =>
        unless(placement !== undefined, `${node.valueType} ${node.concept}`, node.place),
      ),
  },
  {
    id: 'relationship',
    must: 'every content item must relate to its parent as the template says',
    breaches: (examined) =>
      placed(examined).flatMap(({ node: { relationship, place }, placement }) =>
        unless(!placement || placement.relationship === relationship, relationship, place),
      ),
  },
  {
    id: 'value-type',
    must: 'every content item must be of the value type that the template says',
    breaches: (examined) =>
      placed(examined).flatMap(({ node: { valueType, place }, placement }) =>
        unless(!placement || placement.valueType === valueType, valueType, place),
      ),
  },
];

export function groupsOf(root: ContentNode): ContentNode[] {
  return walk(root).filter(({ concept }) => concept === concepts.group);
}

/** A breach for each concept that a node does not have exactly once. */
export function counted(node: ContentNode, wanted: readonly string[]): Breach[] {
  return wanted.flatMap((concept) => {
    const { length } = childrenOf(node, concept);
    return unless(length === 1, `${length} times ${concept}`, node.place);
  });
}

/** Every item but the root with its place in the template; an IMAGE in the image library has no concept. */
function placed({ document: { root }, request: { manifest } }: Parameters<Rule['breaches']>[0]) {
  const placements = placementsOf(manifest);
  const find = (parent: ContentNode, node: ContentNode): Placement | undefined =>
    placements.find(({ within, concept }) => within === parent.concept && concept === node.concept);
  return walk(root).flatMap((parent) =>
    parent.children.map((node) => ({ node, placement: find(parent, node) })),
  );
}

function hasValue(node: ContentNode): boolean {
  switch (node.valueType) {
    case 'CODE':
      return node.code !== '';
    case 'TEXT':
      return textOf(node.attributes, 'TextValue') !== '';
    case 'UIDREF':
      return /^[0-9.]{1,64}$/.test(textOf(node.attributes, 'UID'));
    case 'NUM':
      return node.number !== undefined;
    case 'IMAGE':
      return referenceOf(node) !== '';
    case 'SCOORD':
      return has(node.attributes, 'GraphicData') && has(node.attributes, 'GraphicType');
    default:
      return has(node.attributes, 'ContinuityOfContent');
  }
}
