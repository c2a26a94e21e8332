import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { showEvents, type ShownEvent } from '../audit/export.ts';
import { encodeDicomMessage } from '../audit/forward/dicom-message.ts';
import { messageOf } from '../audit/forward/message.ts';
import { readLog } from '../audit/frame-reader.ts';
import type { PhantomInstance } from '../demo/phantom-study.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { dialBroker, type Incoming } from '../ota/mqtt/broker-link.ts';
import { upFilter, upTopics } from '../ota/mqtt/topics.ts';
import { roles } from '../panel/role.ts';
import { startPanel } from '../panel/server.ts';
import {
  isTerminal,
  journey,
  type RunningAppliance,
  readSpool,
  startTestAppliance,
} from './appliance.ts';
import { describeWith } from './outside.ts';
import { SampleSource } from './panel-source.ts';
import { fillAccounts, openAccounts, sampleAccounts, visit } from './panel-visitor.ts';
import { DeviceBroker } from './peers/device-broker.ts';
import { temporaryFolder } from './peers/process.ts';
import {
  canaryLabel,
  canaryScore,
  makeFlaggingCandidate,
  phantomStudy,
  readPairs,
} from './shadow-bundles.ts';

const secrets = [canaryLabel, '99CANARY', canaryScore];
const seeds = [9301, 9302, 9303];
const ids = seeds.map((seed) => `2.25.${seed}`);
const hospital = generateKeyPairSync('x25519');

function secretsIn(text: string): string[] {
  return secrets.filter((secret) => text.includes(secret));
}

/** A broker with somebody who hears everything that devices say. */
async function listenIn() {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  const broker = await DeviceBroker.start(folder.path);
  onTestFinished(() => broker.stop());
  const { url, authority } = broker;
  const [device, service] = [await authority.issue('ct-1'), await authority.issue('fleet-1')];
  const heard: Incoming[] = [];
  const tls = { ca: authority.certificate, cert: service.certificate, key: service.key };
  const fleet = await dialBroker(
    { url, clientId: 'fleet-1', sessionSeconds: 60, tls },
    { received: (message) => void heard.push(message), lost: () => {} },
  );
  onTestFinished(() => fleet.end());
  await fleet.subscribe(upTopics.map(upFilter));
  const { certificateFile, keyFile } = device;
  const settings = { url, authorityFile: authority.certificateFile, certificateFile, keyFile };
  return { heard, mqtt: { ...settings, telemetrySeconds: 1 } };
}

/** Every address that the panel answers to a question, with an exam in the place of what is named in it. */
async function listPages(): Promise<string[]> {
  const clock = systemClock;
  const accounts = await sampleAccounts();
  const source = new SampleSource();
  const panel = await startPanel({ host: '127.0.0.1', port: 0, clock, source, accounts });
  await panel.close();
  return panel.routes
    .filter(({ method, url }) => method === 'GET' && !/events|assets/.test(url))
    .flatMap(({ url }) => seeds.map((seed) => addressOf(url, phantomStudy(seed)[0]!)));
}

/** Addresses name the exam first, then its image, then a finding. */
function addressOf(url: string, { studyInstanceUid, sopInstanceUid }: PhantomInstance): string {
  const names = [studyInstanceUid, sopInstanceUid, 'pneumothorax'];
  return url.replaceAll(/:\w+/g, () => names.shift() ?? '');
}

/** What the panel says to every role at every address. */
async function readPanel({ panelUrl, dataFolder }: RunningAppliance): Promise<Map<string, string>> {
  await fillAccounts(openAccounts(dataFolder));
  const pages = [...new Set(await listPages()), '/?show=look', '/?show=flagged'];
  const said = new Map<string, string>();
  for (const role of roles) {
    const visitor = await visit({ url: panelUrl }, role);
    for (const page of pages) {
      const answer = await visitor.fetch(page);
      said.set(`${page} for ${role}`, `${answer.status} ${await answer.text()}`);
    }
  }
  return said;
}

