import { afterAll, beforeAll, expect, it } from 'vitest';
import { patientNames } from '../demo/patient-name.ts';
import { reportCases } from '../demo/report-case.ts';
import { headerOf, reportSample, reportSamples } from '../demo/report-sample.ts';
import { systemClock } from '../device/clock.ts';
import type { RequestorTls } from '../runtime/dicom/requestor-tls.ts';
import type { Link } from '../runtime/outbox/destination.ts';
import { createHl7Courier } from '../runtime/outbox/hl7-courier.ts';
import { buildOru, type OruMessage } from '../runtime/report/hl7/oru.ts';
import { buildReport } from '../runtime/report/report.ts';
import type { ReportRequest } from '../runtime/report/request.ts';
import { Authority } from './certificates.ts';
import { sampleManifest } from './fixtures/manifest.ts';
import { describeWith } from './outside.ts';
import { type Hapi, hapi, startHapi, type Understood } from './peers/hapi.ts';
import { temporaryFolder, until } from './peers/process.ts';

const parties = {
  sendingApplication: 'SCANSIDE',
  sendingFacility: 'ROOM1',
  receivingApplication: 'RIS',
  receivingFacility: 'HOSPITAL^1.2.3^ISO',
  processingId: 'P' as const,
};

function messageOf(request: ReportRequest): OruMessage {
  return buildOru({ ...request, report: buildReport(request) }, parties);
}

const refer = (sopInstanceUid: string) => ({ sopClassUid: '', sopInstanceUid });

function openLink(port: number, messages: OruMessage[], tls?: RequestorTls): Promise<Link> {
  return createHl7Courier({
    clock: systemClock,
    destinations: [{ name: 'engine', host: '127.0.0.1', port, tls, answerMs: 30_000 }],
    load: (uid) => Buffer.from(messages[Number(uid)]!.text),
    refer,
  }).open('engine');
}

async function sendAll(port: number, messages: OruMessage[], tls?: RequestorTls) {
  const link = await openLink(port, messages, tls);
  const attempts = [];
  for (const at of messages.keys()) attempts.push(await link.store(String(at), refer(String(at))));
  await link.release();
  return attempts;
}

const requestOf = (outcome: string, characterSet = 'ISO_IR 192'): ReportRequest =>
  reportSample(sampleManifest, { outcome, modality: 'CR', characterSet }, 1).request;

function withPatient(id: string, name: string): ReportRequest {
  const source = headerOf({ StudyInstanceUID: '2.25.77', PatientID: id, PatientName: name });
  return { ...requestOf('finding'), source };
}

