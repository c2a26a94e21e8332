import { spawnSync } from 'node:child_process';
import { createHash, createPublicKey } from 'node:crypto';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { readLog } from '../audit/frame-reader.ts';
import { verifyLog } from '../audit/verify.ts';
import { withDeviceLog } from '../cli/device-log.ts';
import { changeRootKey, wrappedKeysIn } from '../cli/root-key-change.ts';
import { makePhantomInstance } from '../demo/phantom-study.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { systemClock } from '../device/clock.ts';
import { disk } from '../device/files.ts';
import { identityFolderOf, openDeviceKey } from '../device/identity-key.ts';
import { keyFolderOf, keysOf, readKeyFile } from '../device/keys.ts';
import { addAccount, makeAccount } from '../panel/access/account.ts';
import { accessFolderOf, AccountStore } from '../panel/access/account-store.ts';
import { certificateFolderOf, openDeviceCertificate } from '../panel/access/device-certificate.ts';
import { hashSecret, isSecret } from '../panel/access/secret.ts';
import { parseConfiguration } from '../runtime/config.ts';
import { openStorage } from '../runtime/storage.ts';
import { isTerminal, journey, readSpool, startTestAppliance } from './appliance.ts';
import { temporaryFolder } from './peers/process.ts';
import { stoppingDisk } from './stopping-disk.ts';

const folder = temporaryFolder();
const victim = join(import.meta.dirname, 'root-key-victim.ts');
const destinations = [{ name: 'dead', host: '127.0.0.1', port: 1, aeTitle: 'DEAD' }];
const slow = { timeout: 60_000 };
const names = { needed: ['device.example'], further: [] };

afterAll(() => folder.remove());

/** A device that has an exam, its result and pictures, an account, a certificate, an audit log, and a row that follows from no segment. */
const pristine = join(folder.path, 'pristine');

const configure = (dataFolder: string) => parseConfiguration({ dataFolder, destinations });
const open = (dataFolder: string) => openStorage(configure(dataFolder), disk, systemClock);

/** What is kept in a data folder, read with its own root key. */
function contentOf(dataFolder: string) {
  const { root, database } = open(dataFolder);
  try {
    const rows = database.prepare('SELECT transaction_uid AS uid FROM commitment_request').all();
    const closed = wrappedKeysIn(disk, dataFolder).filter(({ path, purpose }) => {
      root.unwrap(purpose, readFileSync(path).subarray(0, 60));
      return false;
    });
    const audit = join(dataFolder, 'audit');
    const publicKey = createPublicKey(readFileSync(join(audit, 'device.pem')));
    const { fault } = verifyLog(readLog(disk, audit), { publicKey });
    const accounts = new AccountStore(disk, root, accessFolderOf(dataFolder)).accounts;
    const records = (['inbox', 'outgoing'] as const).flatMap((kind) => readSpool(dataFolder, kind));
    const hashes = records.map(({ data }) => createHash('sha256').update(data).digest('hex'));
    return { rows, closed, fault, accounts, hashes };
  } finally {
    database.close();
  }
}

/** The data folder as it was at first, under a name of its own. */
async function copyOf(name: string): Promise<string> {
  await (prepared ??= prepare());
  const copy = join(folder.path, name);
  rmSync(copy, { recursive: true, force: true });
  cpSync(pristine, copy, { recursive: true });
  return copy;
}

/** The files of pictures behind their keys. */
function picturesIn(dataFolder: string): Buffer[] {
  const previews = join(dataFolder, 'previews');
  return disk.list(previews).map((name) => readFileSync(join(previews, name)).subarray(60));
}

let prepared: Promise<void> | undefined;

async function prepare(): Promise<void> {
  const appliance = await startTestAppliance({ dataFolder: pristine, destinations });
  const patient = { name: 'TEST^KEY', id: 'K1' };
  const study = [makePhantomInstance({ seed: 1, size: 128, patient, studyInstanceUid: '1.2.3' })];
  await sendStudy(study, appliance.scanner);
  await appliance.untilExams(['1.2.3'], isTerminal);
  await expect.poll(() => appliance.source.detail('1.2.3')?.previews, slow).toBe('ready');
  await appliance.stop();
  const { root, database } = open(pristine);
  database.exec(
    `INSERT INTO commitment_request (calling_ae_title, transaction_uid, instances, in_use, received_at, attempts)
     VALUES ('CT1', '1.2.9', '[]', 0, 0, 0)`,
  );
  const secret = await hashSecret(root, '482913', { n: 1024, r: 8, p: 1 });
  new AccountStore(disk, root, accessFolderOf(pristine)).change((accounts) =>
    addAccount(accounts, makeAccount('ada', 'Ada', 'technologist', secret)),
  );
  const certificate = { files: disk, keys: root, folder: certificateFolderOf(pristine), names };
  await openDeviceCertificate({ ...certificate, now: systemClock.now() });
  openDeviceKey(disk, identityFolderOf(pristine), root);
  database.close();
}

