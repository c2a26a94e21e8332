import { describe, expect, it } from 'vitest';
import { reportCases } from '../../../demo/report-case.ts';
import { headerOf, reportSample } from '../../../demo/report-sample.ts';
import { sampleManifest } from '../../../tests/fixtures/manifest.ts';
import { notAnalysedReasons, type NotAnalysedReason } from '../../../models/outcome.ts';
import type { DataSet } from '../../dicom/data-set.ts';
import { type Keyword, tags } from '../../dicom/tag.ts';
import { buildReport } from '../report.ts';
import type { ReportRequest } from '../request.ts';
import type { FhirSystems } from './study-context.ts';
import { buildTransaction } from './transaction.ts';

const systems: FhirSystems = {
  patient: 'https://hospital.example/patients',
  patientByIssuer: { HOSPITAL: 'urn:oid:1.2.3' },
  accession: 'https://hospital.example/orders',
};

interface Coded {
  coding?: { system: string; code: string }[];
  text?: string;
}
interface Named {
  identifier: { system?: string; value: string; assigner?: { display: string } };
}
interface Resource {
  resourceType: string;
  identifier: { system: string; value: string }[];
  extension?: { url: string; valueReference: Named }[];
  status: string;
  code: Coded;
  subject?: Named;
  basedOn?: Named[];
  imagingStudy?: Named[];
  derivedFrom?: Named[];
  effectiveDateTime?: string;
  issued?: string;
  valueCodeableConcept?: Coded;
  dataAbsentReason?: Coded;
  interpretation?: Coded[];
  component?: { code: Coded; valueQuantity: { value: number; code: string } }[];
  note?: { text: string }[];
  conclusion?: string;
  result?: { reference: string }[];
  device?: { reference: string };
  version?: { value: string }[];
}
interface Entry {
  fullUrl: string;
  resource: Resource;
  request: { method: string; url: string; ifNoneExist: string };
}

const sample = (outcome: string, modality = 'CR') =>
  reportSample(sampleManifest, { outcome, modality, characterSet: 'ISO_IR 100' }, 2).request;
const sent = (request: ReportRequest, to = systems): Entry[] =>
  JSON.parse(Buffer.from(bytesOf(request, to)).toString()).entry;
const bytesOf = (request: ReportRequest, to = systems) =>
  buildTransaction({ ...request, report: buildReport(request) }, to);
const resourcesOf = (request: ReportRequest, type: string, to = systems): Resource[] =>
  sent(request, to)
    .map(({ resource }) => resource)
    .filter(({ resourceType }) => resourceType === type);
const observations = (request: ReportRequest) => resourcesOf(request, 'Observation');
const reportOf = (request: ReportRequest, to = systems): Resource =>
  resourcesOf(request, 'DiagnosticReport', to)[0]!;
const codes = (concept: Coded | undefined) => concept?.coding?.map(({ code }) => code) ?? [];

const cases = Object.keys(reportCases).flatMap((outcome) => [
  [outcome, 'CR'] as const,
  [outcome, 'CT'] as const,
]);

describe.each(cases)('the transaction of "%s" on %s', (outcome, modality) => {
  const request = sample(outcome, modality);
  const entries = sent(request);

  it('is the same when it is made again, and from a copy of the job record', () => {
    expect(bytesOf(sample(outcome, modality))).toEqual(bytesOf(request));
  });

  it('creates every resource only once, under a name of its own', () => {
    for (const { resource, request: asked } of entries) {
      const { system, value } = resource.identifier[0]!;
      expect(asked).toEqual({
        method: 'POST',
        url: resource.resourceType,
        ifNoneExist: `identifier=${system}|${value}`,
      });
    }
    expect(new Set(entries.map(({ request }) => request.ifNoneExist)).size).toBe(entries.length);
    expect(new Set(entries.map(({ fullUrl }) => fullUrl)).size).toBe(entries.length);
  });

  it('has every Observation in its report, and each names its Device', () => {
    const placesOf = (type: string) =>
      entries.filter(({ resource }) => resource.resourceType === type).map((each) => each.fullUrl);
    const { result = [] } = reportOf(request);
    expect(result.map(({ reference }) => reference)).toEqual(placesOf('Observation'));
    expect(observations(request).map(({ device }) => device?.reference)).toEqual(
      observations(request).map(() => placesOf('Device')[0]),
    );
    expect(result).toHaveLength(request.manifest?.findings.length ?? 0);
  });

  it('is preliminary, carries the notice, and calls nothing normal, negative or a diagnosis', () => {
    const told = [reportOf(request), ...observations(request)];
    expect(told.map(({ status }) => status)).toEqual(told.map(() => 'preliminary'));
    expect(reportOf(request).conclusion).toContain(
      request.manifest?.labelling.notice ?? 'Not reviewed by a physician',
    );
    const text = JSON.stringify(entries).replaceAll('is not a negative result', '');
    expect(text).not.toMatch(/normal|negative|cleared|no disease|"code":"(N|NEG|ND)"/i);
  });

  it('says of whatever is not present that this is no negative result', () => {
    for (const { valueCodeableConcept, note = [] } of observations(request))
      if (!codes(valueCodeableConcept).includes('52101004'))
        expect(note.map(({ text }) => text).join()).toContain('is not a negative result');
  });
});

