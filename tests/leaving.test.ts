import { createPublicKey } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { readLog } from '../audit/frame-reader.ts';
import { verifyLog } from '../audit/verify.ts';
import { eraseDevice } from '../cli/decommission.ts';
import { fleetCommands } from '../cli/fleet.ts';
import { erasePatients, resetCommands } from '../cli/reset.ts';
import { makePhantomInstance } from '../demo/phantom-study.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { systemClock } from '../device/clock.ts';
import { disk, type Files } from '../device/files.ts';
import { identityFolderOf } from '../device/identity-key.ts';
import { keyFolderOf } from '../device/keys.ts';
import { sealRootKey } from '../device/root-key.ts';
import { enrol } from '../provisioning/enrolment/enrolment.ts';
import { readToken } from '../provisioning/enrolment/token.ts';
import { verifyDecommission } from '../provisioning/leaving/decommission-certificate.ts';
import { patientPlaces, refuseWhileLeaving } from '../provisioning/leaving/leaving.ts';
import { parseConfiguration } from '../runtime/config.ts';
import { openStorage } from '../runtime/storage.ts';
import { isTerminal, journey, startTestAppliance } from './appliance.ts';
import { startEst, type TestEst } from './est-server.ts';
import { describeWith } from './outside.ts';
import { temporaryFolder } from './peers/process.ts';
import { startSoftwareTpm } from './peers/software-tpm.ts';
import { stoppingDisk } from './stopping-disk.ts';

const serial = 'SC-0042';
const folder = temporaryFolder();
const at = (name: string): string => join(folder.path, name);
const destinations = [{ name: 'dead', host: '127.0.0.1', port: 1, aeTitle: 'DEAD' }];
let est: TestEst;
let prepared: Promise<void> | undefined;

afterAll(async () => {
  await est.close();
  folder.remove();
});

/** A device with an exam that nobody else has, its result, its pictures and its place in a fleet. */
async function prepare(): Promise<void> {
  est = await startEst(folder.path);
  const dataFolder = at('pristine');
  const appliance = await startTestAppliance({ dataFolder, destinations, device: { serial } });
  const patient = { name: 'KANARIENVOGEL^TWEETY', id: 'CANARY-4711' };
  const study = [makePhantomInstance({ seed: 1, size: 128, patient, studyInstanceUid: '1.2.3' })];
  await sendStudy(study, appliance.scanner);
  await appliance.untilExams(['1.2.3'], isTerminal);
  const slow = { timeout: 60_000 };
  await expect.poll(() => appliance.source.detail('1.2.3')?.previews, slow).toBe('ready');
  await appliance.stop();
  const { root, database } = openStorage(configure(dataFolder), disk, systemClock);
  database.close();
  const tokenText = est.token();
  const token = readToken(tokenText, { site: 'north-1', serial, now: systemClock.now() });
  const identity = { folder: identityFolderOf(dataFolder), files: disk, keys: root };
  await enrol({ ...identity, clock: systemClock, token, tokenText, serial });
}

const configure = (dataFolder: string) =>
  parseConfiguration({ dataFolder, destinations, device: { serial } });

/** The device’s data folder as it was at first, and its configuration file. */
async function copyOf(name: string) {
  await (prepared ??= prepare());
  const dataFolder = at(name);
  rmSync(dataFolder, { recursive: true, force: true });
  cpSync(at('pristine'), dataFolder, { recursive: true });
  const config = at(`${name}.json`);
  writeFileSync(config, JSON.stringify({ dataFolder, destinations, device: { serial } }));
  return { dataFolder, config, out: at(`${name}.certificate`) };
}

async function run(commands: typeof fleetCommands, name: string, ...args: string[]) {
  const lines: string[] = [];
  const io = { out: (text: string) => lines.push(text), error: (text: string) => lines.push(text) };
  const code = await commands[name]!.run(args, io);
  return { code, text: lines.join('\n') };
}

const silent = { out: () => undefined, error: () => undefined };

/** Every file below a folder. */
function filesIn(path: string): Buffer[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
}

/** What a device keeps when it forgets its patients. */
const lasting = ['accelerator', 'access', 'audit', 'identity', 'keys', 'last-start.json'];
const lastingToo = ['models', 'mqtt.db', 'panel-tls', 'provisioning', 'updates'];

test('every place of a data folder is known to be about patients or not', journey, async () => {
  const { dataFolder } = await copyOf('places');
  const known = [...patientPlaces, ...lasting, ...lastingToo];
  expect(readdirSync(dataFolder).filter((name) => !known.includes(name as 'spool'))).toEqual([]);
  expect(readdirSync(dataFolder)).toEqual(
    expect.arrayContaining(['spool', 'previews', 'state.db']),
  );
});

