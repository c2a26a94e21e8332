import { createPublicKey } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { readWitness } from '../audit/checkpoint.ts';
import { showEvents } from '../audit/export.ts';
import { readLog } from '../audit/frame-reader.ts';
import { keyCommands } from '../cli/keys.ts';
import { disk } from '../device/files.ts';
import { ManualClock } from '../device/manual-clock.ts';
import { parseConfiguration } from '../runtime/config.ts';
import { openStorage } from '../runtime/storage.ts';
import { eventOf, hospital, openLog } from './audit-fixture.ts';

let dataFolder: string;
let config: string;

beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'scanside-keys-'));
  config = join(dataFolder, 'config.json');
  writeFileSync(config, JSON.stringify({ dataFolder, device: { serial: 'SC-0042' } }));
});
afterEach(() => rmSync(dataFolder, { recursive: true, force: true }));

async function run(name: string, ...args: string[]) {
  const lines: string[] = [];
  const io = { out: (text: string) => lines.push(text), error: (text: string) => lines.push(text) };
  const code = await keyCommands[name]!.run(args, io);
  return { code, text: lines.join('\n') };
}

test('who erases a device destroys its key, and what is sealed opens with no other', async () => {
  const configuration = parseConfiguration({ dataFolder });
  const storage = openStorage(configuration, disk, new ManualClock());
  const { kept } = storage.keys.create('00000001.seg');
  await kept;
  storage.database.close();
  const folder = join(dataFolder, 'audit');
  const log = await openLog(disk, { folder, keys: storage.root });
  await log.append(eventOf(1));
  await log.close();
  const root = readFileSync(join(dataFolder, 'keys', 'device.key'));
  expect(await run('erase', '--config', config, '--serial', 'SC-0042')).toMatchObject({ code: 0 });
  expect(readdirSync(join(dataFolder, 'keys'))).toEqual([]);
  expect(() => openStorage(configuration, disk, new ManualClock())).toThrow('ROOT_KEY_MISSING');
  const left = readdirSync(dataFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
  expect(left.some((bytes) => bytes.includes(root))).toBe(false);
  expect(await run('erase', '--config', config, '--serial', 'SC-0042')).toMatchObject({ code: 0 });
});

test('what is done to the root key stands in the audit log, which the hospital can read when it is destroyed', async () => {
  const hospitalKeyFile = join(dataFolder, 'hospital.pem');
  writeFileSync(hospitalKeyFile, hospital.publicKey.export({ format: 'pem', type: 'spki' }));
  const audit = { hospitalKeyFile };
  writeFileSync(config, JSON.stringify({ dataFolder, audit, device: { serial: 'SC-0042' } }));
  expect(await run('rotate', '--config', config)).toMatchObject({ code: 0 });
  const erased = await run('erase', '--config', config, '--serial', 'SC-0042');
  expect(erased).toMatchObject({ code: 0 });
  const log = join(dataFolder, 'audit');
  const publicKey = createPublicKey(readFileSync(join(log, 'device.pem')));
  const witness = readWitness(
    /checkpoint of the audit log: (\S+)/.exec(erased.text)![1]!,
    publicKey,
  );
  const items: unknown[] = [];
  const keys = { publicKey, hospital: hospital.privateKey, witness };
  const { fault, last } = showEvents(readLog(disk, log), keys, ({ name, fields }) => {
    if (name === 'security-configuration') items.push(fields['item']);
  });
  expect(fault).toBeUndefined();
  expect(items).toEqual(['root-key-changed', 'root-key-destroyed']);
  expect(last, 'nothing can be cut off behind the certificate').toBe(witness?.sequence);
});

test('a device in use is not erased', async () => {
  const { database } = openStorage(parseConfiguration({ dataFolder }), disk, new ManualClock());
  onTestFinished(() => void database.close());
  const { code, text } = await run('erase', '--config', config, '--serial', 'SC-0042');
  expect([code, text]).toEqual([1, expect.stringContaining('DATA_FOLDER_IN_USE')]);
  expect(readdirSync(join(dataFolder, 'keys'))).toEqual(['device.key']);
});

test('a key that opens nothing any more is destroyed all the same, and the command says what it cannot record', async () => {
  openStorage(parseConfiguration({ dataFolder }), disk, new ManualClock()).database.close();
  writeFileSync(join(dataFolder, 'keys', 'device.key'), 'half');
  const { code, text } = await run('erase', '--config', config, '--serial', 'SC-0042');
  expect([code, text]).toEqual([0, expect.stringMatching(/does not say so: KEY_UNUSABLE/)]);
  expect(readdirSync(join(dataFolder, 'keys'))).toEqual([]);
});

test('another device’s serial number erases nothing', async () => {
  openStorage(parseConfiguration({ dataFolder }), disk, new ManualClock()).database.close();
  const { code, text } = await run('erase', '--config', config, '--serial', 'SC-0043');
  expect([code, text]).toEqual([2, expect.stringContaining('not the serial number')]);
  expect(readdirSync(join(dataFolder, 'keys'))).toEqual(['device.key']);
});

test('where there is no TPM the key stays in its file, and the command says why', async () => {
  const before = process.env['TPM2TOOLS_TCTI'];
  process.env['TPM2TOOLS_TCTI'] = 'device:/dev/null/none';
  const { code, text } = await run('seal', '--config', config);
  if (before === undefined) delete process.env['TPM2TOOLS_TCTI'];
  else process.env['TPM2TOOLS_TCTI'] = before;
  expect([code, text]).toEqual([1, expect.stringContaining('TPM_UNAVAILABLE')]);
  expect(readdirSync(join(dataFolder, 'keys'))).toEqual(['device.key']);
});
