import { type DataSet, readDataSet } from '../../dicom/data-set.ts';
import { type Keyword, tags } from '../../dicom/tag.ts';
import { explicitVrLittleEndian } from '../../dicom/transfer-syntax.ts';
import { allNumbers, firstString } from '../../dicom/value.ts';

/** One content item of a report that was read back. Codes are `value scheme`, such as `121071 DCM`; empty where absent. */
export interface ContentNode {
  /** Position in the tree as PS3.3 C.17.3.2.5 counts it: the root is 1, its second child 1.2. */
  place: string;
  relationship: string;
  valueType: string;
  concept: string;
  /** Of a CODE item. */
  code: string;
  /** Of a TEXT or UIDREF item. */
  text: string;
  /** Of a NUM item; undefined where it is no number. */
  number: number | undefined;
  attributes: DataSet;
  children: ContentNode[];
}

/** A report as a stranger reads it. */
export interface ReportDocument {
  header: DataSet;
  root: ContentNode;
}

/** The character set of every report. */
export const utf8: readonly string[] = ['ISO_IR 192'];

/** A report of many slices names each twice. */
const limits = { bytes: 64 << 20, elements: 1_000_000, depth: 16, valueLength: 1 << 20 };

/** Reads an Explicit VR Little Endian data set. Throws DATA_SET_UNREADABLE where it breaks PS3.5. */
export function readDocument(bytes: Uint8Array): ReportDocument {
  const header = readDataSet(bytes, explicitVrLittleEndian, limits);
  return { header, root: readNode(header, '1') };
}

function readNode(attributes: DataSet, place: string): ContentNode {
  const [measured] = itemsOf(attributes, 'MeasuredValueSequence');
  return {
    place,
    relationship: textOf(attributes, 'RelationshipType'),
    valueType: textOf(attributes, 'ValueType'),
    concept: codeOf(attributes, 'ConceptNameCodeSequence'),
    code: codeOf(attributes, 'ConceptCodeSequence'),
    text: textOf(attributes, 'TextValue') || textOf(attributes, 'UID'),
    number: measured && allNumbers(measured, tags.NumericValue)[0],
    attributes,
    children: itemsOf(attributes, 'ContentSequence').map((child, at) =>
      readNode(child, `${place}.${at + 1}`),
    ),
  };
}

/** The items of a sequence; none where it is absent. */
export function itemsOf(dataSet: DataSet, keyword: Keyword): DataSet[] {
  return dataSet.elements.get(tags[keyword])?.items ?? [];
}

/** The first value of an attribute of a report, empty where it has none. */
export function textOf(dataSet: DataSet, keyword: Keyword): string {
  return firstString(dataSet, tags[keyword], utf8) ?? '';
}

export function has(dataSet: DataSet, keyword: Keyword): boolean {
  return dataSet.elements.has(tags[keyword]);
}

/** The first code of a sequence as `value scheme`. */
export function codeOf(dataSet: DataSet, keyword: Keyword): string {
  const [code] = itemsOf(dataSet, keyword);
  return code ? `${textOf(code, 'CodeValue')} ${textOf(code, 'CodingSchemeDesignator')}` : '';
}

/** A node and all below it, in the order of the document. */
export function walk(node: ContentNode): ContentNode[] {
  return [node, ...node.children.flatMap(walk)];
}

/** The children of a node with this concept. */
export function childrenOf(node: ContentNode | undefined, concept: string): ContentNode[] {
  return node?.children.filter((child) => child.concept === concept) ?? [];
}

/** What an IMAGE item refers to; empty where it refers to nothing. */
export function referenceOf({ attributes }: ContentNode): string {
  const [reference] = itemsOf(attributes, 'ReferencedSOPSequence');
  return reference ? textOf(reference, 'ReferencedSOPInstanceUID') : '';
}
