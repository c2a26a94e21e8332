import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../device/clock.ts';
import { issueServiceCertificate } from '../provisioning/authority/authority.ts';
import { fingerprintOf } from '../provisioning/report/seal.ts';
import { Authority } from './certificates.ts';
import { startEst, type TestEst } from './est-server.ts';
import { describeWith, freePort } from './outside.ts';
import { echoscu } from './peers/dcmtk.ts';
import { DeviceBroker } from './peers/device-broker.ts';
import { startOrthanc } from './peers/orthanc.ts';
import { temporaryFolder } from './peers/process.ts';
import { gnutlsModule, startRsyslog } from './peers/rsyslog.ts';
import { startSoftwareTpm } from './peers/software-tpm.ts';
import { startTimeServer } from './peers/time-server.ts';
import { ProvisionSite, scanside, substanceOf } from './provision-site.ts';

const journey = { timeout: 600_000 };
const needed = ['Orthanc', 'echoscu', 'mosquitto', 'rsyslogd', gnutlsModule ?? '/rsyslog-gnutls'];
const steps = [
  'preflight',
  'identity',
  'time',
  'enrolment',
  'dicom',
  'peers',
  'scanner',
  'fleet',
  'models',
  'panel',
  'rehearsal',
  'fail-drill',
];

function makeFolder(): string {
  const { path, remove } = temporaryFolder();
  onTestFinished(() => remove());
  return path;
}

/** A scanner whose service engineer presses its test button every half a second, until the test is over. */
function pressTestButton(port: number): void {
  const test = { isOver: false };
  const press = async () => {
    while (!test.isOver) await echoscu({ port, calling: 'CT1', called: 'SCANSIDE' }, ['-to', '1']);
  };
  const pressing = press();
  onTestFinished(() => {
    test.isOver = true;
    return pressing;
  });
}

/** Everything that a site has around a device. */
async function startSite() {
  const folder = makeFolder();
  const port = await freePort();
  const orthanc = await startOrthanc(makeFolder(), {
    title: 'PACS',
    modalities: { SCANSIDE: { title: 'SCANSIDE', port } },
  });
  onTestFinished(() => orthanc.stop());
  const est = await startEst(folder);
  onTestFinished(() => est.close());
  const broker = await startBroker(est.authority);
  const logs = await Authority.make(folder, 'hospital');
  const device = await logs.issue('sc-0042', 90);
  const rsyslogPort = await freePort();
  const rsyslog = await startRsyslog({
    folder: makeFolder(),
    port: rsyslogPort,
    authorityFile: logs.certificateFile,
    identity: await logs.issue('logs', 90),
    permitted: 'sc-0042',
  });
  onTestFinished(() => rsyslog.stop());
  const time = await startTimeServer(20);
  onTestFinished(() => time.stop());
  pressTestButton(port);
  const own = { certificateFile: device.certificateFile, keyFile: device.keyFile };
  const networks = ['127.0.0.1'];
  const configuration = (dataFolder: string) => ({
    receiver: {
      port,
      callers: ['PACS', 'CT1'].map((aeTitle) => ({ aeTitle, networks })),
    },
    destinations: [{ name: 'main', host: '127.0.0.1', port: orthanc.dicomPort, aeTitle: 'PACS' }],
    mqtt: {
      url: broker.url,
      authorityFile: join(dataFolder, 'identity', 'ca.pem'),
      certificateFile: join(dataFolder, 'identity', 'device.pem'),
      keyFile: join(dataFolder, 'identity', 'device.key'),
    },
    audit: {
      forwarders: [
        {
          protocol: 'syslog',
          name: 'siem',
          host: 'localhost',
          port: rsyslogPort,
          tls: { authorityFile: logs.certificateFile, serverName: 'logs', ...own },
        },
      ],
    },
  });
  const tokenFile = join(folder, 'token');
  const bringToken = () => writeFileSync(tokenFile, est.token());
  bringToken();
  const site = new ProvisionSite(configuration, {
    enrolment: { site: 'north-1', tokenFile },
    time: { servers: [time.server] },
    rehearsal: { scanner: 'CT1', waitSeconds: 60 },
  });
  return { site, bringToken };
}

