import { createPublicKey, X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import {
  identityFolderOf,
  openDeviceKey,
  pairingCodeOf,
  thumbprintOf,
} from '../device/identity-key.ts';
import { keyFolderOf, openKeyFile } from '../device/keys.ts';
import { dialBroker, type Incoming } from '../ota/mqtt/broker-link.ts';
import { upFilter } from '../ota/mqtt/topics.ts';
import {
  issueDeviceCertificate,
  issueServiceCertificate,
} from '../provisioning/authority/authority.ts';
import { readCertificateRequest } from '../provisioning/enrolment/request.ts';
import { readRequestFile, takeCertificate, writeRequest } from '../provisioning/enrolment/stick.ts';
import { readToken } from '../provisioning/enrolment/token.ts';
import { CertificateRenewal } from '../runtime/certificate-renewal.ts';
import { parseConfiguration } from '../runtime/config.ts';
import { readBroker } from '../runtime/tls-files.ts';
import { journey, startTestAppliance } from './appliance.ts';
import { startEst } from './est-server.ts';
import { describeWith } from './outside.ts';
import { DeviceBroker } from './peers/device-broker.ts';
import { temporaryFolder } from './peers/process.ts';

const serial = 'SC-0042';
const day = 24 * 3600_000;
const waits = { timeout: 60_000 };

/** A device that was let in `daysAgo`, its fleet, and where its certificate lies. */
async function enrolled(daysAgo: number) {
  const base = temporaryFolder();
  const dataFolder = join(base.path, 'data');
  mkdirSync(dataFolder);
  const est = await startEst(base.path);
  onTestFinished(async () => {
    await est.close();
    base.remove();
  });
  const keys = openKeyFile(disk, keyFolderOf(dataFolder));
  const parts = { folder: identityFolderOf(dataFolder), files: disk, keys, clock: systemClock };
  const asked = await writeRequest(parts, { serial, site: 'north-1' });
  const request = await readCertificateRequest(readRequestFile(asked));
  const at = systemClock.now() - daysAgo * day;
  const certificate = await issueDeviceCertificate(est.authority, request, at);
  const thumbprint = thumbprintOf(request.publicKey);
  const who = { device: 'sc-0042', serial, site: 'north-1', thumbprint };
  await est.store.redeem({ ...who, once: '0', certificate, at });
  const now = systemClock.now();
  const token = readToken(est.token(), { site: 'north-1', serial, now, issuerKey: est.tokenKey });
  const answer = `${certificate}${est.authority.certificate.toString()}`;
  takeCertificate(answer, { ...parts, token, serial });
  const path = join(parts.folder, 'device.pem');
  return { est, base: base.path, dataFolder, keys, folder: parts.folder, path };
}

type Enrolled = Awaited<ReturnType<typeof enrolled>>;

const configure = ({ dataFolder, folder }: Enrolled, url = 'mqtts://localhost:1') => ({
  dataFolder,
  device: { serial },
  mqtt: {
    url,
    authorityFile: join(folder, 'ca.pem'),
    certificateFile: join(folder, 'device.pem'),
    keyFile: join(folder, 'device.key'),
  },
});

function startRenewal(device: Enrolled) {
  const told: string[] = [];
  const renewal = new CertificateRenewal({
    clock: systemClock,
    files: disk,
    keys: device.keys,
    configuration: parseConfiguration(configure(device)),
    log: (_, event) => told.push(event),
    renewed: () => told.push('renewed'),
  });
  renewal.start();
  onTestFinished(() => renewal.close());
  return told;
}

const daysLeft = ({ path }: Enrolled): number => {
  const { validToDate } = new X509Certificate(readFileSync(path));
  return Math.round((validToDate.getTime() - systemClock.now()) / day);
};

test('a certificate that is due is renewed at the start, and the broker’s settings have it with the opened key', async () => {
  const device = await enrolled(80);
  expect(daysLeft(device)).toBe(10);
  const told = startRenewal(device);
  await expect.poll(() => told, waits).toEqual(['certificate renewed', 'renewed']);
  expect(daysLeft(device)).toBe(90);
  const settings = readBroker(parseConfiguration(configure(device)), disk, () => device.keys);
  expect(settings?.tls.cert).toBe(readFileSync(device.path, 'utf8'));
  const own = new X509Certificate(settings!.tls.cert).publicKey;
  expect(createPublicKey(settings!.tls.key).equals(own)).toBe(true);
});

test('where the renewal fails the certificate goes on, and the log says why', async () => {
  const device = await enrolled(80);
  await device.est.revoke('sc-0042');
  const told = startRenewal(device);
  await expect.poll(() => told, waits).toEqual(['ENROLMENT_REVOKED']);
  expect(daysLeft(device)).toBe(10);
});

describeWith(['mosquitto'], 'an enrolled appliance', () => {
  test(
    'is at the broker by the certificate that the fleet gave it, and renews it while it runs',
    journey,
    async () => {
      const device = await enrolled(80);
      const names = await issueServiceCertificate(
        device.est.authority,
        ['localhost'],
        systemClock.now(),
      );
      const at = (name: string) => join(device.base, name);
      writeFileSync(at('broker.pem'), names.cert);
      writeFileSync(at('broker.key'), names.key);
      const identity = {
        certificateFile: at('broker.pem'),
        keyFile: at('broker.key'),
        certificate: names.cert,
        key: names.key,
      };
      const broker = await DeviceBroker.startFor(
        device.base,
        join(device.folder, 'ca.pem'),
        identity,
      );
      onTestFinished(() => broker.stop());
      const heard: Incoming[] = [];
      const fleet = await listen(device, broker.url, heard);
      onTestFinished(() => fleet.end());
      const appliance = await startTestAppliance(configure(device, broker.url));
      await expect.poll(() => daysLeft(device), waits).toBe(90);
      await expect.poll(() => heard.length, waits).toBeGreaterThan(0);
      expect(heard.map(({ topic }) => topic)).toContain('v1/sc-0042/up/birth');
      const code = pairingCodeOf(thumbprintOf(openDeviceKey(disk, device.folder, device.keys)));
      expect(JSON.stringify(appliance.source.deviceDetail())).toContain(code);
      await appliance.stop();
    },
  );
});

/** Hears births, with a certificate of the fleet’s service. */
async function listen({ est }: Enrolled, url: string, heard: Incoming[]) {
  const { cert, key } = await issueServiceCertificate(
    est.authority,
    ['fleet-1'],
    systemClock.now(),
  );
  const tls = { ca: est.authority.certificate.toString(), cert, key };
  const link = await dialBroker(
    { url, clientId: 'fleet-1', sessionSeconds: 60, tls },
    { received: (message) => void heard.push(message), lost: () => undefined },
  );
  await link.subscribe([upFilter('birth')]);
  return link;
}
