import { expect, it, onTestFinished } from 'vitest';
import { makePhantomInstance, type PhantomInstance } from '../demo/phantom-study.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import {
  type ApplianceSettings,
  forgetState,
  isTerminal,
  journey,
  makeDataFolder,
  readSpool,
  startTestAppliance,
} from './appliance.ts';
import { freePort } from './outside.ts';
import { startFhirDouble } from './peers/fhir-double.ts';
import { acknowledge, type Reaction, startMllpServer } from './peers/mllp-peer.ts';
import { until } from './peers/process.ts';

const study = (seed: number): PhantomInstance[] => [
  makePhantomInstance({
    seed,
    size: 256,
    patient: { name: 'DEMO^TEST', id: `DEMO-${seed}` },
    studyInstanceUid: `2.25.${seed}`,
    instanceNumber: 1,
  }),
];

const controlIdOf = (message: string) => message.split('\r')[0]?.split('|')[9];
const ris = (port: number) => ({
  name: 'RIS',
  protocol: 'hl7',
  host: '127.0.0.1',
  port,
  receivingApplication: 'RIS',
  answerSeconds: 5,
});

async function startRis(react: Reaction, port?: number) {
  const peer = await startMllpServer(react, undefined, port);
  onTestFinished(() => peer.close());
  return peer;
}

/** Sends studies and waits until `isDone` and nothing waits any more. */
async function settle(
  settings: ApplianceSettings,
  seeds: number[],
  isDone: () => boolean,
): Promise<void> {
  const appliance = await startTestAppliance(settings);
  for (const seed of seeds) await sendStudy(study(seed), appliance.scanner);
  const studies = seeds.map((seed) => `2.25.${seed}`);
  await appliance.untilExams(studies, isTerminal);
  expect(await until(isDone, 60_000)).toBe(true);
  expect(await until(() => appliance.source.device().outboxWaiting === 0, 60_000)).toBe(true);
  await appliance.stop();
}

it('a result is told to a RIS and to a FHIR server, once each', journey, async () => {
  const engine = await startRis((id) => [acknowledge('AA', id)]);
  const server = await startFhirDouble();
  onTestFinished(() => server.close());
  const fhir = { name: 'FHIR', protocol: 'fhir', url: server.url, patientSystem: 'urn:oid:1.2.3' };
  const reports = () =>
    [...server.stored.keys()].filter((place) => place.startsWith('DiagnosticReport/')).length;
  await settle(
    { destinations: [ris(engine.port), fhir] },
    [8100, 8101],
    () => engine.messages.length === 2 && reports() === 2,
  );
  const patients = engine.messages.map((message) => /PID\|1\|\|(DEMO-\d+)/.exec(message)?.[1]);
  expect(new Set(patients)).toEqual(new Set(['DEMO-8100', 'DEMO-8101']));
  expect([engine.messages.length, reports()]).toEqual([2, 2]);
});

it(
  'a flag that is withdrawn is told too, as no negative, and names what it replaces',
  journey,
  async () => {
    const engine = await startRis((id) => [acknowledge('AA', id)]);
    const server = await startFhirDouble();
    onTestFinished(() => server.close());
    const fhir = {
      name: 'FHIR',
      protocol: 'fhir',
      url: server.url,
      patientSystem: 'urn:oid:1.2.3',
    };
    const appliance = await startTestAppliance({ destinations: [ris(engine.port), fhir] });
    const [image] = study(8300);
    const flagged = makePhantomInstance({
      seed: 3,
      size: 512,
      findings: ['pneumothorax'],
      patient: { name: 'DEMO^TEST', id: 'DEMO-8300' },
      studyInstanceUid: image!.studyInstanceUid,
    });
    await sendStudy([flagged], appliance.scanner);
    const examId = flagged.studyInstanceUid;
    await appliance.untilExams([examId], ({ outcome }) => outcome.state === 'flagged');
    expect(await until(() => engine.messages.length === 1, 60_000)).toBe(true);
    await appliance.source.act(
      { user: 'ada', role: 'radiologist', address: '' },
      {
        kind: 'withdraw',
        examId,
        outcomeId: appliance.exam(examId)?.outcomeId ?? '',
        reason: 'false-flag',
        note: '',
      },
    );
    const reports = () =>
      [...server.stored.keys()].filter((place) => place.startsWith('DiagnosticReport/')).length;
    const isTold = () => engine.messages.length === 2 && reports() === 2;
    expect(await until(isTold, 60_000)).toBe(true);
    const [raised = '', withdrawn = ''] = engine.messages;
    expect(raised).toContain('52101004^Present');
    expect(withdrawn).not.toContain('52101004^Present');
    expect(withdrawn).toMatch(
      /121059\^Presence Undetermined.*Replaces|Replaces the result in the SR/s,
    );
    expect(withdrawn).toContain('The flag was withdrawn by a radiologist: The flag is wrong.');
    expect(withdrawn).not.toContain('ada');
  },
);

it(
  'a message outlives its listener’s absence, refusals, restarts and a lost index',
  journey,
  async () => {
    const dataFolder = makeDataFolder();
    const port = await freePort();
    const away = await startTestAppliance({ dataFolder, destinations: [ris(port)] });
    await sendStudy(study(8200), away.scanner);
    await away.untilExams(['2.25.8200'], isTerminal);
    expect(await until(() => away.source.device().outboxWaiting === 1)).toBe(true);
    await away.stop();

    let refusals = 1;
    const engine = await startRis((id) => [acknowledge(refusals-- > 0 ? 'AE' : 'AA', id)], port);
    forgetState(dataFolder);
    await settle({ dataFolder, destinations: [ris(port)] }, [], () => engine.messages.length === 2);
    const [refused, taken, ...others] = engine.messages;
    expect([taken, others]).toEqual([refused, []]);

    await settle({ dataFolder, destinations: [ris(port)] }, [], () => true);
    expect(engine.messages).toHaveLength(2);
    forgetState(dataFolder);
    await settle({ dataFolder, destinations: [ris(port)] }, [], () => engine.messages.length === 3);
    expect(engine.messages.map(controlIdOf)).toEqual(Array(3).fill(controlIdOf(taken ?? '')));
    const kept = readSpool(dataFolder, 'outgoing').filter(({ meta }) => meta['kind'] === 'message');
    expect(kept.map(({ data }) => data.toString())).toEqual([taken]);
  },
);
