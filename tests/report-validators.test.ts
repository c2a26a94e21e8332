import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { patientNames } from '../demo/patient-name.ts';
import { headerOf, reportSample, reportSamples } from '../demo/report-sample.ts';
import { sampleManifest } from './fixtures/manifest.ts';
import { notAnalysedReasons, type NotAnalysedReason } from '../models/outcome.ts';
import { writePart10 } from '../runtime/dicom/part10.ts';
import { type Keyword, tags } from '../runtime/dicom/tag.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { buildKeyObjects } from '../runtime/report/key-object.ts';
import { buildReport } from '../runtime/report/report.ts';
import type { ReportRequest, SourceInstance } from '../runtime/report/request.ts';
import { describeWith, sharedFolder } from './outside.ts';

const run = promisify(execFile);
const validator = join(sharedFolder() ?? '../shared', 'tools', 'sr-validate', 'sr-validate');
const requestOf = (outcome: string, modality: string) =>
  reportSample(sampleManifest, { outcome, modality, characterSet: 'ISO_IR 192' }, 1).request;
const flaggedXray = requestOf('finding', 'CR');
const flaggedCt = requestOf('finding', 'CT');

const sopClasses = {
  CR: '1.2.840.10008.5.1.4.1.1.1',
  CT: '1.2.840.10008.5.1.4.1.1.2',
  MR: '1.2.840.10008.5.1.4.1.1.4',
  US: '1.2.840.10008.5.1.4.1.1.6.1',
  OT: '1.2.840.10008.5.1.4.1.1.7',
  NM: '1.2.840.10008.5.1.4.1.1.20',
  ES: '1.2.840.10008.5.1.4.1.1.77.1.1',
  SR: '1.2.840.10008.5.1.4.1.1.88.33',
  SEG: '1.2.840.10008.5.1.4.1.1.66.4',
};

const everyAttribute: { [K in Keyword]?: string } = {
  SpecificCharacterSet: 'ISO_IR 192',
  PatientName: 'Ångström^Åsa^^Dr.',
  PatientID: 'P9',
  IssuerOfPatientID: 'HOSPITAL',
  TypeOfPatientID: 'TEXT',
  PatientBirthDate: '19580102',
  PatientBirthTime: '0102',
  PatientSex: 'O',
  OtherPatientNames: 'Angstrom^Asa\\Ångström^A.',
  EthnicGroup: 'unknown',
  PatientComments: 'Wheelchair \\ lift',
  PatientAge: '068Y',
  PatientSize: '1.80',
  PatientWeight: '080.5',
  Occupation: 'Nurse',
  AdditionalPatientHistory: 'None',
  AdmittingDiagnosesDescription: 'Cough\\Fever',
  AdmissionID: 'ADM1',
  ReasonForVisit: 'Dyspnoea',
  StudyDate: '20260921',
  StudyTime: '063000.123',
  StudyID: 'S1',
  AccessionNumber: 'ACC1',
  ReferringPhysicianName: 'Grey^Meredith',
  StudyDescription: 'Thorax p.a.',
  PhysiciansOfRecord: 'House^Gregory',
  NameOfPhysiciansReadingStudy: 'Strange^Stephen',
  Manufacturer: 'Phantom',
  ManufacturerModelName: 'X1',
  StationName: 'ROOM1',
  BodyPartExamined: 'CHEST',
};

function instancesOf(modalities: (keyof typeof sopClasses)[]): SourceInstance[] {
  return modalities.map((modality, index) => ({
    modality,
    sopClassUid: sopClasses[modality],
    sopInstanceUid: `2.25.${index + 1}`,
    seriesInstanceUid: `2.25.${index + 1001}`,
  }));
}

function isReason(text: string): text is NotAnalysedReason {
  return text in notAnalysedReasons;
}

function notAnalysed(reason: NotAnalysedReason, rest: Partial<ReportRequest>): ReportRequest {
  return { ...flaggedXray, conclusion: { state: 'not-analysed', reason, detail: '' }, ...rest };
}

function withoutModel(instances: SourceInstance[]): ReportRequest {
  return notAnalysed('out-of-scope', { instances, manifest: undefined, bundleHash: '' });
}

function withSource(attributes: { [K in Keyword]?: string }): ReportRequest {
  return { ...flaggedXray, source: headerOf({ StudyInstanceUID: '2.25.77', ...attributes }) };
}

