import type { Code, Finding } from '../../../models/manifest.ts';
import { type NotAnalysedReason, notAnalysedReasons } from '../../../models/outcome.ts';
import { algorithmOf } from '../algorithm.ts';
import { assess, seenIn } from '../assessment.ts';
import { dcm, sct } from '../code.ts';
import type { PlacedReference, ReportRequest } from '../request.ts';
import {
  conceptOf,
  type FhirReference,
  hl7Concept,
  narrativeOf,
  percentQuantity,
  uuidIdentifier,
} from './datatype.ts';
import type { StudyContext } from './study-context.ts';

/** The job record of a result and the SR that tells it. */
export type ReportedRequest = ReportRequest & { report: PlacedReference };

const noNegative = 'Absence of a flag is not a negative result.';

/** Data Absent Reason (FHIR R4): an analysis that was begun and failed, or never begun. */
const error = hl7Concept('data-absent-reason', 'error', 'Error');
const notPerformed = hl7Concept('data-absent-reason', 'not-performed', 'Not Performed');
const attempted: ReadonlySet<NotAnalysedReason> = new Set([
  'timeout',
  'model-fault',
  'outside-validated-domain',
  'uncertain',
  'unwritable',
]);

/** Observation Interpretation by presence. What is absent gets none: it is neither normal nor negative. */
const interpretations: Record<string, ReturnType<typeof hl7Concept>> = {
  '52101004': hl7Concept('v3-ObservationInterpretation', 'POS', 'Positive'),
  '121059': hl7Concept('v3-ObservationInterpretation', 'IND', 'Indeterminate'),
};

const present = '52101004';

/** What the model says of each of its findings on the study (FHIR R4, Observation); none where no model applied. */
export function describeFindings(
  request: ReportedRequest,
  context: StudyContext,
  device: FhirReference,
) {
  return assess(request).presences.map(({ finding, presence }) => ({
    resourceType: 'Observation',
    ...answerOf(request, finding, presence),
    ...replacementOf(request, finding),
    identifier: [findingIdentifier(request.report, finding)],
    status: 'preliminary',
    category: [hl7Concept('observation-category', 'imaging', 'Imaging')],
    code: conceptOf(finding.finding),
    subject: context.subject,
    effectiveDateTime: context.effectiveDateTime,
    issued: context.issued,
    bodySite: conceptOf(finding.site),
    method: methodOf(request),
    device,
    derivedFrom: [context.study],
  }));
}

function findingIdentifier({ sopInstanceUid }: PlacedReference, { id }: Finding) {
  return uuidIdentifier('observation', sopInstanceUid, id);
}

/** Extension observation-replaces (FHIR R4), after late images or by another model. */
function replacementOf({ predecessor }: ReportedRequest, finding: Finding) {
  if (!predecessor) return {};
  const valueReference = {
    type: 'Observation',
    identifier: findingIdentifier(predecessor, finding),
  };
  const url = 'http://hl7.org/fhir/StructureDefinition/observation-replaces';
  return { extension: [{ url, valueReference }] };
}

function methodOf(request: ReportRequest) {
  const { name, version } = algorithmOf(request);
  const family = conceptOf(dcm('123110', 'Artificial Intelligence'));
  return { ...family, text: `${name} ${version}` };
}

function answerOf(request: ReportRequest, finding: Finding, presence: Code) {
  const { conclusion, manifest } = request;
  const name = finding.finding.meaning;
  const notice = manifest?.labelling.notice ?? '';
  if (conclusion.state === 'not-analysed' && !conclusion.seen)
    return notAnalysed(conclusion.reason, name, notice);
  const says = [notice, presence.value === present ? '' : noNegative].filter((each) => each !== '');
  return {
    text: narrativeOf(`${name}: ${presence.meaning}.`, ...says),
    valueCodeableConcept: conceptOf(presence),
    interpretation: orAbsent(
      [interpretations[presence.value]].filter((each) => each !== undefined),
    ),
    note: says.map((text) => ({ text })),
    component: orAbsent(measuresOf(request, finding)),
  };
}

/** Without a value: whoever asks for values gets none, and never one that sounds like a no. */
function notAnalysed(reason: NotAnalysedReason, name: string, notice: string) {
  const why = `Not analysed: ${notAnalysedReasons[reason]}.`;
  const says = [notice, why, noNegative].filter((each) => each !== '');
  const absence = attempted.has(reason) ? error : notPerformed;
  return {
    text: narrativeOf(`${name}: no answer.`, ...says),
    dataAbsentReason: { ...absence, text: why },
    note: says.map((text) => ({ text })),
  };
}

/** Probability, its standard deviation where it is that of one image, and the operating point, in per cent. */
function measuresOf({ conclusion }: ReportRequest, { id, threshold }: Finding) {
  const seen = seenIn(conclusion);
  const whole = seen?.findings.find(({ finding }) => finding === id);
  if (!seen || !whole) return [];
  const { probability, key } = whole;
  const spread = seen.analysed
    .filter(({ sopInstanceUid }) => sopInstanceUid === key[0]?.sopInstanceUid)
    .flatMap(({ scores }) => scores)
    .find((score) => score.finding === id && score.probability === probability)?.spread;
  return [
    measure(conceptOf(dcm('122157', 'Probability')), probability),
    ...(spread === undefined ? [] : [measure(deviation, roundUp(spread))]),
    measure(conceptOf(dcm('122411', 'Threshold Value')), threshold),
  ];
}

const deviation = {
  ...conceptOf(sct('386136009', 'Standard Deviation')),
  text: 'Standard deviation of the probability',
};

/** Uncertainty is rounded up, never down. */
function roundUp(spread: number): number {
  return Math.ceil(spread * 10_000 - 1e-6) / 10_000;
}

function measure(code: ReturnType<typeof conceptOf>, fraction: number) {
  return { code, valueQuantity: percentQuantity(fraction) };
}

function orAbsent<T>(items: T[]): T[] | undefined {
  return items.length > 0 ? items : undefined;
}