test(
  'a device with another root key has everything that it had, and the old key opens nothing',
  async () => {
    const device = await copyOf('changed');
    const before = contentOf(device);
    const old = keysOf(readKeyFile(disk, keyFolderOf(device)));
    const { keys, rewrapped, unusable } = changeRootKey(configure(device), disk, systemClock);
    const wrapped = wrappedKeysIn(disk, device);
    expect([rewrapped, unusable]).toEqual([wrapped.length, 0]);
    const kinds = new Set(wrapped.map(({ purpose }) => purpose.replace(/ *[\w-]*\d.*$/, '')));
    expect([...kinds].sort()).toEqual([
      'audit hospital',
      'audit segment',
      'audit signing',
      'device identity',
      'panel accounts',
      'panel certificate',
      'previews',
      'segment',
    ]);
    for (const { path, purpose } of wrapped)
      expect(() => old.unwrap(purpose, readFileSync(path).subarray(0, 60))).toThrow('KEY_UNUSABLE');
    expect(contentOf(device)).toEqual(before);
    expect(picturesIn(device)).toEqual(picturesIn(pristine));
    expect(before.hashes.length).toBeGreaterThan(1);
    expect(await isSecret(keys, '482913', before.accounts[0]!.secret)).toBe(true);
    const { certificate } = await openDeviceCertificate({
      files: disk,
      keys,
      folder: certificateFolderOf(device),
      names,
      now: systemClock.now(),
    });
    expect(certificate).toBe(readFileSync(join(pristine, 'panel-tls', 'certificate.pem'), 'utf8'));
    await withDeviceLog(configure(device), keys, (log) =>
      Promise.resolve(expect(log.incidents).toEqual([])),
    );
    const appliance = await startTestAppliance({ dataFolder: device, destinations });
    const [exam] = appliance.exams();
    expect(exam).toMatchObject({ id: '1.2.3', patientName: expect.stringContaining('KEY') });
    expect(appliance.log.filter((line) => /damage|unreadable|refused/.test(line))).toEqual([]);
    await appliance.stop();
    expect(contentOf(device).fault).toBeUndefined();
  },
  journey.timeout,
);

test('a change that ends before any of its writes goes on when it is asked for again, and loses nothing', async () => {
  const before = contentOf(await copyOf('whole'));
  let at = 1;
  for (let isDone = false; !isDone; at++) {
    const device = await copyOf('stopped');
    const files = stoppingDisk(disk, at, () => {
      throw new Error('stopped');
    });
    isDone = changes(device, files);
    const started = starts(device);
    expect(started, `before write ${at}`).toBe(isDone || started);
    if (started) expect(contentOf(device), `before write ${at}`).toEqual(before);
    changeRootKey(configure(device), disk, systemClock);
    expect(contentOf(device), `after write ${at}`).toEqual(before);
    expect(disk.list(keyFolderOf(device))).toEqual(['device.key', 'identity.key']);
  }
  expect(at).toBeGreaterThan(20);
}, 300_000);

/** Whether the change came to its end. */
function changes(device: string, files: typeof disk): boolean {
  try {
    changeRootKey(configure(device), files, systemClock);
    return true;
  } catch (error) {
    expect(String(error)).toMatch(/stopped/);
    return false;
  }
}

/** Whether an appliance would start; where not, it says that the root key is being changed. */
function starts(device: string): boolean {
  try {
    open(device).database.close();
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'ROOT_KEY_CHANGING' });
    return false;
  }
}

test.each([2, 5, 8, 11, 15, 19])(
  'a change that is killed with -9 before its write %i is whole after the next',
  async (killAt) => {
    const device = await copyOf('killed');
    const before = contentOf(device);
    const { signal, stderr } = spawnSync(process.execPath, [victim, device, String(killAt)]);
    expect([signal, String(stderr)]).toEqual(['SIGKILL', '']);
    changeRootKey(configure(device), disk, systemClock);
    expect(contentOf(device)).toEqual(before);
  },
  60_000,
);

test('a device that is in use keeps its root key', async () => {
  const device = await copyOf('in-use');
  const key = readKeyFile(disk, keyFolderOf(device));
  const { database } = open(device);
  onTestFinished(() => void database.close());
  expect(() => changeRootKey(configure(device), disk, systemClock)).toThrow('DATA_FOLDER_IN_USE');
  expect(readKeyFile(disk, keyFolderOf(device))).toEqual(key);
});
