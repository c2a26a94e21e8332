import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditCommands } from '../cli/audit.ts';
import { disk } from '../device/files.ts';
import { eventOf, hospital, openLog } from './audit-fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'scanside-audit-'));
const log = join(folder, 'log');
const deviceKey = join(log, 'device.pem');
const hospitalKey = join(folder, 'hospital.pem');
const witness = join(folder, 'witness.txt');
const exported = join(folder, 'log.audit');

function writePrivate(path: string, key: KeyObject): void {
  writeFileSync(path, key.export({ format: 'pem', type: 'pkcs8' }));
}

async function run(name: string, args: string[]) {
  const out: string[] = [];
  const errors: string[] = [];
  const io = { out: (text: string) => out.push(text), error: (text: string) => errors.push(text) };
  const code = await auditCommands[name]!.run(args, io);
  return { code, out: out.join('\n'), errors: errors.join('\n') };
}

beforeAll(async () => {
  const witnessed: string[] = [];
  const audit = await openLog(disk, { folder: log, witness: (text) => witnessed.push(text) });
  await audit.append(eventOf(7));
  await audit.close();
  writeFileSync(witness, `${witnessed.join('\n')}\n`);
  writePrivate(hospitalKey, hospital.privateKey);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a log is exported, verified with public keys, and shown to the hospital', async () => {
  expect(await run('export', ['--log', log, '--out', exported])).toMatchObject({ code: 0 });
  for (const path of [log, exported]) {
    const keys = ['--log', path, '--device-key', deviceKey];
    const verified = await run('verify', [...keys, '--witness', witness]);
    expect(verified).toMatchObject({ code: 0, out: expect.stringContaining('4 records') });
    const shown = await run('show', [...keys, '--hospital-key', hospitalKey]);
    const events = shown.out.split('\n').map((line) => JSON.parse(line));
    expect(events.map(({ name }) => name)).toEqual([
      'audit-started',
      'instances-received',
      'audit-stopped',
    ]);
    expect(events[1]).toMatchObject({ sequence: 2, boot: 1, ...eventOf(7) });
  }
});

test('a changed export ends with 1 and names the record', async () => {
  const bytes = readFileSync(join(log, 'segment-00000001.audit'));
  const place = bytes.length - 600;
  bytes[place]! ^= 1;
  const changed = join(folder, 'changed.audit');
  writeFileSync(changed, bytes);
  const keys = ['--log', changed, '--device-key', deviceKey];
  const verified = await run('verify', [...keys, '--json']);
  expect(verified.code).toBe(1);
  const { record } = JSON.parse(verified.out).fault;
  expect((await run('verify', keys)).out).toMatch(new RegExp(`^Record ${record} is no whole`));
});

test('an export of a span takes a time, and nothing else', async () => {
  const out = join(folder, 'span.audit');
  const ask = (from: string) => run('export', ['--log', log, '--out', out, '--from', from]);
  expect(await ask('yesterday')).toMatchObject({
    code: 2,
    errors: expect.stringContaining('--from'),
  });
  expect(await ask('2020-01-01')).toMatchObject({ code: 0 });
});

test('another key signs, and the first still verifies', async () => {
  const [data, config] = [join(folder, 'data'), join(folder, 'site.json')];
  writeFileSync(config, JSON.stringify({ dataFolder: data }));
  for (let at = 0; at < 2; at++)
    expect(await run('rotate-key', ['--config', config])).toMatchObject({ code: 0, errors: '' });
  const audit = join(data, 'audit');
  const verified = await run('verify', ['--log', audit, '--device-key', join(audit, 'device.pem')]);
  expect(verified).toMatchObject({ code: 0, out: expect.stringContaining('changed 2 times') });
});

test('an export never takes the place of a file', async () => {
  const answer = await run('export', ['--log', log, '--out', witness]);
  expect(answer).toMatchObject({ code: 1, errors: expect.stringContaining('EEXIST') });
});

test.each([
  ['another key in the place of the device’s', 'verify', ['--device-key', hospitalKey]],
  ['a file that is no key', 'verify', ['--device-key', witness]],
  [
    'a device’s key for the hospital’s',
    'show',
    ['--device-key', deviceKey, '--hospital-key', deviceKey],
  ],
])('%s is refused with a remedy', async (_what, name, args) => {
  const answer = await run(name, ['--log', log, ...args]);
  expect(answer).toMatchObject({ code: 1, errors: expect.stringContaining('AUDIT_KEY_UNUSABLE') });
});

test('another hospital’s key reads nothing', async () => {
  const other = join(folder, 'other.pem');
  writePrivate(other, generateKeyPairSync('x25519').privateKey);
  const answer = await run('show', [
    '--log',
    log,
    '--device-key',
    deviceKey,
    '--hospital-key',
    other,
  ]);
  expect(answer).toMatchObject({
    code: 1,
    out: '',
    errors: expect.stringContaining('AUDIT_KEY_UNUSABLE'),
  });
});

test.each(Object.keys(auditCommands))(
  '%s tells its usage, and ends with 2 without arguments',
  async (name) => {
    expect(await run(name, ['--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('Usage: scanside audit'),
    });
    expect(await run(name, [])).toMatchObject({
      code: 2,
      errors: expect.stringContaining('is missing'),
    });
  },
);
