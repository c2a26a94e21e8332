import type { Code, Finding, Manifest } from '../../../models/manifest.ts';
import { notAnalysedReasons } from '../../../models/outcome.ts';
import { algorithmOf } from '../algorithm.ts';
import { type Assessment, assess, seenIn } from '../assessment.ts';
import { dcm, sct } from '../code.ts';
import { deviceObserverUid } from '../identity.ts';
import type { PlacedReference, ReportRequest } from '../request.ts';
import { type Component, encodeSegment } from './text.ts';

/** One result segment before it is numbered. */
interface Observation {
  /** OBX-2. */
  type: 'CWE' | 'NM' | 'ST' | 'HD';
  /** OBX-3. */
  concept: readonly Component[];
  /** OBX-5. */
  value: readonly Component[];
  /** OBX-4: which of the findings it is about, from 1. */
  group?: number;
  units?: Code;
  /** OBX-8: `A` of what is present; nothing is ever called normal. */
  abnormal?: boolean;
  /** OBX-11 is then `X`, no result can be had, instead of `P`, preliminary. */
  missing?: boolean;
}

const percent: Code = { value: '%', scheme: 'UCUM', meaning: 'Percent' };
const method = dcm('123110', 'Artificial Intelligence');
const presentCode = '52101004';

/** Observation/Result segments (HL7 v2.5.1 7.4.2): what was found, of what, by what, and where the whole report is. */
export function observations(
  request: ReportRequest & { report: PlacedReference },
  studyInstanceUid: string,
  madeAt: string,
): string[] {
  const all = [
    ...resultObservations(request),
    ...algorithmObservations(request),
    text(coded(dcm('113014', 'DICOM Study')), studyInstanceUid),
    // The words of IHE RAD TF-2, 4.28.4.1.2: a reference has no code there.
    { ...text(['', 'SR Instance UID'], request.report.sopInstanceUid), type: 'HD' as const },
  ];
  const { device } = request;
  const equipment = [device.serial, '', deviceObserverUid(request), 'ISO'];
  return all.map((observation, at) =>
    encodeSegment('OBX', {
      1: String(at + 1),
      2: observation.type,
      3: observation.concept,
      4: observation.group === undefined ? '' : String(observation.group),
      5: observation.value,
      6: observation.units ? coded(observation.units) : '',
      8: observation.abnormal ? 'A' : '',
      11: observation.missing ? 'X' : 'P',
      17: coded(method),
      18: equipment,
      19: madeAt,
    }),
  );
}

function resultObservations(request: ReportRequest): Observation[] {
  const assessment = assess(request);
  return [
    ...assessment.presences.flatMap(({ finding, presence }, at) =>
      findingObservations(request, assessment, finding, presence, at + 1),
    ),
    ...codedObservation(
      dcm('111065', 'Summary of Analyses'),
      assessment.analyses,
      reasonOf(request),
    ),
    ...codedObservation(dcm('113010', 'Quality Issue'), assessment.quality),
    ...codedObservation(dcm('121403', 'Level of Significance'), assessment.significance),
    ...codedObservation(dcm('121075', 'Recommendation'), assessment.recommendation),
    ...codedObservation(summaryConcept, answered(request) ? assessment.summary : undefined),
  ];
}

/** Its codes say "without findings" also of what was left open or not analysed, which would read as an answer. */
const summaryConcept = dcm('111017', 'CAD Processing and Findings Summary');

function answered({ conclusion }: ReportRequest): boolean {
  return conclusion.state !== 'not-analysed';
}

function findingObservations(
  request: ReportRequest,
  { analyses }: Assessment,
  finding: Finding,
  presence: Code,
  group: number,
): Observation[] {
  const concept = coded(finding.finding);
  const site: Observation = {
    type: 'CWE',
    concept: coded(siteConcept),
    value: coded(finding.site),
  };
  const result: Observation = analyses
    ? { type: 'CWE', concept, value: withText(analyses, reasonOf(request)), missing: true }
    : { type: 'CWE', concept, value: coded(presence), abnormal: presence.value === presentCode };
  return [result, site, ...probabilityObservations(request, finding)].map((observation) => ({
    ...observation,
    group,
  }));
}

const siteConcept = sct('363698007', 'Finding Site');

/** The probability of the whole study and where it is flagged; none where the bundle lets its flag not be shown. */
function probabilityObservations(
  { conclusion, manifest }: ReportRequest,
  finding: Finding,
): Observation[] {
  const seen = seenIn(conclusion)?.findings.find((each) => each.finding === finding.id);
  if (!seen || !mayTellProbability(manifest)) return [];
  const number = (concept: Code, fraction: number): Observation => ({
    type: 'NM',
    concept: coded(concept),
    value: [percentText(fraction)],
    units: percent,
  });
  return [
    number(dcm('122157', 'Probability'), seen.probability),
    number(dcm('122411', 'Threshold Value'), finding.threshold),
  ];
}

function mayTellProbability(manifest: Manifest | undefined): boolean {
  return manifest?.show.flag === true;
}

/** As in the report: the rest is cut off, so that a probability below a threshold is not written above it. */
function percentText(fraction: number): string {
  return (Math.floor(fraction * 10_000 + 1e-6) / 100).toFixed(2);
}

function algorithmObservations(request: ReportRequest): Observation[] {
  const { name, version } = algorithmOf(request);
  return [
    text(coded(dcm('111001', 'Algorithm Name')), name),
    text(coded(dcm('111003', 'Algorithm Version')), version),
  ];
}

function text(concept: readonly Component[], value: string): Observation {
  return { type: 'ST', concept, value: [value] };
}

function codedObservation(concept: Code, value: Code | undefined, said = ''): Observation[] {
  return value ? [{ type: 'CWE', concept: coded(concept), value: withText(value, said) }] : [];
}

/** Why there is no answer; empty where there is one. */
function reasonOf({ conclusion }: ReportRequest): string {
  return conclusion.state === 'not-analysed' ? notAnalysedReasons[conclusion.reason] : '';
}

/** CE (HL7 v2.5.1 2.A.9). Coding schemes have the same names in DICOM and in table 0396 (PS3.16, table 8-1). */
export function coded({ value, meaning, scheme }: Code): string[] {
  return [value, meaning, scheme];
}

/** CWE (HL7 v2.5.1 2.A.13) with its original text. */
function withText(code: Code, said: string): string[] {
  return [...coded(code), '', '', '', '', '', said];
}