/** An item as a reader gives it, for a source that has sequences. */
function withIssuer(): ReportRequest {
  const item = headerOf({
    LocalNamespaceEntityID: 'HIS',
    UniversalEntityID: '1.2.3',
    UniversalEntityIDType: 'ISO',
  });
  const source = headerOf({ ...everyAttribute, StudyInstanceUID: '2.25.78' });
  const tag = tags.IssuerOfAccessionNumberSequence;
  const element = { tag, vr: 'SQ', value: new Uint8Array(0), items: [item] };
  const elements = new Map([...source.elements, [tag, element]]);
  return { ...flaggedXray, source: { ...source, elements } };
}

function withMissed(request: ReportRequest): ReportRequest {
  const { conclusion } = request;
  if (conclusion.state === 'not-analysed') throw new Error('needs an analysed sample');
  const missed = instancesOf(['CR']);
  return {
    ...request,
    instances: [...request.instances, ...missed],
    conclusion: {
      ...conclusion,
      missed: missed.map(({ sopInstanceUid }) => ({ sopInstanceUid, reason: 'model-fault' })),
    },
  };
}

const requests: Record<string, ReportRequest> = {
  ...Object.fromEntries(
    reportSamples(sampleManifest, 60).map(({ request }, index) => [`sample ${index}`, request]),
  ),
  ...Object.fromEntries(
    Object.keys(notAnalysedReasons)
      .filter(isReason)
      .map((reason) => [reason, notAnalysed(reason, {})]),
  ),
  'CT flagged': flaggedCt,
  'X-ray with a missed image': withMissed(flaggedXray),
  'CT with a missed image': withMissed(flaggedCt),
  'no model, other modalities': withoutModel(instancesOf(['MR', 'US', 'OT', 'NM', 'ES', 'MR'])),
  'no model, nothing but objects that are no images': withoutModel(instancesOf(['SR', 'SEG'])),
  'no image among the instances': notAnalysed('unreadable', { instances: instancesOf(['SR']) }),
  'no patient attribute at all': withSource({}),
  'every patient attribute': withSource(everyAttribute),
  'an issuer sequence': withIssuer(),
  'a predecessor': {
    ...flaggedXray,
    predecessor: {
      sopClassUid: '1.2.840.10008.5.1.4.1.1.88.34',
      sopInstanceUid: '2.25.5',
      seriesInstanceUid: '2.25.6',
    },
  },
};

function writeReport(folder: string, name: string, request: ReportRequest): string {
  const report = buildReport(request);
  const path = join(folder, `${name.replaceAll(/[^A-Za-z0-9]+/g, '-')}.dcm`);
  const meta = { ...report, transferSyntaxUid: explicitVrLittleEndian };
  writeFileSync(path, writePart10(meta, report.dataSet));
  return path;
}

/** What the validators say, line by line; the last line sums up. */
async function judge(files: string[]): Promise<string[]> {
  const judged = await run(validator, files).catch((failure: { stdout: string }) => failure);
  return judged.stdout
    .trim()
    .split('\n')
    .filter((line) => !isEmptyAsReceived(line));
}

/** A source without a Patient ID leaves the report without one; dciodvfy then thinks of a DICOMDIR, which nobody makes. */
function isEmptyAsReceived(line: string): boolean {
  return line.includes('no-patient-attribute') && line.includes('needed to build DICOMDIR');
}

describeWith(['dciodvfy', 'dsrdump', 'java', validator], 'reports before the validators', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'scanside-reports-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('finds no error and no warning in dciodvfy, dsrdump and PixelMed', async () => {
    const files = Object.entries(requests).map(([name, request]) =>
      writeReport(folder, name, request),
    );
    expect(await judge(files)).toEqual([
      `files=${files.length} errors=0 warnings=0 unrecognised=0`,
    ]);
  }, 3_600_000);

  it('finds no error and no warning in dciodvfy and dsrdump on key objects', async () => {
    const show = { ...sampleManifest.show, localisation: true };
    const manifest = { ...sampleManifest, presentation: 'concurrent-aid' as const, show };
    for (const [index, { characterSet }] of patientNames.entries()) {
      const stratum = { outcome: 'finding', modality: 'CT', characterSet };
      const object = buildKeyObjects(reportSample(manifest, stratum, index).request);
      const path = join(folder, `key-objects-${index}.dcm`);
      const meta = { ...object!, transferSyntaxUid: explicitVrLittleEndian };
      writeFileSync(path, writePart10(meta, object!.dataSet));
      const said = await run('dciodvfy', [path]).catch((failure: { stderr: string }) => failure);
      expect(said.stderr.split('\n').filter((line) => /^(Error|Warning)/.test(line))).toEqual([]);
      await run('dsrdump', ['-Ee', path]);
    }
  }, 600_000);
});
