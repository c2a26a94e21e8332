import { ScansideError } from '../../device/errors.ts';
import type { DataSet } from '../dicom/data-set.ts';
import type { MaskedImage } from './marked-series.ts';
import type { Shape } from './measurements.ts';
import type { ReportRequest } from './request.ts';
import { codeRules } from './rules/code-rules.ts';
import { conclusionRules } from './rules/conclusion-rules.ts';
import { contentRules, valueRules } from './rules/content-rules.ts';
import { type ReportDocument, readDocument } from './rules/document.ts';
import { evidenceRules, referenceRules } from './rules/evidence-rules.ts';
import { documentRules, headerRules } from './rules/header-rules.ts';
import { heatmapRules } from './rules/heatmap-rules.ts';
import { keyObjectRules } from './rules/key-object-rules.ts';
import { measurementDocumentRules } from './rules/measurement-document-rules.ts';
import { measurementRules } from './rules/measurement-rules.ts';
import { orderRule, patientRules } from './rules/patient-rules.ts';
import { parametricMapRules } from './rules/parametric-map-rules.ts';
import { presentationStateRules, stateDocumentRules } from './rules/presentation-state-rules.ts';
import type { Rule } from './rules/rule.ts';
import { segmentationRules } from './rules/segmentation-rules.ts';
import { uidRules } from './rules/uid-rules.ts';

/** A rule that a document breaks. It names codes, UIDs and attributes, never a patient: it may go into a log. */
export interface BrokenRule {
  id: string;
  what: string;
  /** An attribute's keyword, or the position of a content item in the tree: 1 is the root. */
  where: string;
}

/** What every document must fulfil, beside what DICOM's validators see: they miss much of it. */
const common: readonly Rule[] = [
  ...documentRules,
  ...patientRules,
  orderRule,
  ...uidRules,
  ...valueRules,
  ...codeRules,
  ...referenceRules,
];

export const reportRules: readonly Rule[] = [
  ...common,
  ...headerRules,
  ...contentRules,
  ...evidenceRules,
  ...measurementRules,
  ...conclusionRules,
];

export const selectionRules: readonly Rule[] = [...common, ...keyObjectRules];

/** A heatmap has no content tree and no evidence. */
export const captureRules: readonly Rule[] = [
  ...documentRules,
  ...patientRules,
  ...uidRules,
  ...heatmapRules,
];

/** A presentation state has marks in place of a content tree. */
export const stateRules: readonly Rule[] = [
  ...stateDocumentRules,
  ...patientRules,
  ...uidRules,
  ...presentationStateRules,
];

/** A parametric map has neither. */
export const mapRules: readonly Rule[] = [
  ...documentRules,
  ...patientRules,
  ...uidRules,
  ...parametricMapRules,
];

/** A Segmentation of these images has no content tree either. */
export function segmentRules(images: readonly MaskedImage[]): readonly Rule[] {
  return [...documentRules, ...patientRules, ...uidRules, ...segmentationRules(images)];
}

/** Of a measurement document about these images. */
export function regionRules(images: readonly MaskedImage[], shape: Shape): readonly Rule[] {
  return [
    ...documentRules,
    ...patientRules,
    ...uidRules,
    ...valueRules,
    ...codeRules,
    orderRule,
    ...measurementDocumentRules(images, shape),
  ];
}

/**
 * The rules that a report breaks; none where it may be sent. `dataSet` is the report as it will be sent, `request` what
 * it was made from, `sources` the headers of its images as far as they are at hand. A report that cannot be read back
 * breaks the rule `readable`. Never throws for a fault of the report.
 */
export function checkReport(
  dataSet: Uint8Array,
  request: ReportRequest,
  sources: readonly DataSet[] = [request.source],
): BrokenRule[] {
  return check(reportRules, dataSet, request, sources);
}

/** The same for a selection of key objects. */
export function checkKeyObjects(
  dataSet: Uint8Array,
  request: ReportRequest,
  sources: readonly DataSet[] = [request.source],
): BrokenRule[] {
  return check(selectionRules, dataSet, request, sources);
}

/** The same for a heatmap. */
export function checkHeatmap(
  dataSet: Uint8Array,
  request: ReportRequest,
  sources: readonly DataSet[] = [request.source],
): BrokenRule[] {
  return check(captureRules, dataSet, request, sources);
}

/** The same for a presentation state. */
export function checkPresentationState(
  dataSet: Uint8Array,
  request: ReportRequest,
  sources: readonly DataSet[] = [request.source],
): BrokenRule[] {
  return check(stateRules, dataSet, request, sources);
}

/** The same for a parametric map. */
export function checkParametricMap(
  dataSet: Uint8Array,
  request: ReportRequest,
  sources: readonly DataSet[] = [request.source],
): BrokenRule[] {
  return check(mapRules, dataSet, request, sources);
}

/** The same for one of the Segmentations of a result. `images`: those that it was built from. */
export function checkSegmentation(
  dataSet: Uint8Array,
  request: ReportRequest,
  images: readonly MaskedImage[],
  sources: readonly DataSet[] = images.map(({ header }) => header),
): BrokenRule[] {
  return check(segmentRules(images), dataSet, request, sources);
}

/** The same for a measurement document. */
export function checkMeasurements(
  dataSet: Uint8Array,
  request: ReportRequest,
  { images, shape }: { images: readonly MaskedImage[]; shape: Shape },
  sources: readonly DataSet[] = images.map(({ header }) => header),
): BrokenRule[] {
  return check(regionRules(images, shape), dataSet, request, sources);
}

function check(
  rules: readonly Rule[],
  dataSet: Uint8Array,
  request: ReportRequest,
  sources: readonly DataSet[],
): BrokenRule[] {
  const document = tryReading(dataSet);
  if (document instanceof ScansideError)
    return [
      { id: 'readable', what: `a document must be readable: ${document.message}`, where: '' },
    ];
  const examined = { bytes: dataSet, document, request, sources };
  return rules.flatMap(({ id, must, breaches }) =>
    breaches(examined).map(({ found, where }) => ({ id, what: `${must}; found ${found}`, where })),
  );
}

function tryReading(dataSet: Uint8Array): ReportDocument | ScansideError {
  try {
    return readDocument(dataSet);
  } catch (error) {
    if (error instanceof ScansideError) return error;
    throw error;
  }
}
