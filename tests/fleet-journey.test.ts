import fs from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makePhantomInstance } from '../demo/phantom-study.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { systemClock } from '../device/clock.ts';
import { FleetService } from '../ota/fleet/service/fleet-service.ts';
import { openStore } from '../ota/fleet/store/open-store.ts';
import { isTerminal, journey, startTestAppliance } from './appliance.ts';
import { describeWith } from './outside.ts';
import { DeviceBroker } from './peers/device-broker.ts';
import { temporaryFolder, until } from './peers/process.ts';
import { publish, serve } from './update-site.ts';

async function waitFor(condition: () => boolean | Promise<boolean>): Promise<void> {
  expect(await until(condition, 90_000)).toBe(true);
}

describeWith(['mosquitto', 'openssl'], 'a fleet and a device', () => {
  it(
    'bring a release from the fleet manager to what answers for an exam, over the broker as it is shipped',
    journey,
    async () => {
      const { path, remove } = temporaryFolder();
      onTestFinished(() => remove());
      const broker = await DeviceBroker.start(path);
      onTestFinished(() => broker.stop());
      const { authority } = broker;
      const [device, manager] = [await authority.issue('ct-1'), await authority.issue('fleet-1')];
      const { served, root, item, director } = publish();
      const rootFile = join(path, 'root.json');
      fs.writeFileSync(rootFile, root);
      const store = await openStore(join(path, 'fleet.db'));
      const service = new FleetService({
        clock: systemClock,
        store,
        broker: {
          url: broker.url,
          clientId: 'fleet-1',
          tls: { ca: authority.certificate, cert: manager.certificate, key: manager.key },
        },
        director,
        log: () => undefined,
      });
      service.start();
      onTestFinished(async () => {
        await service.stop();
        await store.close();
      });
      const appliance = await startTestAppliance({
        updates: { repository: await serve(served), rootFile, trialMinutes: 0.02 },
        mqtt: {
          url: broker.url,
          authorityFile: authority.certificateFile,
          certificateFile: device.certificateFile,
          keyFile: device.keyFile,
        },
      });
      await waitFor(async () => (await store.devices()).some(({ models }) => models.length > 0));

      const release = { ...item, version: '1.0.1', counter: 1 };
      const plan = { release, releases: [release], soakMs: 0, gatePercent: 90, failPercent: 5 };
      const given = { actor: 'test', now: systemClock.now() };
      await store.createRollout('new', plan, [{ device: 'ct-1', wave: 0 }], given);
      await waitFor(async () => (await store.rollout('new')).state === 'done');

      expect(appliance.source.models().map(({ version }) => version)).toEqual(['1.0.1']);
      const runs = async () => (await store.devices())[0]?.models[0]?.sha256;
      await waitFor(async () => (await runs()) === item.sha256);
      const instance = makePhantomInstance({
        seed: 9300,
        size: 256,
        patient: { name: 'DEMO^TEST', id: 'DEMO-9300' },
        studyInstanceUid: '2.25.9300',
      });
      await sendStudy([instance], appliance.scanner);
      await appliance.untilExams(['2.25.9300'], isTerminal);
      expect(appliance.exam('2.25.9300')!.outcome.state).not.toBe('not-analysed');
    },
  );
});
