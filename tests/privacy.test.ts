import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { showEvents, type ShownEvent } from '../audit/export.ts';
import { encodeDicomMessage } from '../audit/forward/dicom-message.ts';
import { encodeFhirEvent } from '../audit/forward/fhir-event.ts';
import { messageOf } from '../audit/forward/message.ts';
import { readLog } from '../audit/frame-reader.ts';
import { makePhantomInstance } from '../demo/phantom-study.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { disk } from '../device/files.ts';
import { isTerminal, killNow, startTestAppliance } from './appliance.ts';

const hospital = generateKeyPairSync('x25519');
const canaries = ['KANARIENVOGEL', 'CANARY-4711', 'CANARYACC'];

/** A phantom of a patient whose name, id and accession number must appear nowhere but on the panel and in results. */
function canary(seed: number, change: Partial<Parameters<typeof makePhantomInstance>[0]> = {}) {
  return makePhantomInstance({
    seed,
    size: 128,
    patient: { name: 'KANARIENVOGEL^TWEETY', id: 'CANARY-4711' },
    accessionNumber: 'CANARYACC',
    studyInstanceUid: `1.2.3.${seed}`,
    ...change,
  });
}

test('no log line, no page of the device, no audit message and no byte on the disk names a patient', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'scanside-privacy-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const hospitalKeyFile = join(folder, 'hospital.pem');
  writeFileSync(hospitalKeyFile, hospital.publicKey.export({ format: 'pem', type: 'spki' }));
  const appliance = await startTestAppliance({
    audit: { hospitalKeyFile },
    destinations: [{ name: 'dead', host: '127.0.0.1', port: 1, aeTitle: 'DEAD' }],
  });
  const studies = [
    [canary(1)],
    [canary(2, { bodyPart: 'ABDOMEN' })],
    [
      canary(3),
      canary(4, { studyInstanceUid: '1.2.3.3', patient: { name: 'OTHER^ONE', id: 'CANARY-4711' } }),
    ],
  ];
  for (const study of studies) await sendStudy(study, appliance.scanner);
  killNow(appliance.pids.engine);
  await sendStudy([canary(5)], appliance.scanner);
  const broken = canary(6);
  const association = await appliance.associate([broken]);
  await association.store({ ...broken, dataSet: broken.dataSet.subarray(0, 700) });
  await association.store({ ...broken, sopInstanceUid: '1.2.3.4.5' });
  await association.release();
  await appliance.untilExams(['1.2.3.1', '1.2.3.2', '1.2.3.3', '1.2.3.5'], isTerminal);
  const log = appliance.log.join('\n');
  expect(log).toMatch(/association opened/);
  expect(log).toMatch(/quarantined/);
  expect(log).toMatch(/delivery postponed/);
  expect(JSON.stringify(appliance.exams()), 'the panel does name the patient').toContain(
    'KANARIENVOGEL',
  );
  const { source } = appliance;
  const pages = JSON.stringify([source.deviceDetail(), source.device(), source.models()]);
  await appliance.stop();
  const places: Record<string, string> = {
    log: appliance.log.join('\n'),
    'device and model pages': pages,
    'audit messages': await readAuditMessages(appliance.dataFolder),
    ...readDisk(appliance.dataFolder),
  };
  expect(Object.keys(places)).toEqual(
    expect.arrayContaining(['state.db', 'audit/segment-00000001.audit']),
  );
  expect(places['audit messages'], 'the study is named, as PS3.15 A.5 wants it').toContain(
    '1.2.3.1',
  );
  for (const [place, text] of Object.entries(places))
    for (const name of canaries) expect(text.includes(name), `${name} in ${place}`).toBe(false);
});

/** Every file of a data folder by its name, byte for byte. */
function readDisk(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    files
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(folder, path), readFileSync(path, 'latin1')]),
  );
}

/** What the audit log of a stopped appliance sends to repositories, as XML and as FHIR. */
async function readAuditMessages(dataFolder: string): Promise<string> {
  const messages: string[] = [];
  const events: ShownEvent[] = [];
  const folder = join(dataFolder, 'audit');
  const publicKey = createPublicKey(disk.readText(join(folder, 'device.pem')));
  const keys = { publicKey, hospital: hospital.privateKey };
  const { fault } = showEvents(readLog(disk, folder), keys, (event) => events.push(event));
  expect(fault).toBeUndefined();
  for (const event of events) {
    const { sequence, wall } = event;
    const record = { logId: 'ab'.repeat(16), sequence, wall, event };
    const message = messageOf(record, { id: 'SC-0042', application: 'SCANSIDE' });
    messages.push(encodeDicomMessage(message), JSON.stringify(encodeFhirEvent(message)));
  }
  return messages.join('\n');
}