test(
  'a device with results that nobody else has is not erased, and nothing is changed',
  journey,
  async () => {
    const { dataFolder, config, out } = await copyOf('refused');
    const args = ['--config', config, '--yes-destroy', serial];
    const purged = await run(resetCommands, 'patient-data', ...args);
    expect(purged).toMatchObject({
      code: 1,
      text: expect.stringContaining('LEAVING_REFUSED') as string,
    });
    const erased = await run(resetCommands, 'decommission', ...args, '--certificate', out);
    expect(erased).toMatchObject({
      code: 1,
      text: expect.stringContaining('LEAVING_REFUSED') as string,
    });
    const other = await run(
      resetCommands,
      'decommission',
      '--config',
      config,
      '--yes-destroy',
      'SC-1',
      '--certificate',
      out,
    );
    expect(other).toMatchObject({ code: 2 });
    expect(existsSync(out)).toBe(false);
    const { studies, database } = openStorage(configure(dataFolder), disk, systemClock);
    expect(studies.study('1.2.3')).toBeDefined();
    const running = await run(resetCommands, 'patient-data', ...args, '--undelivered-too');
    expect(running.text, 'the appliance runs').toContain('DATA_FOLDER_IN_USE');
    database.close();
  },
);

test(
  'a decommissioned device leaves an empty folder and a certificate that the fleet believes',
  journey,
  async () => {
    const { dataFolder, config, out } = await copyOf('gone');
    const root = readFileSync(join(dataFolder, 'keys', 'device.key'));
    const args = ['--config', config, '--yes-destroy', serial, '--undelivered-too'];
    expect(await run(resetCommands, 'decommission', ...args, '--certificate', out)).toMatchObject({
      code: 0,
    });
    expect(readdirSync(dataFolder)).toEqual([]);
    expect(readFileSync(out).includes(root)).toBe(false);
    const facts = verifyDecommission(readFileSync(out, 'utf8'), est.authority.certificate);
    expect(facts).toMatchObject({
      device: 'sc-0042',
      serial,
      site: 'north-1',
      keyLevel: 'file',
      undelivered: 1,
    });
    expect(facts.auditCheckpoint).not.toBe('');
    expect(() => refuseWhileLeaving(disk, dataFolder)).not.toThrow();
    // Whoever has made a copy of what was sealed has noise.
    cpSync(join(at('pristine'), 'spool'), join(dataFolder, 'spool'), { recursive: true });
    expect(filesIn(dataFolder).some((bytes) => bytes.includes('KANARIENVOGEL'))).toBe(false);
    const open = () => openStorage(configure(dataFolder), disk, systemClock);
    expect(open).toThrow('ROOT_KEY_MISSING');
  },
);

test('what the fleet gets is checked in every field, and revokes the device', journey, async () => {
  const { config, out } = await copyOf('retired');
  const args = ['--config', config, '--yes-destroy', serial, '--undelivered-too'];
  await run(resetCommands, 'decommission', ...args, '--certificate', out);
  const envelope = JSON.parse(readFileSync(out, 'utf8')) as Record<string, unknown>;
  const payload = Buffer.from(String(envelope['payload']), 'base64').toString();
  const facts = JSON.parse(payload) as Record<string, unknown>;
  const changes: Record<string, unknown> = { ...facts, schema: 2, undelivered: 0, keyLevel: 'tpm' };
  for (const field of Object.keys(facts)) {
    const value = changes[field] === facts[field] ? `${String(facts[field])}x` : changes[field];
    const forged = Buffer.from(JSON.stringify({ ...facts, [field]: value })).toString('base64');
    const text = JSON.stringify({ ...envelope, payload: forged });
    const check = () => verifyDecommission(text, est.authority.certificate);
    expect(check, field).toThrow('DECOMMISSION_FORGED');
  }
  const fleet = at('fleet');
  mkdirSync(join(fleet, 'authority'), { recursive: true });
  const { certificate, privateKey } = est.authority;
  writeFileSync(join(fleet, 'authority', 'ca.pem'), certificate.toString());
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' });
  writeFileSync(join(fleet, 'authority', 'ca.key'), key, { mode: 0o600 });
  const database = ['--database', at('fleet.db')];
  const retire = ['--folder', fleet, '--certificate', out, ...database];
  expect(await run(fleetCommands, 'retire', ...retire)).toMatchObject({ code: 0 });
  expect(await est.store.isRevoked('sc-0042')).toBe(true);
});

/** Runs work on disks that stop before the first, second, … change, and finishes it each time on one that does not. */
async function cutOff(
  name: string,
  work: (device: Awaited<ReturnType<typeof copyOf>>, files: Files) => Promise<void>,
  check: (device: Awaited<ReturnType<typeof copyOf>>) => void,
): Promise<number> {
  for (let change = 1; ; change++) {
    const device = await copyOf(name);
    const stop = () => {
      throw new Error('the power is gone');
    };
    const whole = await work(device, stoppingDisk(disk, change, stop)).then(
      () => true,
      () => false,
    );
    if (!whole) await work(device, disk);
    check(device);
    if (whole) return change - 1;
  }
}

