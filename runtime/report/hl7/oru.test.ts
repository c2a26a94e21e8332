import { describe, expect, it } from 'vitest';
import { reportCases } from '../../../demo/report-case.ts';
import { headerOf, reportSample, reportSamples } from '../../../demo/report-sample.ts';
import { notAnalysedReasons } from '../../../models/outcome.ts';
import { sampleManifest } from '../../../tests/fixtures/manifest.ts';
import type { DataElement, DataSet } from '../../dicom/data-set.ts';
import { type Keyword, tags } from '../../dicom/tag.ts';
import { buildReport } from '../report.ts';
import type { ReportRequest } from '../request.ts';
import { buildOru, type OruParties } from './oru.ts';

const parties: OruParties = {
  sendingApplication: 'SCANSIDE',
  sendingFacility: 'ROOM1^1.2.3^ISO',
  receivingApplication: 'RIS',
  receivingFacility: '',
  processingId: 'P',
};

function requestOf(outcome: string, modality = 'CR'): ReportRequest {
  return reportSample(sampleManifest, { outcome, modality, characterSet: 'ISO_IR 192' }, 1).request;
}

function write(request: ReportRequest): string {
  return buildOru({ ...request, report: buildReport(request) }, parties).text;
}

/** The segments of a name, each as its fields by number. */
function segments(text: string, name: string): string[][] {
  const all = text.split('\r').map((segment) => segment.split('|'));
  return all.filter((fields) => fields[0] === name);
}

/** OBX of a message as identifier, value, unit, flag and status. */
function results(request: ReportRequest): string[] {
  return segments(write(request), 'OBX').map((fields) =>
    [3, 5, 6, 8, 11].map((number) => fields[number] ?? '').join('|'),
  );
}

function withSource(
  attributes: { [K in Keyword]?: string },
  items: Record<number, DataSet[]> = {},
) {
  const source = headerOf({
    SpecificCharacterSet: 'ISO_IR 192',
    StudyInstanceUID: '2.25.77',
    ...attributes,
  });
  const sequences = Object.entries(items).map(([tag, of]): [number, DataElement] => [
    Number(tag),
    { tag: Number(tag), vr: 'SQ', value: new Uint8Array(0), items: of },
  ]);
  const elements = new Map([...source.elements, ...sequences]);
  return write({ ...requestOf('finding'), source: { ...source, elements } });
}

const pid = (text: string): string[] => segments(text, 'PID')[0] ?? [];
const obr = (text: string): string[] => segments(text, 'OBR')[0] ?? [];
const samples = reportSamples(sampleManifest, 60).map(({ request }) => ({
  request,
  text: write(request),
}));

describe('an ORU^R01', () => {
  it('is the same for the same request, and has the control ID of its report alone', () => {
    const ids = samples.map(({ request, text }) => {
      const message = buildOru({ ...request, report: buildReport(request) }, parties);
      expect(message.text).toBe(text);
      expect(message.controlId).toMatch(/^[\dA-F]{20}$/);
      expect(text.split('|')[9]).toBe(message.controlId);
      return message.controlId;
    });
    expect(new Set(ids).size).toBe(samples.length);
  });

  it('has a header, a patient, an order, notes and results, in that order', () => {
    for (const { text } of samples)
      expect(text).toMatch(/^MSH[^\r]*\rPID[^\r]*\rOBR[^\r]*\r(NTE[^\r]*\r)+(OBX[^\r]*\r)+$/);
  });

  it('says who, when, what and in which character set', () => {
    const [message = ''] = write(requestOf('finding')).split('\r');
    expect(message).toMatch(
      /^MSH\|\^~\\&\|SCANSIDE\|ROOM1\^1\.2\.3\^ISO\|RIS\|\|20260921151420\.000\+0100\|\|ORU\^R01\^ORU_R01\|[\dA-F]{20}\|P\|2\.5\.1\|{6}UNICODE UTF-8$/,
    );
  });

  it('names study, report, algorithm and device', () => {
    const request = requestOf('finding');
    const text = write(request);
    const { sopInstanceUid } = buildReport(request);
    expect(results(request)).toEqual(
      expect.arrayContaining([
        '111001^Algorithm Name^DCM|Scanside chest demonstration|||P',
        '111003^Algorithm Version^DCM|1.2.3|||P',
        '113014^DICOM Study^DCM|2.25.319335047613465381972449008776000983711|||P',
        `^SR Instance UID|${sopInstanceUid}|||P`,
      ]),
    );
    for (const obx of segments(text, 'OBX')) {
      expect(obx[18]).toMatch(/^DEMO-0001\^\^2\.25\.\d+\^ISO$/);
      expect(obx[17]).toBe('123110^Artificial Intelligence^DCM');
    }
  });
});

