import { assess } from './assessment.ts';
import { type Attributes, encodeAttributes } from './attributes.ts';
import {
  documentAttributes,
  equipmentAttributes,
  seriesAttributes,
  studyInstanceUidOf,
} from './document-header.ts';
import { hierarchicalReferences } from './evidence.ts';
import { patientAndStudy } from './header.ts';
import { documentInstanceUid, documentSeriesUid } from './identity.ts';
import { isImageClass } from './image-class.ts';
import { selectMeasurements } from './measurement.ts';
import { referencedRequests } from './requested-procedure.ts';
import type { ReportObject, ReportRequest } from './request.ts';
import { measurementReport } from './tid1500.ts';

/** Comprehensive 3D SR Storage (PS3.4 B.5). */
export const comprehensive3dSr = '1.2.840.10008.5.1.4.1.1.88.34';

/**
 * The one terminal report of a model on a study, as a Comprehensive 3D SR by TID 1500. The same request gives the
 * same bytes; another content gives another SOP Instance UID. Throws DATA_SET_UNREADABLE where the source names no study.
 */
export function buildReport(request: ReportRequest): ReportObject {
  const study = studyInstanceUidOf(request.source);
  const seriesInstanceUid = documentSeriesUid('SR', request, study);
  const content = reportAttributes(request, study, seriesInstanceUid);
  const sopInstanceUid = documentInstanceUid('SR', request, study, encodeAttributes(content));
  return {
    sopClassUid: comprehensive3dSr,
    sopInstanceUid,
    seriesInstanceUid,
    dataSet: encodeAttributes({ ...content, SOPInstanceUID: sopInstanceUid }),
  };
}

function reportAttributes(request: ReportRequest, study: string, series: string): Attributes {
  const images = request.instances.filter(({ sopClassUid }) => isImageClass(sopClassUid));
  const assessment = assess(request);
  const measurements = selectMeasurements(request, images, study);
  return {
    ...patientAndStudy(request.source),
    StudyInstanceUID: study,
    ReferencedRequestSequence: referencedRequests(request.source, study),
    ...seriesAttributes('SR', series),
    ...equipmentAttributes(request),
    ...documentAttributes(comprehensive3dSr, request),
    ...flagAttributes(assessment.incomplete),
    CurrentRequestedProcedureEvidenceSequence: orAbsent(hierarchicalReferences(study, images)),
    PredecessorDocumentsSequence: orAbsent(
      hierarchicalReferences(study, request.predecessor ? [request.predecessor] : []),
    ),
    ...measurementReport(request, assessment, images, measurements),
  };
}

/** What the SR Document General module has beside a date (PS3.3 C.17.2). */
function flagAttributes(incomplete: string | undefined): Attributes {
  return {
    CompletionFlag: incomplete ? 'PARTIAL' : 'COMPLETE',
    CompletionFlagDescription: incomplete,
    VerificationFlag: 'UNVERIFIED',
    PreliminaryFlag: 'FINAL',
    PerformedProcedureCodeSequence: [],
  };
}

function orAbsent(items: Attributes[]): Attributes[] | undefined {
  return items.length > 0 ? items : undefined;
}