describe('what each case says', () => {
  const answers = (outcome: string) =>
    observations(sample(outcome)).map(
      ({ valueCodeableConcept, dataAbsentReason, interpretation, component }) =>
        [
          ...codes(valueCodeableConcept),
          ...codes(dataAbsentReason),
          ...(interpretation ?? []).flatMap(codes),
          ...(component ?? []).map(({ valueQuantity }) => valueQuantity.value),
        ].join(' '),
    );

  it.each([
    ['finding', ['52101004 POS 80.6 62', '272519000 1 50']],
    ['no finding', ['272519000 6.2 62', '272519000 1 50']],
    ['finding with a spread', ['52101004 POS 80.6 3.4 62', '272519000 1 3.4 50']],
    ['grey zone', ['121059 IND 49.6 62', '121059 IND 1 50']],
    ['members that disagree', ['121059 IND 6.2 20 62', '121059 IND 1 20 50']],
    ['rejected for quality', ['not-performed', 'not-performed']],
    ['outside the validated domain', ['error', 'error']],
    ['timeout', ['error', 'error']],
    ['one of several models failed', ['error', 'error']],
    ['finding beside a missed image', ['52101004 POS 80.6 62', '121059 IND 1 50']],
    ['no model applies', []],
  ])('%s', (outcome, expected) => {
    expect(answers(outcome)).toEqual(expected);
  });

  it('in words that a physician reads', () => {
    expect(reportOf(sample('finding')).conclusion).toBe(
      'Pneumothorax: Present. Pleural effusion: Absent. Demonstration model. Not for clinical use. Not reviewed by a physician.',
    );
    expect(reportOf(sample('rejected for positioning')).conclusion).toMatch(
      /^Quality issue: Positioning\. .*Not analysed: .* is not a negative result\.$/,
    );
    expect(reportOf(sample('no model applies')).conclusion).toContain('No model on this device');
  });
});

describe.each(Object.keys(notAnalysedReasons) as NotAnalysedReason[])(
  'a study that was not analysed (%s)',
  (reason) => {
    const conclusion = { state: 'not-analysed' as const, reason, detail: 'other patient: P77' };
    const told = observations({ ...sample('finding'), conclusion });

    it('has no value, no number, no interpretation, and says why', () => {
      expect(told).toHaveLength(2);
      for (const observation of told) {
        expect(observation).not.toHaveProperty('valueCodeableConcept');
        expect(observation).not.toHaveProperty('component');
        expect(observation).not.toHaveProperty('interpretation');
        expect(observation.dataAbsentReason?.text).toContain(notAnalysedReasons[reason]);
      }
      expect(JSON.stringify(told)).not.toContain('P77');
    });
  },
);

it('withholds every answer where the model may not show its flag', () => {
  for (const outcome of ['finding', 'no finding', 'grey zone']) {
    const request = sample(outcome);
    const show = { ...request.manifest!.show, flag: false };
    const told = sent({ ...request, manifest: { ...request.manifest!, show } });
    expect(JSON.stringify(told)).not.toMatch(/52101004|272519000|121059|122157|Present|Absent\b/);
  }
});

describe('a result that replaces another', () => {
  it.each(['late slices', 'newer model'])('names it and leaves it as it is: %s', (outcome) => {
    const request = sample(outcome);
    const earlier = { ...sample('finding'), report: request.predecessor! };
    const before = JSON.parse(Buffer.from(buildTransaction(earlier, systems)).toString());
    const named = (type: string): string[] =>
      before.entry
        .map(({ resource }: Entry) => resource)
        .filter(({ resourceType }: Resource) => resourceType === type)
        .map(({ identifier }: Resource) => identifier[0]!.value);
    const replaced = (resource: Resource) =>
      resource.extension?.map(({ valueReference }) => valueReference.identifier.value);
    expect(replaced(reportOf(request))).toEqual(named('DiagnosticReport'));
    expect(observations(request).flatMap(replaced)).toEqual(named('Observation'));
    expect(reportOf(request).conclusion).toContain('Replaces an earlier result');
    expect(sent(request).map(({ request: { method } }) => method)).not.toContain('PUT');
  });
});