describe('what a result says', () => {
  const pneumothorax = '36118008^Pneumothorax^SCT';

  it.each([
    ['finding', '52101004^Present^SCT||A|P'],
    ['no finding', '272519000^Absent^SCT|||P'],
    ['grey zone', '121059^Presence Undetermined^DCM|||P'],
    ['members that disagree', '121059^Presence Undetermined^DCM|||P'],
    ['finding beside a missed image', '52101004^Present^SCT||A|P'],
    ['rejected for quality', `111225^Not Attempted^DCM^^^^^^${notAnalysedReasons.quality}|||X`],
    ['timeout', `111224^Failed^DCM^^^^^^${notAnalysedReasons.timeout}|||X`],
  ])('%s', (outcome, said) => {
    expect(results(requestOf(outcome))[0]).toBe(`${pneumothorax}|${said}`);
  });

  it('has the probability and the threshold, cut off and never rounded up', () => {
    const request = requestOf('no finding');
    const { conclusion } = request;
    if (conclusion.state !== 'no-flag') throw new Error('needs a sample without a flag');
    const findings = conclusion.findings.map((each) => ({ ...each, probability: 0.619_999 }));
    expect(results({ ...request, conclusion: { ...conclusion, findings } })).toEqual(
      expect.arrayContaining([
        '122157^Probability^DCM|61.99|%^Percent^UCUM||P',
        '122411^Threshold Value^DCM|62.00|%^Percent^UCUM||P',
      ]),
    );
  });

  it('has neither where the bundle does not show its flag', () => {
    const show = { ...sampleManifest.show, flag: false };
    const request = { ...requestOf('finding'), manifest: { ...sampleManifest, show } };
    expect(segments(write(request), 'OBX').filter((fields) => fields[2] === 'NM')).toEqual([]);
  });

  const open = Object.keys(reportCases).filter(
    (outcome) => requestOf(outcome).conclusion.state === 'not-analysed',
  );

  it.each(open)('%s: never reads as a negative', (outcome) => {
    for (const modality of ['CR', 'CT']) {
      const request = requestOf(outcome, modality);
      const said = results(request).join('\n');
      expect(said).not.toMatch(/absent|without findings|negative/i);
      expect(segments(write(request), 'NTE')[0]?.[3]).toContain('not a negative result');
    }
  });

  it('gives the reason, and no number, of what was not analysed', () => {
    const unseen = open.filter((outcome) => !('seen' in requestOf(outcome).conclusion));
    expect(unseen.length).toBeGreaterThan(4);
    for (const outcome of unseen) {
      const request = requestOf(outcome);
      if (request.conclusion.state !== 'not-analysed') throw new Error(outcome);
      const text = write(request);
      const why = notAnalysedReasons[request.conclusion.reason];
      expect(segments(text, 'OBX').filter((fields) => fields[2] === 'NM')).toEqual([]);
      expect(results(request)).toContainEqual(
        expect.stringMatching(new RegExp(`^111065\\^.*\\^${why}\\|`)),
      );
      expect(segments(text, 'NTE')[0]?.[3]).toContain(`Not analysed: ${why}.`);
    }
  });

  it('never calls anything normal', () => {
    for (const { text } of samples) {
      expect(text).not.toMatch(/normal/i);
      for (const obx of segments(text, 'OBX')) expect(['', 'A']).toContain(obx[8]);
    }
  });

  it('is preliminary, and has the labelling notice', () => {
    for (const { request, text } of samples) {
      expect(obr(text)[25]).toBe('P');
      const notice = request.manifest?.labelling.notice ?? 'Automatic message of a device.';
      expect(segments(text, 'NTE')[0]?.[3]).toContain(notice);
    }
  });

  it('names the result that it replaces', () => {
    const request = requestOf('late slices');
    expect(segments(write(request), 'NTE')[1]?.[3]).toBe(
      `Replaces the result in the SR ${request.predecessor?.sopInstanceUid}.`,
    );
  });
});

