import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readWitness } from '../audit/checkpoint.ts';
import { makePhantomInstance } from '../demo/phantom-study.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { createPublicKey } from 'node:crypto';
import { disk } from '../device/files.ts';
import { dialBroker, type Incoming } from '../ota/mqtt/broker-link.ts';
import { type MessageName, readMessage } from '../ota/mqtt/contract.ts';
import { upFilter, upTopics } from '../ota/mqtt/topics.ts';
import { isTerminal, journey, makeDataFolder, startTestAppliance } from './appliance.ts';
import { describeWith, freePort } from './outside.ts';
import { DeviceBroker } from './peers/device-broker.ts';
import { temporaryFolder } from './peers/process.ts';

const waits = { timeout: 60_000 };

/** What names a patient, an exam, a person or a peer, and has no place in what leaves for the fleet. */
const canaries = [
  'KANARIENVOGEL',
  'CANARY-4711',
  'CANARYACC',
  '1.2.3.',
  'CANARYSCU',
  'CANARYPACS',
  'CanaryBay',
];

describeWith(['mosquitto', 'openssl'], 'the appliance at a broker', () => {
  it(
    'tells how it stands and what it has recorded, and nothing of a patient',
    journey,
    async () => {
      const folder = temporaryFolder();
      onTestFinished(() => folder.remove());
      const broker = await DeviceBroker.start(folder.path);
      onTestFinished(() => broker.stop());
      const device = await broker.authority.issue('ct-1');
      const service = await broker.authority.issue('fleet-1');
      const heard: Incoming[] = [];
      const fleet = await dialBroker(
        {
          url: broker.url,
          clientId: 'fleet-1',
          sessionSeconds: 60,
          tls: { ca: broker.authority.certificate, cert: service.certificate, key: service.key },
        },
        { received: (message) => void heard.push(message), lost: () => {} },
      );
      onTestFinished(() => fleet.end());
      await fleet.subscribe(upTopics.map(upFilter));
      const of = <N extends MessageName>(name: N) =>
        heard
          .filter(({ schema }) => schema === name)
          .map(({ payload }) => readMessage(name, payload));

      const dataFolder = makeDataFolder();
      const metrics = { port: await freePort() };
      const appliance = await startTestAppliance({
        dataFolder,
        metrics,
        device: { name: 'CanaryBay', serial: 'SC-0042' },
        destinations: [{ name: 'CANARYPACS', host: '127.0.0.1', port: 1, aeTitle: 'CANARYPACS' }],
        mqtt: {
          url: broker.url,
          authorityFile: broker.authority.certificateFile,
          certificateFile: device.certificateFile,
          keyFile: device.keyFile,
          telemetrySeconds: 1,
        },
      });
      const study = makePhantomInstance({
        seed: 1,
        size: 128,
        patient: { name: 'KANARIENVOGEL^TWEETY', id: 'CANARY-4711' },
        accessionNumber: 'CANARYACC',
        studyInstanceUid: '1.2.3.1',
      });
      await sendStudy([study], { ...appliance.scanner, aeTitle: 'CANARYSCU' });
      await appliance.untilExams(['1.2.3.1'], isTerminal);
      await expect
        .poll(() => Object.values(of('telemetry').at(-1)?.outcomes ?? {}), waits)
        .toEqual([1]);
      const conditions = () => of('event').map((each) => 'condition' in each && each.condition);
      await expect.poll(conditions, waits).toContain('pacs-failing');
      const scraped = await (await fetch(`http://127.0.0.1:${metrics.port}/metrics`)).text();
      await appliance.stop();
      await expect.poll(() => of('lwt').map(({ because }) => because), waits).toEqual(['stopped']);
      await expect.poll(() => of('event').map(({ event }) => event), waits).toContain('stopped');

      expect(of('birth')).toMatchObject([{ bdSeq: 1, models: [{ name: 'chest-demo' }] }]);
      const [first] = of('audit-checkpoint');
      const publicKey = createPublicKey(disk.readText(join(dataFolder, 'audit', 'device.pem')));
      expect(readWitness(first!.checkpoint, publicKey)?.logId).toBe(first!.log);
      const counted = of('telemetry').at(-1)!.latency.counts;
      expect(Object.values(counted)).toEqual([1]);
      expect(scraped).toMatch(/^dicom_exams_total\{outcome="[a-z-]+"\} 1$/m);
      const everything = heard.map(({ topic, payload }) => `${topic} ${payload.toString()}`);
      everything.push(scraped);
      for (const name of canaries) expect(everything.join('\n').includes(name), name).toBe(false);
    },
  );
});
