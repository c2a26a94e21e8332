import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findAccelerator } from '../cli/accelerator-trial.ts';
import { enrolDevice } from '../cli/provision-enrolment.ts';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { keyLength, keysOf } from '../device/keys.ts';
import { machineRoots } from '../device/machine/attribute.ts';
import { readMachine } from '../device/machine/readings.ts';
import { enrolmentCheck } from '../provisioning/checks/enrolment-check.ts';
import { type FleetPeers, fleetChains } from '../provisioning/checks/fleet-check.ts';
import {
  judgeAccelerator,
  judgeDisk,
  judgeMemory,
  judgePowerMode,
} from '../provisioning/checks/machine-check.ts';
import { timeCheck } from '../provisioning/checks/time-check.ts';
import { siteSchema } from '../provisioning/site/site-file.ts';
import { parseConfiguration } from '../runtime/config.ts';
import { Authority } from './certificates.ts';
import { startEst } from './est-server.ts';
import { describeWith, freePort } from './outside.ts';
import { DeviceBroker } from './peers/device-broker.ts';
import { isListening, startProgram } from './peers/process.ts';
import { startTimeServer } from './peers/time-server.ts';
import { expectFault, makeFolder, run, way } from './provision-fault.ts';
import { publishedRepository } from './update-repository.ts';

const patient = { timeout: 120_000 };

describe('the machine', () => {
  const expectation = siteSchema.shape.expect.parse({
    accelerator: 'tensorrt',
    powerMode: 'MAXN',
    memoryGigabytes: 4096,
  });

  it('is named where its disk is full', () => {
    // /proc is a file system without room.
    expectFault([judgeDisk(disk.space('/proc'), expectation)], 'DISK_SHORT', /0 GB free, 20 GB/);
  });

  it('is named where it has too little memory', () => {
    const { memory } = readMachine(disk, machineRoots);
    expectFault([judgeMemory(memory, expectation)], 'MEMORY_SHORT', /4096 GB wanted/);
  });

  it('is named where its power mode is another', () => {
    expectFault([judgePowerMode('15W', expectation)], 'POWER_MODE_OTHER', /15W, MAXN wanted/);
  });

  it('is named where the accelerator does not work', async () => {
    const folder = makeFolder();
    const tried = await findAccelerator(
      parseConfiguration({ dataFolder: folder, inference: { library: join(folder, 'none.so') } }),
      disk,
      systemClock,
    );
    expectFault([judgeAccelerator(tried, expectation)], 'ACCELERATOR_MISSING', /TensorRT/);
  });

  it.each([
    [180_000, 'ahead of', 'behind'],
    [-180_000, 'behind', 'ahead of'],
  ])('is named where its clock is 3 minutes off (%i)', async (offset, _, words) => {
    const { server, stop } = await startTimeServer(offset);
    onTestFinished(stop);
    const verdict = await timeCheck({ servers: [server], limitSeconds: 5 }, systemClock).run();
    expectFault([verdict], 'CLOCK_OFF', new RegExp(`1[78][.0-9]* s ${words} ${server}`));
  });

  it('is warned of where its clock drifts, and named where no time server answers', async () => {
    const { server, stop } = await startTimeServer(2500);
    onTestFinished(stop);
    const silent = `127.0.0.1:${await freePort()}`;
    const ask = (...servers: string[]) =>
      timeCheck({ servers, limitSeconds: 5 }, systemClock).run();
    expect(await ask(silent, server)).toMatchObject({ state: 'warn', code: 'CLOCK_DRIFTS' });
    expectFault([await ask(silent)], 'TIME_SERVER_SILENT', new RegExp(silent));
  });
});

describeWith(['mosquitto', 'openssl'], 'the fleet’s side', () => {
  const enter = (fleet: Partial<FleetPeers>) =>
    Promise.all(fleetChains({ audit: [], ...fleet }, way).map(run));

  it('lets the device in, and is named where it does not', patient, async () => {
    const folder = makeFolder();
    const broker = await DeviceBroker.start(folder);
    onTestFinished(() => broker.stop());
    const own = await broker.authority.issue('sc-0042');
    const tls = { ca: broker.authority.certificate, cert: own.certificate, key: own.key };
    const [right] = await enter({ broker: { url: broker.url, tls } });
    expect(right?.at(-1)).toMatchObject({ state: 'pass', facts: { device: 'sc-0042' } });

    const stranger = await (await Authority.make(folder, 'stranger')).issue('sc-0042', 2);
    const asStranger = { ...tls, cert: stranger.certificate, key: stranger.key };
    const [refused] = await enter({ broker: { url: broker.url, tls: asStranger } });
    expectFault(refused ?? [], 'PEER_WANTS_CERTIFICATE', /localhost/);
    await broker.stop();
    const [gone] = await enter({ broker: { url: broker.url, tls } });
    expectFault(gone ?? [], 'PEER_PORT_CLOSED', /localhost/);
  });

  it('is named where the broker knows the authority and not the device', patient, async () => {
    const folder = makeFolder();
    const authority = await Authority.make(folder, 'fleet');
    const server = await authority.issue('localhost');
    const port = await freePort();
    const config = [
      `listener ${port} 127.0.0.1`,
      `cafile ${authority.certificateFile}`,
      `certfile ${server.certificateFile}`,
      `keyfile ${server.keyFile}`,
      'allow_anonymous false',
      'user root',
    ];
    writeFileSync(join(folder, 'broker.conf'), `${config.join('\n')}\n`);
    const args = ['-c', join(folder, 'broker.conf')];
    const running = await startProgram('mosquitto', args, () => isListening(port));
    onTestFinished(() => running.stop());
    const own = await authority.issue('sc-0042');
    const tls = { ca: authority.certificate, cert: own.certificate, key: own.key };
    const [checks] = await enter({ broker: { url: `mqtts://localhost:${port}`, tls } });
    expectFault(checks ?? [], 'BROKER_REFUSES', /localhost/);
  });

  it('is named where the repository of updates is none', patient, async () => {
    const server = createServer((_, response) => void response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const root = await publishedRepository().fetch('1.root.json');
    const [checks] = await enter({
      updates: { repository: `http://127.0.0.1:${port}`, root: root! },
    });
    expectFault(checks ?? [], 'UPDATES_NOT_REACHED', /timestamp\.json is not there/);
  });
});

describe('an enrolment', () => {
  it.each([
    ['the token has expired', { expires: 1_790_000_000_000 }, 'ENROLMENT_TOKEN_EXPIRED', /clock/],
    ['the token is of another site', { site: 'south-2' }, 'ENROLMENT_TOKEN_OTHER_SITE', /south-2/],
    ['the token is of another device', { serial: 'SC-1' }, 'ENROLMENT_TOKEN_OTHER_DEVICE', /SC-1/],
    ['the authority is another', { caThumbprint: 'ab'.repeat(32) }, 'EST_UNTRUSTED', /./],
  ])('is named where %s', patient, async (_, change, code, says) => {
    const folder = makeFolder();
    const est = await startEst(folder);
    onTestFinished(() => est.close());
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, est.token(change));
    const { dataFolder, ...configuration } = parseConfiguration({ device: { serial: 'SC-0042' } });
    const check = enrolmentCheck(() =>
      enrolDevice(
        { site: 'north-1', tokenFile },
        { ...configuration, dataFolder: join(folder, dataFolder) },
        { files: disk, clock: systemClock, keys: keysOf(Buffer.alloc(keyLength, 7)) },
      ),
    );
    const verdict = await check.run();

    expectFault([verdict], code, says);
  });
});
