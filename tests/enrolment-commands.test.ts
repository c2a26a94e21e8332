import { createPublicKey, X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { showEvents } from '../audit/export.ts';
import { readLog } from '../audit/frame-reader.ts';
import { enrollCommands } from '../cli/enroll.ts';
import { fleetCommands } from '../cli/fleet.ts';
import { disk } from '../device/files.ts';
import { hospital } from './audit-fixture.ts';
import { startProgram } from './peers/process.ts';

let base: string;
let fleet: string;
let config: string;
const at = (name: string): string => join(base, name);

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'scanside-enroll-'));
  [fleet, config] = [at('fleet'), at('config.json')];
  mkdirSync(join(fleet, 'repository', 'metadata'), { recursive: true });
  writeFileSync(join(fleet, 'repository', 'metadata', '1.root.json'), '{}');
  const device = { serial: 'SC-0042' };
  const hospitalKeyFile = at('hospital.pem');
  writeFileSync(hospitalKeyFile, hospital.publicKey.export({ format: 'pem', type: 'spki' }));
  writeFileSync(
    config,
    JSON.stringify({ dataFolder: at('data'), device, audit: { hospitalKeyFile } }),
  );
  expect(await run(fleetCommands, 'authority', '--folder', fleet, '--name', 'Test')).toMatchObject({
    code: 0,
  });
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

async function run(commands: typeof fleetCommands, name: string, ...args: string[]) {
  const lines: string[] = [];
  const io = { out: (text: string) => lines.push(text), error: (text: string) => lines.push(text) };
  const code = await commands[name]!.run(args, io);
  return { code, text: lines.join('\n') };
}

async function makeToken(...args: string[]): Promise<void> {
  const places = ['--est', 'https://127.0.0.1:1/.well-known/est', '--mqtt', 'mqtts://127.0.0.1:1'];
  const made = await run(fleetCommands, 'token', '--folder', fleet, ...places, ...args);
  expect(made).toMatchObject({ code: 0 });
  writeFileSync(at('token'), made.text);
}

const onDevice = () => ['--config', config, '--site', 'north-1'];
const issuer = () => ['--token', at('token'), '--issuer', join(fleet, 'authority', 'token.pem')];

test('a device comes into the fleet by files on a stick, from command to command', async () => {
  await makeToken('--site', 'north-1');
  const asked = await run(enrollCommands, 'request', ...onDevice(), '--out', at('request'));
  const thumbprint = /Thumbprint: +(\S+)/.exec(asked.text)![1]!;
  const code = /Pairing code: +(.+)/.exec(asked.text)![1]!;
  const database = ['--database', at('fleet.db')];
  const files = ['--request', at('request'), '--token', at('token'), '--out', at('answer')];
  const sign = () => run(fleetCommands, 'enroll', '--folder', fleet, ...files, ...database);
  expect(await sign()).toMatchObject({
    code: 1,
    text: expect.stringContaining('ENROLMENT_PENDING') as string,
  });
  const entry = ['--serial', 'SC-0042', '--thumbprint', thumbprint, ...database];
  const listed = await run(fleetCommands, 'preauthorise', ...entry);
  expect(listed.text).toContain(code);
  expect((await run(fleetCommands, 'preauthorise', ...database)).text).toContain(thumbprint);
  expect(await sign()).toMatchObject({ code: 0 });
  const take = () => run(enrollCommands, 'take', ...onDevice(), ...issuer(), '--in', at('answer'));
  expect(await take()).toMatchObject({
    code: 0,
    text: expect.stringContaining('sc-0042 belongs to the fleet at north-1 until') as string,
  });
  const items: unknown[] = [];
  const audit = join(at('data'), 'audit');
  const publicKey = createPublicKey(readFileSync(join(audit, 'device.pem')));
  const keys = { publicKey, hospital: hospital.privateKey };
  const events = showEvents(readLog(disk, audit), keys, ({ name }) => items.push(name));
  expect([events.fault, items]).toEqual([undefined, expect.arrayContaining(['provisioned'])]);
  const shown = await run(enrollCommands, 'show', '--config', config, '--svg', at('code.svg'));
  expect(shown.text).toMatch(/[▀▄█]{3}/);
  expect(readFileSync(at('code.svg'), 'utf8')).toMatch(/^<svg /);
  expect(shown.text).toContain(code);
  expect(shown.text).toContain('belongs to the fleet');
});

test('a device comes into the fleet over the network, from process to process', async () => {
  const place = ['--folder', fleet, '--name', '127.0.0.1', '--port', '0'];
  const main = [join(import.meta.dirname, '..', 'cli', 'main.ts'), 'fleet', 'est'];
  const args = [...main, ...place, '--database', at('fleet.db')];
  const server = await startProgram(process.execPath, args, (output) =>
    output.includes('listening'),
  );
  onTestFinished(() => server.stop());
  const [address] = /https:[^"]+/.exec(server.output())!;
  await makeToken('--site', 'north-1', '--serial', 'SC-0042', '--est', address);
  const enrolled = await run(enrollCommands, 'now', ...onDevice(), ...issuer());
  expect(enrolled).toMatchObject({ code: 0 });
  expect(enrolled.text).toContain('sc-0042 belongs to the fleet at north-1 until');
  expect(server.output()).toContain('device enrolled');
});

test('a token of another site or another fleet is refused by name', async () => {
  await makeToken('--site', 'north-2');
  expect(await run(enrollCommands, 'now', ...onDevice(), ...issuer())).toMatchObject({
    code: 1,
    text: expect.stringContaining('ENROLMENT_TOKEN_OTHER_SITE') as string,
  });
  await makeToken('--site', 'north-1', '--serial', 'SC-0043');
  expect(await run(enrollCommands, 'now', ...onDevice(), ...issuer())).toMatchObject({
    code: 1,
    text: expect.stringContaining('ENROLMENT_TOKEN_OTHER_DEVICE') as string,
  });
  await run(fleetCommands, 'authority', '--folder', at('other'), '--name', 'Other');
  const other = ['--token', at('token'), '--issuer', join(at('other'), 'authority', 'token.pem')];
  expect(await run(enrollCommands, 'now', ...onDevice(), ...other)).toMatchObject({
    code: 1,
    text: expect.stringContaining('ENROLMENT_TOKEN_FORGED') as string,
  });
});

test('broker and service get certificates of the same authority, whose keys nobody else may read', async () => {
  const names = ['--name', 'fleet-1', '--name', '10.0.0.5', '--out', at('service')];
  const made = await run(fleetCommands, 'certificate', '--folder', fleet, ...names);
  expect(made).toMatchObject({ code: 0 });
  const certificate = new X509Certificate(readFileSync(at('service.pem')));
  const authority = new X509Certificate(readFileSync(join(fleet, 'authority', 'ca.pem')));
  expect(certificate.verify(authority.publicKey)).toBe(true);
  expect([certificate.checkHost('fleet-1'), certificate.checkIP('10.0.0.5')]).toEqual([
    'fleet-1',
    '10.0.0.5',
  ]);
  expect(statSync(at('service.key')).mode & 0o077).toBe(0);
});

test('the authority of a fleet is not made twice', async () => {
  const before = readFileSync(join(fleet, 'authority', 'ca.key'));
  expect(await run(fleetCommands, 'authority', '--folder', fleet, '--name', 'Again')).toMatchObject(
    { code: 1, text: expect.stringContaining('FLEET_EXISTS') as string },
  );
  expect(readFileSync(join(fleet, 'authority', 'ca.key'))).toEqual(before);
});
