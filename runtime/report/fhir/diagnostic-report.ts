import { type Assessment, assess } from '../assessment.ts';
import {
  conceptOf,
  type FhirReference,
  hl7Concept,
  narrativeOf,
  uidIdentifier,
} from './datatype.ts';
import type { ReportedRequest } from './observation.ts';
import type { StudyContext } from './study-context.ts';

const documentCode = {
  coding: [{ system: 'http://loinc.org', code: '18748-4', display: 'Diagnostic imaging study' }],
  text: 'Automatic image analysis - NOT FOR PRIMARY DIAGNOSIS',
};

/**
 * The one terminal result of a model on a study (FHIR R4, DiagnosticReport), named by the UID of its SR. Always
 * preliminary: only a physician's report is final.
 */
export function describeReport(
  request: ReportedRequest,
  context: StudyContext,
  result: FhirReference[],
) {
  const assessment = assess(request);
  const conclusion = conclusionText(request, assessment);
  return {
    resourceType: 'DiagnosticReport',
    text: narrativeOf(documentCode.text, conclusion),
    ...replacementOf(request),
    identifier: [uidIdentifier(request.report.sopInstanceUid)],
    basedOn: context.order && [context.order],
    status: 'preliminary',
    category: [hl7Concept('v2-0074', 'RAD', 'Radiology')],
    code: documentCode,
    subject: context.subject,
    effectiveDateTime: context.effectiveDateTime,
    issued: context.issued,
    result: result.length > 0 ? result : undefined,
    imagingStudy: [context.study],
    conclusion,
    conclusionCode: conclusionCodes(assessment),
  };
}

/** Extension diagnosticReport-replaces (FHIR R4). The earlier report stays as it is: somebody may have acted upon it. */
function replacementOf({ predecessor }: ReportedRequest) {
  if (!predecessor) return {};
  const identifier = uidIdentifier(predecessor.sopInstanceUid);
  const url = 'http://hl7.org/fhir/StructureDefinition/diagnosticReport-replaces';
  return { extension: [{ url, valueReference: { type: 'DiagnosticReport', identifier } }] };
}

/** In words what the codes say; the fixed notice of the bundle always stands in it. */
function conclusionText(
  { conclusion, predecessor }: ReportedRequest,
  { presences, quality, comment }: Assessment,
): string {
  const isAnswer = conclusion.state !== 'not-analysed' || conclusion.seen;
  const answers = presences.map(
    ({ finding, presence }) => `${finding.finding.meaning}: ${presence.meaning}.`,
  );
  const sentences = [
    ...(isAnswer ? answers : []),
    ...(quality ? [`Quality issue: ${quality.meaning}.`] : []),
    comment,
    ...(predecessor ? ['Replaces an earlier result of this device on this study.'] : []),
  ];
  return sentences.join(' ');
}

function conclusionCodes({ summary, significance, recommendation, analyses, quality }: Assessment) {
  return [summary, significance, recommendation, analyses, quality]
    .filter((code) => code !== undefined)
    .map(conceptOf);
}