test(
  'a decommissioning that is cut off at any change ends erased when it is run again',
  journey,
  async () => {
    const changes = await cutOff(
      'cut',
      ({ dataFolder, out }, files) =>
        eraseDevice(configure(dataFolder), files, { out, undeliveredToo: true }, silent),
      ({ dataFolder, out }) => {
        expect(readdirSync(dataFolder)).toEqual([]);
        const facts = verifyDecommission(readFileSync(out, 'utf8'), est.authority.certificate);
        expect(facts.serial).toBe(serial);
      },
    );
    expect(changes).toBeGreaterThan(10);
  },
);

test(
  'a purge leaves nothing about patients, whole or cut off, and the rest of the device works on',
  journey,
  async () => {
    const changes = await cutOff(
      'purged',
      ({ dataFolder }, files) => erasePatients(configure(dataFolder), files, true, silent),
      ({ dataFolder }) => {
        expect(
          readdirSync(dataFolder).filter((each) => each === 'previews' || each === 'spool'),
        ).toEqual([]);
        expect(readdirSync(identityFolderOf(dataFolder))).toContain('device.pem');
        const audit = join(dataFolder, 'audit');
        const publicKey = createPublicKey(readFileSync(join(audit, 'device.pem')));
        expect(verifyLog(readLog(disk, audit), { publicKey }).fault).toBeUndefined();
        const { studies, database } = openStorage(configure(dataFolder), disk, systemClock);
        expect([studies.finished(), studies.unfinished()]).toEqual([[], []]);
        database.close();
      },
    );
    expect(changes).toBeGreaterThan(5);
    const { dataFolder } = await copyOf('sealed');
    const keys = readdirSync(join(dataFolder, 'spool', 'keys'), { withFileTypes: true });
    const wrapped = keys.map(({ name }) => readFileSync(join(dataFolder, 'spool', 'keys', name)));
    expect(wrapped.length).toBeGreaterThan(1);
    await erasePatients(configure(dataFolder), disk, true, silent);
    const left = filesIn(dataFolder);
    for (const key of wrapped) expect(left.some((bytes) => bytes.includes(key))).toBe(false);
    for (const name of ['KANARIENVOGEL', 'CANARY-4711'])
      expect(
        left.some((bytes) => bytes.includes(name)),
        name,
      ).toBe(false);
  },
);

test('while an erasing is unfinished nothing starts', journey, async () => {
  const { dataFolder } = await copyOf('unfinished');
  let stopped = 0;
  const files = stoppingDisk(disk, 1, () => {
    if (existsSync(join(dataFolder, 'leaving.json')) && stopped++ === 0) throw new Error('cut');
  });
  await expect(erasePatients(configure(dataFolder), files, true, silent)).rejects.toThrow('cut');
  expect(() => refuseWhileLeaving(disk, dataFolder)).toThrow('LEAVING_UNFINISHED');
  await erasePatients(configure(dataFolder), disk, false, silent);
  expect(() => refuseWhileLeaving(disk, dataFolder)).not.toThrow();
});

test('a configuration is put back, and kept beside', journey, async () => {
  const { config, dataFolder } = await copyOf('bare');
  const before = readFileSync(config, 'utf8');
  const args = ['--config', config, '--yes-destroy', serial];
  expect(await run(resetCommands, 'configuration', ...args)).toMatchObject({ code: 0 });
  expect(JSON.parse(readFileSync(config, 'utf8'))).toEqual({ dataFolder, device: { serial } });
  expect(readFileSync(`${config}.before`, 'utf8')).toBe(before);
});

describeWith(['swtpm', 'tpm2_unseal'], 'with the root key in a TPM', () => {
  test('a decommissioned device leaves nothing that the TPM could open', journey, async () => {
    const { dataFolder, out } = await copyOf('tpm');
    const machine = await startSoftwareTpm(at('machine'));
    const before = process.env['TPM2TOOLS_TCTI'];
    process.env['TPM2TOOLS_TCTI'] = machine.tcti;
    onTestFinished(async () => {
      if (before === undefined) delete process.env['TPM2TOOLS_TCTI'];
      else process.env['TPM2TOOLS_TCTI'] = before;
      await machine.stop();
    });
    sealRootKey(disk, keyFolderOf(dataFolder), machine.tpm);
    const sealed = readFileSync(join(dataFolder, 'keys', 'device.tpm'));
    await eraseDevice(configure(dataFolder), disk, { out, undeliveredToo: true }, silent);
    expect(readdirSync(dataFolder)).toEqual([]);
    expect(readFileSync(out).includes(sealed)).toBe(false);
    const facts = verifyDecommission(readFileSync(out, 'utf8'), est.authority.certificate);
    expect(facts.keyLevel).toBe('tpm');
  });
});