describe('whom it is about', () => {
  const from = (attributes: { [K in Keyword]?: string }): ReportRequest => ({
    ...sample('finding'),
    source: headerOf({ StudyInstanceUID: '1.2.840.1', ...attributes }),
  });
  const subject = (request: ReportRequest) => reportOf(request).subject?.identifier;

  it.each([
    ['no issuer', { PatientID: 'P1' }, 'https://hospital.example/patients', undefined],
    [
      'a known issuer',
      { PatientID: 'P1', IssuerOfPatientID: 'HOSPITAL' },
      'urn:oid:1.2.3',
      'HOSPITAL',
    ],
    ['an unknown issuer', { PatientID: 'P1', IssuerOfPatientID: 'CLINIC' }, undefined, 'CLINIC'],
    [
      'an issuer like a property',
      { PatientID: 'P1', IssuerOfPatientID: 'toString' },
      undefined,
      'toString',
    ],
  ])('takes the system of %s', (_, attributes, system, issuer) => {
    const said = subject(from(attributes));
    expect([said?.value, said?.system, said?.assigner?.display]).toEqual(['P1', system, issuer]);
  });

  it.each([
    ['ISO', '1.2.3.4', 'urn:oid:1.2.3.4'],
    ['URI', 'https://other.example/ids', 'https://other.example/ids'],
    ['ISO', '01.02', undefined],
    ['DNS', 'other.example', undefined],
  ])('takes the universal name of an issuer: %s %s', (type, id, system) => {
    const issuer = headerOf({ UniversalEntityID: id, UniversalEntityIDType: type });
    const request = from({ PatientID: 'P1', IssuerOfPatientID: 'X', AccessionNumber: 'A1' });
    const source = withItem(
      withItem(request.source, 'IssuerOfPatientIDQualifiersSequence', issuer),
      'IssuerOfAccessionNumberSequence',
      issuer,
    );
    expect(subject({ ...request, source })?.system).toBe(system);
    expect(reportOf({ ...request, source }).basedOn?.[0]?.identifier.system).toBe(system);
  });

  it.each([
    ['none', {}],
    ['an empty number', { PatientID: '', AccessionNumber: '' }],
    ['a damaged number', { PatientID: 'P\u00071', AccessionNumber: 'A\u00001B' }],
    ['a number that is none', { PatientID: 'P'.repeat(65), AccessionNumber: 'A'.repeat(65) }],
  ])('names no patient and no order with %s', (_, attributes) => {
    const told = [reportOf(from(attributes)), ...observations(from(attributes))];
    expect(told.filter((each) => each.subject ?? each.basedOn)).toEqual([]);
  });

  it('never has the name or the birth date of the patient', () => {
    const text = JSON.stringify(
      sent(from({ PatientName: 'Grey^Ann', PatientBirthDate: '19580102' })),
    );
    expect(text).not.toMatch(/Grey|1958/);
  });

  it('names study, order, day and moment', () => {
    const request = from({ StudyDate: '20260921', AccessionNumber: 'A1' });
    expect(reportOf(request)).toMatchObject({
      identifier: [
        { system: 'urn:dicom:uid', value: `urn:oid:${buildReport(request).sopInstanceUid}` },
      ],
      imagingStudy: [{ identifier: { system: 'urn:dicom:uid', value: 'urn:oid:1.2.840.1' } }],
      basedOn: [{ identifier: { system: 'https://hospital.example/orders', value: 'A1' } }],
      effectiveDateTime: '2026-09-21',
      issued: '2026-09-21T15:15:20.000+01:00',
    });
    expect(observations(request)[0]?.derivedFrom).toEqual(reportOf(request).imagingStudy);
  });

  it.each(['20261340', '2026', ''])('says no day where there is none: %s', (StudyDate) => {
    expect(reportOf(from({ StudyDate }))).not.toHaveProperty('effectiveDateTime');
  });

  it('refuses images of no study', () => {
    const source = headerOf({ PatientID: 'P1' });
    const request = { ...sample('finding'), source, report: buildReport(sample('finding')) };
    expect(() => buildTransaction(request, systems)).toThrow(/DATA_SET_UNREADABLE/);
  });
});

describe('the Device', () => {
  const nameOf = (request: ReportRequest) =>
    resourcesOf(request, 'Device')[0]?.identifier[0]?.value;
  const request = sample('finding');

  it('is one for all results of a device with a model version', () => {
    expect(nameOf(sample('no finding', 'CT'))).toBe(nameOf(request));
  });

  it('is another one with another serial number, software or model version', () => {
    const { device } = request;
    const names = [
      request,
      { ...request, device: { ...device, serial: 'S2' } },
      { ...request, device: { ...device, softwareVersion: '9.9.9' } },
      sample('newer model'),
    ].map(nameOf);
    expect(new Set(names).size).toBe(names.length);
  });

  it('tells the versions of software, model and bundle, and the UDI', () => {
    const bundleHash = 'ab'.repeat(32);
    const identity = { ...sampleManifest.identity, udi: '04012345678901' };
    const told = { ...request, bundleHash, manifest: { ...sampleManifest, identity } };
    const [device] = resourcesOf(told, 'Device');
    expect(device?.version?.map(({ value }) => value)).toEqual(['0.1.0', '1.2.3', bundleHash]);
    expect(device).toHaveProperty('udiCarrier', [{ deviceIdentifier: '04012345678901' }]);
  });
});

function withItem(source: DataSet, keyword: Keyword, item: DataSet): DataSet {
  const tag = tags[keyword];
  const element = { tag, vr: 'SQ', value: new Uint8Array(0), items: [item] };
  return { ...source, elements: new Map([...source.elements, [tag, element]]) };
}