/** The audit log of a stopped appliance, and what it sends to repositories. */
function readAudit(dataFolder: string): string {
  const folder = join(dataFolder, 'audit');
  const publicKey = createPublicKey(disk.readText(join(folder, 'device.pem')));
  const events: ShownEvent[] = [];
  const keys = { publicKey, hospital: hospital.privateKey };
  expect(
    showEvents(readLog(disk, folder), keys, (event) => events.push(event)).fault,
  ).toBeUndefined();
  return events
    .map((event) => {
      const { sequence, wall } = event;
      const message = messageOf(
        { logId: 'ab'.repeat(16), sequence, wall, event },
        { id: 'SC-0042', application: 'SCANSIDE' },
      );
      return `${JSON.stringify(event)} ${encodeDicomMessage(message)}`;
    })
    .join('\n');
}

describeWith(['mosquitto', 'openssl'], 'what a candidate says', () => {
  it(
    'is kept for the comparison, and is on no page, in no object, message, log or audit record',
    journey,
    async () => {
      const folder = temporaryFolder();
      onTestFinished(() => folder.remove());
      const models = await makeFlaggingCandidate(folder.path);
      const hospitalKeyFile = join(folder.path, 'hospital.pem');
      writeFileSync(hospitalKeyFile, hospital.publicKey.export({ format: 'pem', type: 'spki' }));
      const { heard, mqtt } = await listenIn();
      const appliance = await startTestAppliance({
        models: { folder: models, enabled: ['chest-demo@1.0.0'] },
        shadow: { candidate: 'chest-demo@1.0.1', minStudies: 3 },
        audit: { hospitalKeyFile },
        mqtt,
        destinations: [
          { name: 'PACS', host: '127.0.0.1', port: 1, aeTitle: 'PACS' },
          {
            name: 'RIS',
            protocol: 'hl7',
            host: '127.0.0.1',
            port: 1,
            receivingApplication: 'RIS',
            receivingFacility: 'H',
          },
        ],
      });
      for (const seed of seeds) await sendStudy(phantomStudy(seed), appliance.scanner);
      await appliance.untilExams(ids, isTerminal);
      const { dataFolder } = appliance;
      await expect.poll(() => readPairs(dataFolder).length, { timeout: 90_000 }).toBe(ids.length);

      const said = await readPanel(appliance);
      const live = { exams: appliance.exams(), models: appliance.source.models() };
      const exams = [...said].filter(([page]) => page.includes(ids[0]!));
      expect(exams.some(([, text]) => text.startsWith('200'))).toBe(true);
      const told = () => heard.map(({ topic, payload }) => `${topic} ${payload.toString()}`);
      const telemetry = heard.length;
      await expect.poll(() => heard.length, { timeout: 30_000 }).toBeGreaterThan(telemetry + 1);
      await appliance.stop();

      const candidates = readPairs(dataFolder).flatMap(({ answers }) => answers);
      expect(candidates.length).toBeGreaterThan(0);
      // The canary sings: every score of the candidate is the one that is looked for.
      for (const { candidate } of candidates)
        expect('score' in candidate && String(candidate.score)).toContain(canaryScore);
      const objects = readSpool(dataFolder, 'outgoing').map(
        ({ meta, data }) => `${JSON.stringify(meta)} ${data.toString('latin1')}`,
      );
      expect(objects.some((text) => text.includes('MSH|'))).toBe(true);
      const places = new Map([
        ...said,
        ['what the panel is told', JSON.stringify(live)],
        ['objects', objects.join('\n')],
        ['messages', told().join('\n')],
        ['log', appliance.log.join('\n')],
        ['audit', readAudit(dataFolder)],
      ]);
      for (const [place, text] of places) {
        expect(text.length, place).toBeGreaterThan(0);
        expect(secretsIn(text), place).toEqual([]);
      }
      expect(appliance.log.join('\n')).toContain('comparison begun');
    },
  );
});
