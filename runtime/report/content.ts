import type { Code } from '../../models/manifest.ts';
import type { Attributes } from './attributes.ts';
import { codeAttributes } from './code.ts';

const percent: Code = { value: '%', scheme: 'UCUM', meaning: 'Percent' };

/** How a content item relates to the one that holds it (PS3.3 C.17.3.2.4). */
export type Relationship =
  | 'CONTAINS'
  | 'HAS ACQ CONTEXT'
  | 'HAS CONCEPT MOD'
  | 'HAS OBS CONTEXT'
  | 'INFERRED FROM'
  | 'SELECTED FROM';

/** One SOP instance as a content item or the evidence names it. */
export interface Reference {
  sopClassUid: string;
  sopInstanceUid: string;
}

/** One content item of an SR document tree (PS3.3 C.17.3), ready to be written. */
export type ContentItem = Attributes;

export function codeItem(
  relationship: Relationship,
  name: Code,
  value: Code,
  children: ContentItem[] = [],
): ContentItem {
  const concept = { ConceptCodeSequence: [codeAttributes(value)] };
  return item(relationship, 'CODE', name, concept, children);
}

export function textItem(relationship: Relationship, name: Code, text: string): ContentItem {
  return item(relationship, 'TEXT', name, { TextValue: text });
}

export function uidItem(relationship: Relationship, name: Code, uid: string): ContentItem {
  return item(relationship, 'UIDREF', name, { UID: uid });
}

/**
 * A NUM item in percent. `fraction` is 0 to 1; two decimals are kept and the rest is cut off, never rounded up, so
 * that a probability below a threshold is not written above it.
 */
export function percentItem(
  relationship: Relationship,
  name: Code,
  fraction: number,
  children: ContentItem[],
): ContentItem {
  const value = Math.floor(fraction * 10_000 + 1e-6) / 100;
  return numberItem(relationship, name, value.toFixed(2), percent, children);
}

/** A NUM item; `value` as it is written (DS). */
export function numberItem(
  relationship: Relationship,
  name: Code,
  value: string,
  units: Code,
  children: ContentItem[],
): ContentItem {
  const measured = {
    NumericValue: value,
    MeasurementUnitsCodeSequence: [codeAttributes(units)],
  };
  return item(relationship, 'NUM', name, { MeasuredValueSequence: [measured] }, children);
}

/** An IMAGE item; in the Image Library it has no name. `part`: a frame or a segment of it. */
export function imageItem(
  relationship: Relationship,
  name: Code | undefined,
  image: Reference,
  part: Attributes = {},
): ContentItem {
  const reference = { ...referenceAttributes(image), ...part };
  return item(relationship, 'IMAGE', name, { ReferencedSOPSequence: [reference] });
}

/** A SCOORD item: a line through `points`, each column and row, in pixels from the corner of the first (PS3.3 C.18.6). */
export function lineItem(
  relationship: Relationship,
  name: Code,
  points: readonly (readonly [column: number, row: number])[],
  children: ContentItem[],
): ContentItem {
  const line = { GraphicData: points.flat(), GraphicType: 'POLYLINE' };
  return item(relationship, 'SCOORD', name, line, children);
}

/** A CONTAINER item; `template` names the TID of DCMR that its content follows. */
export function containerItem(
  relationship: Relationship,
  name: Code,
  children: ContentItem[],
  template?: string,
): ContentItem {
  return { RelationshipType: relationship, ...rootContainer(name, children, template) };
}

/** A container that is held by nothing: the document's root. */
export function rootContainer(name: Code, children: ContentItem[], template?: string): ContentItem {
  const identification = template && [{ MappingResource: 'DCMR', TemplateIdentifier: template }];
  return {
    ValueType: 'CONTAINER',
    ConceptNameCodeSequence: [codeAttributes(name)],
    ContinuityOfContent: 'SEPARATE',
    ContentTemplateSequence: identification || undefined,
    ContentSequence: atLeastOne(children),
  };
}

/** An instance as the item of a Referenced SOP Sequence (PS3.3 table 10-11). */
export function referenceAttributes(instance: Reference): Attributes {
  return {
    ReferencedSOPClassUID: instance.sopClassUid,
    ReferencedSOPInstanceUID: instance.sopInstanceUid,
  };
}

function item(
  relationship: Relationship,
  valueType: string,
  name: Code | undefined,
  value: Attributes,
  children: ContentItem[] = [],
): ContentItem {
  return {
    RelationshipType: relationship,
    ValueType: valueType,
    ConceptNameCodeSequence: name && [codeAttributes(name)],
    ...value,
    ContentSequence: atLeastOne(children),
  };
}

/** Content Sequence is absent where it would be empty (type 1C). */
function atLeastOne(children: ContentItem[]): ContentItem[] | undefined {
  return children.length > 0 ? children : undefined;
}
