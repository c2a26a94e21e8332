import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { headerOf, reportSamples } from '../demo/report-sample.ts';
import { notAnalysedReasons, type NotAnalysedReason } from '../models/outcome.ts';
import { buildTransaction } from '../runtime/report/fhir/transaction.ts';
import { buildReport } from '../runtime/report/report.ts';
import type { ReportRequest } from '../runtime/report/request.ts';
import { sampleManifest } from './fixtures/manifest.ts';
import { describeWith } from './outside.ts';
import { temporaryFolder } from './peers/process.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const jars = join(root, '.cache', 'fhir-validator');
const judge = join(root, 'tests', 'peers', 'fhir-validator', 'FhirJudge.java');

const systems = {
  patient: 'https://hospital.example/patients',
  patientByIssuer: { HOSPITAL: 'urn:oid:2.16.840.1.113883.19.5' },
  accession: 'https://hospital.example/orders',
};

const build = (request: ReportRequest) =>
  buildTransaction({ ...request, report: buildReport(request) }, systems);

/** Sixty that go round cases, modalities and character sets, each reason, and what the samples do not have. */
function transactions(): Record<string, Uint8Array> {
  const sampled = reportSamples(sampleManifest, 60).map(
    ({ outcome, modality, request }, index): [string, ReportRequest] => [
      `${outcome}-${modality}-${index}`,
      request,
    ],
  );
  const [, flagged] = sampled[0]!;
  const reasons = Object.keys(notAnalysedReasons) as NotAnalysedReason[];
  const failed = reasons.map((reason): [string, ReportRequest] => [
    reason,
    { ...flagged, conclusion: { state: 'not-analysed', reason, detail: '' } },
  ]);
  const nobody = { ...flagged, source: headerOf({ StudyInstanceUID: '2.25.77' }) };
  const identity = { ...sampleManifest.identity, udi: '04012345678901', algorithmName: 'A <&> B' };
  const named = { ...flagged, manifest: { ...sampleManifest, identity } };
  const all = [...sampled, ...failed, ['no patient', nobody], ['a UDI', named]] as typeof sampled;
  return Object.fromEntries(all.map(([name, request]) => [name, build(request)]));
}

/**
 * What the validator may say: R4 has no Device among the performers of an Observation, LOINC's codes are not in its
 * definitions, and images that name neither patient nor day leave both open.
 */
const known = [
  /\tWARNING\t.*Best Practice Recommendation: In general, all observations should have a performer$/,
  /\tWARNING\t.*CodeSystem could not be found: http:\/\/loinc\.org$/,
  /^no-patient\.json\tWARNING\t.*should have (a subject|an effective\[x\] \(\))$/,
  /\tINFORMATION\t.*Details for urn:uuid:\S+ matching against profile/,
  /\tINFORMATION\t.*\(codes = http:\/\/loinc\.org#18748-4\)$/,
];

describeWith(['java', join(jars, 'installed')], 'transactions before HAPI FHIR’s validator', () => {
  const folder = temporaryFolder();
  afterAll(() => folder.remove());

  async function findings(texts: Record<string, Uint8Array | string>): Promise<string[]> {
    const files = Object.entries(texts).map(([name, text]) => {
      const path = join(folder.path, `${name.replaceAll(/[^A-Za-z0-9]+/g, '-')}.json`);
      writeFileSync(path, text);
      return path;
    });
    const args = ['-cp', join(jars, '*'), judge, ...files];
    const { stdout } = await run('java', args, { maxBuffer: 1 << 28 });
    const lines = stdout.trim().split('\n');
    expect(lines.pop()).toBe(`files=${files.length}`);
    return lines.filter((line) => !known.some((pattern) => pattern.test(line)));
  }

  it('are R4 without an error or a warning', async () => {
    expect(await findings(transactions())).toEqual([]);
  }, 900_000);

  it('would not be, with one thing wrong', async () => {
    const [text] = Object.values(transactions()).map((bytes) => Buffer.from(bytes).toString());
    const faults: [string, string, string][] = [
      ['status', '"status":"preliminary"', '"status":"provisional"'],
      [
        'missing code',
        '"code":{"coding":[{"system":"http://loinc.org"',
        '"kode":{"coding":[{"system":"http://loinc.org"',
      ],
      [
        'value and its absence',
        '"valueCodeableConcept":',
        '"dataAbsentReason":{"text":"x"},"valueCodeableConcept":',
      ],
      ['instant', '.000+01:00"', '.000"'],
      ['place', '"fullUrl":"urn:uuid:', '"fullUrl":"urn:uuid:x'],
      ['interpretation', '"code":"POS"', '"code":"YES"'],
      ['narrative', '<p>Pneumothorax', '<p onclick=\\"x\\">Pneumothorax'],
      ['empty', '"serialNumber":"DEMO-0001"', '"serialNumber":""'],
    ];
    const wrong = faults.map(([name, from, to]) => [name, text!.replace(from, to)] as const);
    const judged = await findings(Object.fromEntries(wrong));
    const quiet = wrong.filter(
      ([name]) => !judged.some((line) => line.startsWith(name.replaceAll(' ', '-'))),
    );
    expect(quiet.map(([name]) => name)).toEqual([]);
  }, 300_000);
});
