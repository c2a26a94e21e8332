import type { Manifest } from '../../../models/manifest.ts';

/** The concepts of a report, each as `value scheme`. */
export const concepts = {
  report: '126000 DCM',
  language: '121049 DCM',
  observerType: '121005 DCM',
  observerUid: '121012 DCM',
  observerName: '121013 DCM',
  observerManufacturer: '121014 DCM',
  observerModel: '121015 DCM',
  observerSerial: '121016 DCM',
  procedure: '121058 DCM',
  imageLibrary: '111028 DCM',
  libraryGroup: '126200 DCM',
  modality: '121139 DCM',
  measurements: '126010 DCM',
  algorithmName: '111001 DCM',
  algorithmVersion: '111003 DCM',
  algorithmParameters: '111002 DCM',
  algorithmFamily: '111000 DCM',
  group: '125007 DCM',
  trackingIdentifier: '112039 DCM',
  trackingUid: '112040 DCM',
  finding: '121071 DCM',
  site: '363698007 SCT',
  probability: '122157 DCM',
  derivation: '121401 DCM',
  threshold: '122411 DCM',
  method: '370129005 SCT',
  source: '121112 DCM',
  evaluations: 'C0034375 UMLS',
  summary: '111017 DCM',
  significance: '121403 DCM',
  recommendation: '121075 DCM',
  analyses: '111065 DCM',
  quality: '113010 DCM',
  intent: '111056 DCM',
  reason: '410666004 SCT',
  role: '121010 DCM',
  comment: '121106 DCM',
} as const;

/** Where a concept may stand, and as what. */
export interface Placement {
  within: string;
  concept: string;
  relationship: string;
  valueType: string;
}

type Row = [within: string, concept: string, relationship: string, valueType: string];

const algorithm = (within: string): Row[] => [
  [within, concepts.algorithmName, 'HAS CONCEPT MOD', 'TEXT'],
  [within, concepts.algorithmVersion, 'HAS CONCEPT MOD', 'TEXT'],
  [within, concepts.algorithmParameters, 'HAS CONCEPT MOD', 'TEXT'],
  [within, concepts.algorithmFamily, 'HAS CONCEPT MOD', 'CODE'],
];

/** TID 1500 as far as a report uses it (PS3.16); what is not here has no place. */
// prettier-ignore
const rows: Row[] = [
  [concepts.report, concepts.language, 'HAS CONCEPT MOD', 'CODE'],
  [concepts.report, concepts.observerType, 'HAS OBS CONTEXT', 'CODE'],
  [concepts.report, concepts.observerUid, 'HAS OBS CONTEXT', 'UIDREF'],
  [concepts.report, concepts.observerName, 'HAS OBS CONTEXT', 'TEXT'],
  [concepts.report, concepts.observerManufacturer, 'HAS OBS CONTEXT', 'TEXT'],
  [concepts.report, concepts.observerModel, 'HAS OBS CONTEXT', 'TEXT'],
  [concepts.report, concepts.observerSerial, 'HAS OBS CONTEXT', 'TEXT'],
  [concepts.report, concepts.procedure, 'HAS CONCEPT MOD', 'CODE'],
  [concepts.report, concepts.imageLibrary, 'CONTAINS', 'CONTAINER'],
  [concepts.imageLibrary, concepts.libraryGroup, 'CONTAINS', 'CONTAINER'],
  [concepts.libraryGroup, concepts.modality, 'HAS ACQ CONTEXT', 'CODE'],
  [concepts.libraryGroup, '', 'CONTAINS', 'IMAGE'],
  [concepts.report, concepts.measurements, 'CONTAINS', 'CONTAINER'],
  ...algorithm(concepts.measurements),
  [concepts.measurements, concepts.group, 'CONTAINS', 'CONTAINER'],
  [concepts.group, concepts.trackingIdentifier, 'HAS OBS CONTEXT', 'TEXT'],
  [concepts.group, concepts.trackingUid, 'HAS OBS CONTEXT', 'UIDREF'],
  [concepts.group, concepts.finding, 'CONTAINS', 'CODE'],
  [concepts.group, concepts.site, 'HAS CONCEPT MOD', 'CODE'],
  ...algorithm(concepts.group),
  [concepts.group, concepts.probability, 'CONTAINS', 'NUM'],
  [concepts.probability, concepts.derivation, 'HAS CONCEPT MOD', 'CODE'],
  [concepts.probability, concepts.source, 'INFERRED FROM', 'IMAGE'],
  [concepts.group, concepts.threshold, 'CONTAINS', 'NUM'],
  [concepts.threshold, concepts.method, 'HAS CONCEPT MOD', 'CODE'],
  [concepts.group, concepts.source, 'CONTAINS', 'IMAGE'],
  [concepts.report, concepts.evaluations, 'CONTAINS', 'CONTAINER'],
  [concepts.evaluations, concepts.summary, 'CONTAINS', 'CODE'],
  [concepts.evaluations, concepts.significance, 'CONTAINS', 'CODE'],
  [concepts.evaluations, concepts.recommendation, 'CONTAINS', 'CODE'],
  [concepts.evaluations, concepts.analyses, 'CONTAINS', 'CODE'],
  [concepts.evaluations, concepts.quality, 'CONTAINS', 'CODE'],
  [concepts.evaluations, concepts.intent, 'CONTAINS', 'CODE'],
  [concepts.evaluations, concepts.reason, 'CONTAINS', 'CODE'],
  [concepts.evaluations, concepts.role, 'CONTAINS', 'CODE'],
  [concepts.evaluations, concepts.comment, 'CONTAINS', 'TEXT'],
];

/** Every place that a report has, those of the model's findings included. */
export function placementsOf(manifest: Manifest | undefined): Placement[] {
  const findings = (manifest?.findings ?? []).map(({ finding }): Row => {
    const concept = `${finding.value} ${finding.scheme}`;
    return [concepts.evaluations, concept, 'CONTAINS', 'CODE'];
  });
  return [...rows, ...findings].map(([within, concept, relationship, valueType]) => ({
    within,
    concept,
    relationship,
    valueType,
  }));
}
