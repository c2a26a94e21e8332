import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { conditionText } from '../device/conditions.ts';
import { type DemoStudy, makeDemoStudy } from '../demo/demo-studies.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { keyFolderOf } from '../device/keys.ts';
import {
  type CommitmentResult,
  decodeCommitmentResult,
  encodeCommitmentRequest,
  type Reference,
  requestCommitment,
} from '../runtime/dicom/commitment.ts';
import { writePart10 } from '../runtime/dicom/part10.ts';
import { type Receiver, type ReceiverTls, startReceiver } from '../runtime/dicom/receiver.ts';
import { dial } from '../runtime/dicom/sender.ts';
import { explicitVrLittleEndian } from '../runtime/dicom/transfer-syntax.ts';
import { storageCommitmentInstance, storageCommitmentPushModel } from '../runtime/dicom/uid.ts';
import { openSegmentKeys } from '../runtime/spool/segment-keys.ts';
import { scanSegment } from '../runtime/spool/segment-reader.ts';
import {
  deviceAeTitle,
  forgetState,
  isTerminal,
  makeDataFolder,
  type RunningAppliance,
  scannerAeTitle,
  startTestAppliance,
} from './appliance.ts';
import { Authority } from './certificates.ts';
import { describeWith, freePort } from './outside.ts';
import { storescu } from './peers/dcmtk.ts';
import { startOrthanc } from './peers/orthanc.ts';
import { until } from './peers/process.ts';

const seed = 5300;
const unknown = { sopClassUid: '1.2.840.10008.5.1.4.1.1.1.1', sopInstanceUid: '2.25.404' };

const referencesOf = ({ instances }: DemoStudy): Reference[] =>
  instances.map(({ sopClassUid, sopInstanceUid }) => ({ sopClassUid, sopInstanceUid }));

/** Where the scanner takes its reports. */
async function listenAsScanner(
  port: number,
  reports: CommitmentResult[],
  tls?: Omit<ReceiverTls, 'port'>,
): Promise<Receiver> {
  const receiver = await startReceiver(
    {
      host: '127.0.0.1',
      port: tls ? undefined : port,
      tls: tls && { ...tls, port },
      aeTitle: scannerAeTitle,
      maxPduLength: 131_072,
      maxAssociations: 4,
      artimMs: 5000,
      idleMs: 30_000,
      storage: false,
      commitment: 'scu',
      clock: systemClock,
    },
    {
      eventReport: (_association, { dataSet, transferSyntaxUid }) => {
        reports.push(decodeCommitmentResult(dataSet!, transferSyntaxUid));
        return Promise.resolve(0);
      },
    },
  );
  onTestFinished(() => receiver.close(0));
  return receiver;
}

/** Asks as a scanner does; resolves with the status. */
async function ask(
  port: number,
  transactionUid: string,
  references: Reference[],
  callingAeTitle = scannerAeTitle,
): Promise<number> {
  const sopClassUid = storageCommitmentPushModel;
  const association = await dial({
    host: '127.0.0.1',
    port,
    callingAeTitle,
    calledAeTitle: deviceAeTitle,
    contexts: [{ abstractSyntax: sopClassUid, transferSyntaxes: [explicitVrLittleEndian] }],
    maxPduLength: 131_072,
    connectMs: 5000,
    responseMs: 10_000,
    clock: systemClock,
  });
  const status = await association.action({
    sopClassUid,
    sopInstanceUid: storageCommitmentInstance,
    typeId: requestCommitment,
    dataSet: encodeCommitmentRequest(transactionUid, references, explicitVrLittleEndian),
  });
  await association.release();
  return status;
}

/** Changes one byte of an instance on the disk, as a dying disk does. */
function damage({ dataFolder }: RunningAppliance, sopInstanceUid: string): void {
  const spool = join(dataFolder, 'spool');
  const keys = openSegmentKeys(disk, spool, keyFolderOf(dataFolder));
  const record = disk
    .list(join(spool, 'inbox'))
    .flatMap((name) => scanSegment(disk, join(spool, 'inbox', name), 0, keys).records)
    .find(({ meta }) => meta['sopInstanceUid'] === sopInstanceUid)!;
  const fd = openSync(record.path, 'r+');
  writeSync(fd, Buffer.from([0xa5]), 0, 1, record.offset + record.length - 7);
  closeSync(fd);
}

