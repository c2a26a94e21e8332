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
import { isTerminal, killNow, type RunningAppliance, startTestAppliance } from './appliance.ts';
import { fillAccounts, openAccounts, visit } from './panel-visitor.ts';

const hospital = generateKeyPairSync('x25519');
/** What says who a patient is. It stands on the panel and in results, and nowhere else. */
const names = ['KANARIENVOGEL', 'CANARY-4711', 'CANARYACC'];
/** Study UIDs begin with it. UIDs lead to a patient too; of them the audit messages name study and instances (PS3.15 A.5). */
const uidRoot = '1.2.826.0.1.3680043.4711';
/** The scanner, which the log names where an association is told of. */
const scannerTitle = 'CANARYCT';

const studyUid = (seed: number) => `${uidRoot}.${seed}`;

/** A phantom of a patient whose name, id and accession number must appear nowhere but on the panel and in results. */
function canary(seed: number, change: Partial<Parameters<typeof makePhantomInstance>[0]> = {}) {
  return makePhantomInstance({
    seed,
    size: 128,
    patient: { name: 'KANARIENVOGEL^TWEETY', id: 'CANARY-4711' },
    accessionNumber: 'CANARYACC',
    studyInstanceUid: studyUid(seed),
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
      canary(4, {
        studyInstanceUid: studyUid(3),
        patient: { name: 'OTHER^ONE', id: 'CANARY-4711' },
      }),
    ],
  ];
  const scanner = { ...appliance.scanner, aeTitle: scannerTitle };
  for (const study of studies) await sendStudy(study, scanner);
  killNow(appliance.pids.engine);
  await sendStudy([canary(5)], scanner);
  const broken = canary(6);
  const association = await appliance.associate([broken]);
  await association.store({ ...broken, dataSet: broken.dataSet.subarray(0, 700) });
  await association.store({ ...broken, sopInstanceUid: `${studyUid(4)}.5` });
  await association.release();
  await appliance.untilExams([1, 2, 3, 5].map(studyUid), isTerminal);
  const log = appliance.log.join('\n');
  expect(log).toMatch(/association opened/);
  expect(log).toMatch(/quarantined/);
  expect(log).not.toMatch(/not recorded in the audit log/);
  expect(log).toMatch(/delivery postponed/);
  expect(JSON.stringify(appliance.exams()), 'the panel does name the patient').toContain(
    'KANARIENVOGEL',
  );
  const { source } = appliance;
  const pages = JSON.stringify([source.deviceDetail(), source.device(), source.models()]);
  const answers = await visitPanel(appliance);
  const exams = await visitExams(appliance);
  await appliance.stop();
  const places: Record<string, string> = {
    log: appliance.log.join('\n'),
    'device and model pages': pages,
    ...answers,
    'audit messages': await readAuditMessages(appliance.dataFolder),
    ...readDisk(appliance.dataFolder),
  };
  expect(Object.keys(places)).toEqual(
    expect.arrayContaining(['state.db', 'audit/segment-00000001.audit']),
  );
  expect(places['audit messages'], 'the study is named, as PS3.15 A.5 wants it').toContain(
    studyUid(1),
  );
  for (const [place, text] of Object.entries({ ...places, ...exams }))
    for (const name of names) expect(text.includes(name), `${name} in ${place}`).toBe(false);
  const identifying = [uidRoot, 'VIRTUAL-1', ...studies.flat().flatMap(uidsOf)];
  const { 'audit messages': _messages, ...rest } = places;
  for (const [place, text] of Object.entries(rest))
    for (const uid of identifying) expect(text.includes(uid), `${uid} in ${place}`).toBe(false);
  const telling = appliance.log.filter((line) => line.includes(scannerTitle));
  expect(telling.filter((line) => !line.startsWith('association '))).toEqual([]);
  expect(telling.length).toBeGreaterThan(0);
  // Drift is watched by scanner, and the page of it says by which.
  const { '/quality for an engineer': _quality, ...others } = answers;
  for (const [page, text] of Object.entries(others))
    expect(text.includes(scannerTitle), `${scannerTitle} in ${page}`).toBe(false);
});

const uidsOf = ({ seriesInstanceUid, sopInstanceUid }: ReturnType<typeof canary>) => [
  seriesInstanceUid,
  sopInstanceUid,
];

/** What the panel says to somebody who is not signed in, and on the pages of the device to one who is. */
async function visitPanel(appliance: RunningAppliance): Promise<Record<string, string>> {
  const { panelUrl, dataFolder } = appliance;
  await fillAccounts(openAccounts(dataFolder));
  const engineer = await visit({ url: panelUrl }, 'field-engineer');
  const stranger = (path: string) => fetch(new URL(path, panelUrl), { redirect: 'manual' });
  const answers: Record<string, string> = {};
  for (const path of ['/device', '/models', '/quality', '/about', '/account'])
    answers[`${path} for an engineer`] = await textOf(await engineer.fetch(path));
  for (const path of ['/', '/api/exams', '/exams/1.2', '/api/exams/1.2', '/device', '/api/session'])
    answers[`${path} for a stranger`] = await refusalOf(await stranger(path));
  for (const path of ['/sign-in', '/setup', '/healthz', '/metrics'])
    answers[`${path} for a stranger`] = await textOf(await stranger(path));
  return answers;
}

/** An engineer sees that there are exams, and not whose. */
async function visitExams({ panelUrl }: RunningAppliance): Promise<Record<string, string>> {
  const engineer = await visit({ url: panelUrl }, 'field-engineer');
  const exam = `/exams/${studyUid(1)}`;
  const answers: Record<string, string> = {};
  for (const path of ['/', '/api/exams', exam, `/api${exam}`])
    answers[`${path} for an engineer`] = await textOf(await engineer.fetch(path));
  expect(answers['/api/exams for an engineer']).toContain(studyUid(1));
  return answers;
}

function refusalOf(answer: Response): Promise<string> {
  expect(answer.status).not.toBe(200);
  return textOf(answer);
}

/** Headers too. */
async function textOf(answer: Response): Promise<string> {
  return JSON.stringify([[...answer.headers], await answer.text()]);
}

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