/** mosquitto as it is shipped, which believes the authority of the fleet. */
async function startBroker(fleet: TestEst['authority']) {
  const folder = makeFolder();
  const at = (name: string) => join(folder, name);
  const names = await issueServiceCertificate(fleet, ['localhost'], systemClock.now());
  writeFileSync(at('ca.pem'), fleet.certificate.toString());
  writeFileSync(at('broker.pem'), names.cert);
  writeFileSync(at('broker.key'), names.key);
  const broker = await DeviceBroker.startFor(folder, at('ca.pem'), {
    certificateFile: at('broker.pem'),
    keyFile: at('broker.key'),
    certificate: names.cert,
    key: names.key,
  });
  onTestFinished(() => broker.stop());
  return broker;
}

describeWith(needed, 'a commissioning in one visit', () => {
  it(
    'ends in a signed report, and in the same one when it is killed after every step',
    journey,
    async () => {
      const { site, bringToken } = await startSite();
      const begun = performance.now();
      const done = await site.provision();
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      process.stdout.write(`bare device to signed report: ${seconds} s\n`);
      expect(done).toMatchObject({ code: 0 });
      const { report, seal } = JSON.parse(readFileSync(site.reportFile, 'utf8'));
      expect(report.steps.map(({ name }: { name: string }) => name)).toEqual(steps);
      expect(report.certificates.length).toBeGreaterThanOrEqual(3);
      const anchored = ['--fingerprint', fingerprintOf(seal.publicKey)];
      expect(await scanside('provision', 'verify', site.reportFile, ...anchored)).toMatchObject({
        code: 0,
      });
      const first = join(site.folder, 'first.json');
      renameSync(site.reportFile, first);

      rmSync(site.dataFolder, { recursive: true });
      bringToken();
      for (const step of steps) {
        expect({ step, killed: await site.provisionUntil(step) }).toEqual({ step, killed: true });
        expect(existsSync(site.reportFile)).toBe(false);
      }
      expect(await site.provision()).toMatchObject({ code: 0 });
      expect(substanceOf(site.reportFile)).toEqual(substanceOf(first));

      const doctor = await scanside('doctor', '--answers', site.answersFile, '--json');
      expect(doctor).toMatchObject({ code: 0 });
      const again = JSON.parse(readFileSync(site.reportFile, 'utf8'));
      expect(doctor.output).toContain(`"deviceKey":"${fingerprintOf(again.seal.publicKey)}"`);
    },
  );
});

describeWith(['Orthanc', 'swtpm', 'tpm2_unseal'], 'a commissioning of a device with a TPM', () => {
  it(
    'says L1 in its report, and is signed with the key that the TPM gives out',
    journey,
    async () => {
      const { tcti, stop } = await startSoftwareTpm(makeFolder());
      onTestFinished(() => stop());
      const receiver = { port: await freePort() };
      const site = new ProvisionSite(() => ({ receiver }), { rootKey: 'tpm' });
      const done = await site.provision({ TPM2TOOLS_TCTI: tcti });
      expect(done).toMatchObject({ code: 0 });
      const { report } = JSON.parse(readFileSync(site.reportFile, 'utf8'));
      expect(report).toMatchObject({ keyLevel: 'L1', outcome: 'pass' });
      expect(done.output).not.toContain('KEY_IN_FILE');

      await stop();
      const without = await site.provision({ TPM2TOOLS_TCTI: tcti }, '--from', 'identity');
      expect(without).toMatchObject({
        code: 1,
        output: expect.stringContaining('TPM_UNAVAILABLE'),
      });
    },
  );
});