function startWithScanner(port: number, again: { dataFolder?: string; tls?: object } = {}) {
  const { tls } = again;
  const peer = { aeTitle: scannerAeTitle, host: '127.0.0.1', port, ...(tls && { tls }) };
  return startTestAppliance({ ...again, receiver: { commitment: [peer] } });
}

it('commits to what it has checked, and to nothing that is unknown, of another class or damaged', async () => {
  const port = await freePort();
  const appliance = await startWithScanner(port);
  const [whole, damaged] = [makeDemoStudy(seed, 0), makeDemoStudy(seed, 1)];
  for (const { instances } of [whole, damaged]) await sendStudy(instances, appliance.scanner);
  const hit = referencesOf(damaged)[0]!;
  damage(appliance, hit.sopInstanceUid);
  const [first] = referencesOf(whole);
  const otherClass = { ...first!, sopClassUid: '1.2.840.10008.5.1.4.1.1.7' };
  const reports: CommitmentResult[] = [];
  await listenAsScanner(port, reports);
  expect(await ask(appliance.port, '2.25.1', referencesOf(whole))).toBe(0);
  expect(await ask(appliance.port, '2.25.2', [otherClass, unknown, hit])).toBe(0);
  expect(await until(() => reports.length === 2)).toBe(true);
  expect(reports).toEqual([
    { transactionUid: '2.25.1', stored: referencesOf(whole), failed: [] },
    {
      transactionUid: '2.25.2',
      stored: [],
      failed: [
        { ...otherClass, reason: 0x0119 },
        { ...unknown, reason: 0x0112 },
        { ...hit, reason: 0x0110 },
      ],
    },
  ]);
});

it('does not commit to an instance of which different bytes have come', async () => {
  const port = await freePort();
  const appliance = await startWithScanner(port);
  const study = makeDemoStudy(seed, 2);
  const [instance] = study.instances;
  const other = { ...instance!, dataSet: Buffer.from(instance!.dataSet) };
  other.dataSet.writeUInt8(
    other.dataSet.readUInt8(other.dataSet.length - 3) ^ 1,
    other.dataSet.length - 3,
  );
  for (const each of [instance!, other]) await sendStudy([each], appliance.scanner);
  await appliance.untilExams([study.studyUid], isTerminal);
  expect(appliance.source.device().conditions.map(conditionText)).toContainEqual(
    expect.stringContaining('Different images came under one identity (exams: 1)'),
  );
  expect(appliance.log.join('\n')).toContain('other bytes under a known SOP Instance UID');
  const reports: CommitmentResult[] = [];
  await listenAsScanner(port, reports);
  const [reference] = referencesOf(study);
  expect(await ask(appliance.port, '2.25.3', [reference!])).toBe(0);
  expect(await until(() => reports.length === 1)).toBe(true);
  expect(reports[0]?.failed).toEqual([{ ...reference, reason: 0x0110 }]);
});

it('reports after a restart to a scanner that was away, and refuses one that has no address', async () => {
  const port = await freePort();
  const first = await startWithScanner(port);
  const study = makeDemoStudy(seed, 3);
  await sendStudy(study.instances, first.scanner);
  expect(await ask(first.port, '2.25.4', referencesOf(study), 'STRANGER')).toBe(0x0124);
  expect(await ask(first.port, '2.25.5', referencesOf(study))).toBe(0);
  await first.stop();
  const reports: CommitmentResult[] = [];
  await listenAsScanner(port, reports);
  await startWithScanner(port, { dataFolder: first.dataFolder });
  expect(await until(() => reports.length > 0)).toBe(true);
  expect(reports).toEqual([{ transactionUid: '2.25.5', stored: referencesOf(study), failed: [] }]);
});