describe('patient and order', () => {
  it('come as the images say', () => {
    const text = withSource(
      {
        PatientID: 'P7',
        IssuerOfPatientID: 'HOSPITAL',
        PatientName: 'Adams^John Robert Quincy^Q^Rev.^B.A. M.Div.=山田^太郎=やまだ^たろう',
        PatientBirthDate: '19580102',
        PatientSex: 'O',
        AccessionNumber: 'ACC7',
        StudyDate: '20260921',
        StudyTime: '063000.123456',
        TimezoneOffsetFromUTC: '+0530',
      },
      {
        [tags.IssuerOfPatientIDQualifiersSequence]: [
          headerOf({
            UniversalEntityID: '1.2.3',
            UniversalEntityIDType: 'ISO',
            IdentifierTypeCode: 'MR',
          }),
        ],
        [tags.OtherPatientIDsSequence]: [
          headerOf({ PatientID: 'N9', IssuerOfPatientID: 'NATION' }),
          headerOf({ IssuerOfPatientID: 'NOBODY' }),
        ],
        [tags.IssuerOfAccessionNumberSequence]: [headerOf({ LocalNamespaceEntityID: 'RIS' })],
        [tags.ProcedureCodeSequence]: [
          headerOf({ CodeValue: 'XCH', CodingSchemeDesignator: '99RIS', CodeMeaning: 'Chest' }),
        ],
      },
    );
    expect(pid(text).slice(3)).toEqual([
      'P7^^^HOSPITAL&1.2.3&ISO^MR~N9^^^NATION',
      '',
      'Adams^John Robert Quincy^Q^B.A. M.Div.^Rev.^^^A~山田^太郎^^^^^^I~やまだ^たろう^^^^^^P',
      '',
      '19580102',
      'O',
    ]);
    expect(obr(text).slice(2, 8)).toEqual([
      'ACC7^RIS',
      'ACC7^RIS',
      'XCH^Chest^99RIS',
      '',
      '',
      '20260921063000.1234+0530',
    ]);
    expect(obr(text)[18]).toBe('ACC7');
  });

  it('stay empty where the images say nothing', () => {
    const text = withSource({});
    expect(pid(text)).toEqual(['PID', '1']);
    expect([2, 3, 7, 18].map((number) => obr(text)[number])).toEqual(['', '', '', '']);
    expect(obr(text)[4]).toBe('363679005^Imaging procedure^SCT');
  });

  it('say nothing that is no date, no time and no sex', () => {
    const text = withSource({
      PatientBirthDate: '19580231',
      PatientSex: 'X',
      StudyDate: '20260921',
      StudyTime: '250000',
    });
    expect(pid(text)).toEqual(['PID', '1']);
    expect(obr(text)[7]).toBe('20260921');
  });

  it('cannot add a segment or a field', () => {
    const evil = 'A|B^C~D&E\rPID|1||EVIL\nOBX|1\x0b\x1c\r';
    const text = withSource({ PatientID: evil, PatientName: evil, AccessionNumber: evil });
    const plain = withSource({ PatientID: 'A', PatientName: 'A^C', AccessionNumber: 'A' });
    const shape = (of: string): number[] => of.split('\r').map((each) => each.split('|').length);
    expect(shape(text)).toEqual(shape(plain));
    expect(text.replaceAll('\r', '')).not.toMatch(/\p{Cc}/u);
    expect(pid(text)[3]).toBe(
      'A\\F\\B\\S\\C\\R\\D\\T\\E\\X0D\\PID\\F\\1\\F\\\\F\\EVIL\\X0A\\OBX\\F\\1\\X0B\\\\X1C\\\\X0D\\',
    );
  });
});
