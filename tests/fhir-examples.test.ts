import { join } from 'node:path';
import { expect, it } from 'vitest';
import { reportCases } from '../demo/report-case.ts';
import { reportSample } from '../demo/report-sample.ts';
import { buildTransaction } from '../runtime/report/fhir/transaction.ts';
import { buildReport } from '../runtime/report/report.ts';
import { sampleManifest } from './fixtures/manifest.ts';

const page = join(import.meta.dirname, '..', 'docs', 'fhir-examples.md');

const systems = {
  patientByIssuer: { HOSPITAL: 'https://hospital.example/patients' },
  accession: 'https://hospital.example/orders',
};

interface Resource {
  resourceType: string;
  [key: string]: unknown;
}

/** The resources of a case, without the narratives, which repeat them in words. */
function resourcesOf(outcome: string): Resource[] {
  const stratum = { outcome, modality: 'CR', characterSet: 'ISO_IR 100' };
  const { request } = reportSample(sampleManifest, stratum, 2);
  const bytes = buildTransaction({ ...request, report: buildReport(request) }, systems);
  const { entry } = JSON.parse(Buffer.from(bytes).toString());
  return entry.map(({ resource }: { resource: Resource }) => ({ ...resource, text: undefined }));
}

function answerOf({ code, valueCodeableConcept, dataAbsentReason, component }: Resource): object {
  return { code, valueCodeableConcept, dataAbsentReason, component };
}

function describeCase(outcome: string): string[] {
  const resources = resourcesOf(outcome);
  const report = resources.find(({ resourceType }) => resourceType === 'DiagnosticReport')!;
  const findings = resources.filter(({ resourceType }) => resourceType === 'Observation');
  const { status, conclusion, extension } = report;
  return [
    `## ${outcome}`,
    '',
    ...fence({ DiagnosticReport: { extension, status, conclusion } }),
    ...findings.flatMap((each) => fence({ Observation: answerOf(each) })),
  ];
}

function fence(value: unknown): string[] {
  return ['```json', JSON.stringify(value, null, 2), '```', ''];
}

function describeExamples(): string {
  return [
    '# FHIR examples',
    '',
    'How each case looks as FHIR R4 resources ([what is sent](fhir.md)). The first is whole but for its narratives; of the',
    'others only what differs is shown. `tests/fhir-examples.test.ts` keeps this page equal to the code.',
    '',
    '## The whole of one result',
    '',
    ...resourcesOf('finding').flatMap(fence),
    ...Object.keys(reportCases).flatMap(describeCase),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

it('the page of examples is what the code makes of every case', async () => {
  await expect(describeExamples()).toMatchFileSnapshot(page);
});