it('commits again, when asked again, although its state was lost', async () => {
  const port = await freePort();
  const first = await startWithScanner(port);
  const study = makeDemoStudy(seed, 4);
  await sendStudy(study.instances, first.scanner);
  await first.stop();
  forgetState(first.dataFolder);
  const again = await startWithScanner(port, { dataFolder: first.dataFolder });
  const reports: CommitmentResult[] = [];
  await listenAsScanner(port, reports);
  expect(await ask(again.port, '2.25.6', referencesOf(study))).toBe(0);
  expect(await until(() => reports.length > 0)).toBe(true);
  expect(reports[0]?.stored).toEqual(referencesOf(study));
});

describeWith(['openssl'], 'a scanner that takes reports over TLS alone', () => {
  it('gets them', async () => {
    const hospital = await Authority.make(makeDataFolder(), 'hospital');
    const scanner = await hospital.issue('ct1.hospital');
    const { certificateFile, keyFile } = await hospital.issue('device.hospital');
    const files = { certificateFile, keyFile, authorityFile: hospital.certificateFile };
    const port = await freePort();
    const appliance = await startWithScanner(port, {
      tls: { ...files, serverName: 'ct1.hospital' },
    });
    const study = makeDemoStudy(seed, 8);
    await sendStudy(study.instances, appliance.scanner);
    const reports: CommitmentResult[] = [];
    const shown = { ...scanner, authority: hospital.certificate };
    await listenAsScanner(port, reports, { ...shown, mutual: true, minVersion: 'TLSv1.2' });
    expect(await ask(appliance.port, '2.25.7', referencesOf(study))).toBe(0);
    expect(await until(() => reports.length > 0)).toBe(true);
    expect(reports[0]?.stored).toEqual(referencesOf(study));
  });
});

describeWith(['Orthanc', 'storescu'], 'Orthanc as a scanner that asks for commitment', () => {
  it('is told what is stored, what is not there and what is damaged', async () => {
    const title = 'ORTHANCSCU';
    const dicomPort = await freePort();
    const appliance = await startTestAppliance({
      receiver: { commitment: [{ aeTitle: title, host: '127.0.0.1', port: dicomPort }] },
    });
    const modalities = { SCANSIDE: { title: deviceAeTitle, port: appliance.port } };
    const orthanc = await startOrthanc(makeDataFolder(), { title, dicomPort, modalities });
    onTestFinished(() => orthanc.stop());
    const path = join(makeDataFolder(), 'image.dcm');
    const held: string[] = [];
    for (const at of [5, 6, 7]) {
      const [instance] = makeDemoStudy(seed, at).instances;
      writeFileSync(path, writePart10(instance!, instance!.dataSet));
      const to = { port: dicomPort, calling: 'MODALITY', called: title };
      // A radiograph of the demonstration is JPEG baseline, the phantoms are not compressed.
      const options = instance!.transferSyntaxUid.startsWith('1.2.840.10008.1.2.4') ? ['-xy'] : [];
      expect(await storescu(to, [path], options)).toMatchObject({ code: 0 });
      const { sopInstanceUid } = instance!;
      held.push(...(await orthanc.find('Instance', { SOPInstanceUID: sopInstanceUid })));
      if (at === 7) continue;
      await orthanc.sendTo('SCANSIDE', held.slice(-1));
      if (at === 6) damage(appliance, sopInstanceUid);
    }
    const report = async (ids: string[]) => {
      const transaction = await orthanc.requestCommitment('SCANSIDE', ids);
      const status = async () => (await orthanc.commitmentReport(transaction)).Status;
      expect(await until(async () => (await status()) !== 'Pending')).toBe(true);
      return orthanc.commitmentReport(transaction);
    };
    expect(await report(held.slice(0, 1))).toMatchObject({ Status: 'Success' });
    const mixed = await report(held);
    expect(mixed.Status).toBe('Failure');
    expect(mixed.Success).toHaveLength(1);
    const reasons = mixed.Failures.map(({ Description }) => Description).sort();
    expect(reasons).toEqual([
      expect.stringContaining('general failure'),
      expect.stringContaining('was not available'),
    ]);
  });
});