describeWith(['java', 'openssl', hapi], 'messages before HAPI', () => {
  let engine: Hapi;
  beforeAll(async () => {
    engine = await startHapi();
  }, 130_000);
  afterAll(() => engine?.stop());

  const accepted = { verdict: 'accepted' };
  /** Sends them and gives what the engine has made of them; its output comes on its own time. */
  async function understand(messages: OruMessage[]): Promise<Understood[]> {
    const before = engine.received().length;
    expect(await sendAll(engine.port, messages)).toEqual(messages.map(() => accepted));
    await until(() => engine.received().length === before + messages.length);
    return engine.received().slice(before);
  }

  const linesOf = (understood: Understood[], pattern: RegExp): string[] =>
    understood.flatMap(({ lines }) => lines.filter((line) => pattern.test(line)));

  it('are parsed strictly, acknowledged, and written again as they were', async () => {
    const samples = reportSamples(sampleManifest, 60);
    expect(new Set(samples.map(({ outcome }) => outcome))).toEqual(
      new Set(Object.keys(reportCases)),
    );
    const messages = samples.map(({ request }) => messageOf(request));
    const understood = await understand(messages);
    expect(understood.map(({ encoded }) => encoded)).toEqual(messages.map(({ text }) => text));
  }, 120_000);

  it('name the patient in every character set', async () => {
    const messages = patientNames.map(({ characterSet }) =>
      messageOf(requestOf('finding', characterSet)),
    );
    const understood = await understand(messages);
    const groups = patientNames.flatMap(({ text }) =>
      text.split('=').flatMap((group, at) => {
        const [family, given] = group.split('^');
        return group === '' ? [] : [`name=${family}/${given ?? null}/${['A', 'I', 'P'][at]}`];
      }),
    );
    expect(linesOf(understood, /^name=/)).toEqual(groups);
  }, 120_000);

  it('say the finding, or that and why there is none', async () => {
    const understood = await understand(
      ['finding', 'no finding', 'grey zone', 'timeout'].map((outcome) =>
        messageOf(requestOf(outcome)),
      ),
    );
    expect(linesOf(understood, /36118008/)).toEqual([
      'obx=CWE|36118008^Pneumothorax^SCT|CWE|52101004^Present^SCT|A|P',
      'obx=CWE|36118008^Pneumothorax^SCT|CWE|272519000^Absent^SCT||P',
      'obx=CWE|36118008^Pneumothorax^SCT|CWE|121059^Presence Undetermined^DCM||P',
      'obx=CWE|36118008^Pneumothorax^SCT|CWE|111224^Failed^DCM^^^^^^The analysis took too long and was stopped||X',
    ]);
  }, 120_000);

  it('cannot be broken by what a name holds', async () => {
    const id = 'A|B~C&D\rPID|1||EVIL\r\n';
    const messages = [messageOf(withPatient(id, 'O|Neil&Sons~\rOBX|1^J\x0b\x1c\rack'))];
    const [understood] = await understand(messages);
    const described = understood?.lines.join('\n') ?? '';
    expect(described).toContain('id=A|B~C&D\\X0D\\PID|1||EVIL\\X0D\\\\X0A\\ of null');
    expect(described).toContain('name=O|Neil&Sons~\\X0D\\OBX|1/J\\X0B\\\\X1C\\\\X0D\\ack/A');
  }, 120_000);

  it('are tried again later where it answers with an error', async () => {
    const request = withPatient('REFUSE-1234', 'Doe^Jane');
    const [attempt] = await sendAll(engine.port, [messageOf(request)]);
    expect(attempt).toMatchObject({ verdict: 'refused' });
    expect(JSON.stringify(attempt)).toMatch(/AE.*207 application internal error/);
    expect(JSON.stringify(attempt)).not.toMatch(/REFUSE|1234|Doe|Jane/);
  }, 120_000);

  it('of a version that it does not take are refused with its reason', async () => {
    const { controlId, text } = messageOf(requestOf('finding'));
    const other = { controlId, text: text.replace('|2.5.1|', '|9.9|') };
    const detail = 'AE: 203 unsupported version id';
    expect(await sendAll(engine.port, [other])).toEqual([{ verdict: 'refused', detail }]);
  }, 120_000);

  it('that its types forbid are noticed, so that an acceptance means something', async () => {
    const { controlId, text } = messageOf(requestOf('finding'));
    const bad = [
      text.replace('|80.60|', '|many|'),
      text.replace('|19580102|', '|2 January|'),
      text.replace('\rOBR|', '\rEVN|A01\rOBR|'),
    ].map((each) => ({ controlId, text: each }));
    const attempts = await sendAll(engine.port, bad);
    expect(attempts.map(({ verdict }) => verdict)).toEqual(['refused', 'refused', 'refused']);
  }, 120_000);
});

describeWith(['java', 'openssl', hapi], 'messages before HAPI over TLS', () => {
  const folder = temporaryFolder();
  afterAll(() => folder.remove());

  it('are acknowledged', async () => {
    const hospital = await Authority.make(folder.path, 'hospital');
    const identity = await hospital.issue('ris.example');
    const engine = await startHapi({ ...identity, place: folder.path });
    const tls = { authority: hospital.certificate, serverName: 'ris.example' };
    const messages = [messageOf(requestOf('finding'))];
    try {
      expect(await sendAll(engine.port, messages, tls)).toEqual([{ verdict: 'accepted' }]);
    } finally {
      await engine.stop();
    }
  }, 180_000);
});
