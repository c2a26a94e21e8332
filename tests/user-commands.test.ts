import { mkdirSync } from 'node:fs';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { userCommands } from '../cli/user.ts';
import { ManualClock } from '../device/manual-clock.ts';
import { startPanel } from '../panel/server.ts';
import { SampleSource } from './panel-source.ts';
import { openAccounts, visit } from './panel-visitor.ts';
import { temporaryFolder } from './peers/process.ts';

let data: string;

beforeEach(() => {
  const { path, remove } = temporaryFolder();
  onTestFinished(() => remove());
  data = `${path}/data`;
  mkdirSync(data);
});

/** Runs a command; what it said and how it ended. */
async function run(verb: string, ...args: string[]) {
  const lines = { out: '', error: '' };
  const io = {
    out: (text: string) => void (lines.out += `${text}\n`),
    error: (text: string) => void (lines.error += `${text}\n`),
  };
  const code = await userCommands[verb]?.run([...args, '--data', data], io);
  return { code, ...lines };
}

const add = (name: string, role: string) => run('add', '--name', name, '--role', role);
const pinIn = (text: string) => /PIN of \S+: (\d{6}) /.exec(text)?.[1] ?? '';

it('makes an account with a PIN that opens the panel', async () => {
  const { out, code } = await add('chief', 'administrator');
  expect(code).toBe(0);
  const panel = await startPanel({
    host: '127.0.0.1',
    port: 0,
    clock: new ManualClock(),
    source: new SampleSource(),
    accounts: openAccounts(data),
  });
  onTestFinished(() => panel.close());
  await visit(panel, 'administrator', { user: 'chief', secret: pinIn(out) });
});

it('lists, changes and removes accounts, and shows no secret', async () => {
  await add('chief', 'administrator');
  const { out } = await run(
    'add',
    '--name',
    'nina',
    '--role',
    'technologist',
    '--shown',
    'Nina B.',
  );
  expect((await run('list')).out).toMatch(/^chief +administrator\nnina +technologist +Nina B\.\n$/);
  await run('role', '--name', 'nina', '--role', 'radiologist');
  const reset = await run('reset', '--name', 'nina');
  expect(pinIn(reset.out)).not.toBe(pinIn(out));
  expect((await run('list')).out).toContain('radiologist');
  expect((await run('list')).out).not.toContain(pinIn(reset.out));
  expect((await run('remove', '--name', 'nina')).code).toBe(0);
  expect((await run('list')).out).not.toContain('nina');
});

it('is heeded by a panel that runs, which records it', async () => {
  const made = await add('chief', 'administrator');
  await add('nina', 'technologist');
  const [clock, source] = [new ManualClock(), new SampleSource()];
  const accounts = openAccounts(data);
  const panel = await startPanel({ host: '127.0.0.1', port: 0, clock, source, accounts });
  onTestFinished(() => panel.close());
  const nina = (await run('reset', '--name', 'nina')).out;
  clock.advance(5_000);
  const visitor = await visit(panel, 'technologist', { user: 'nina', secret: pinIn(nina) });
  for (let count = 0; count < 5; count += 1)
    await visit(panel, 'administrator', { user: 'chief', secret: '000000' }).catch(() => undefined);
  const chief = { user: 'chief', secret: pinIn(made.out) };
  await expect(visit(panel, 'administrator', chief)).rejects.toThrow(/ACCOUNT_LOCKED/);
  await run('unlock', '--name', 'chief');
  await run('remove', '--name', 'nina');
  clock.advance(5_000);
  await visit(panel, 'administrator', chief);
  expect((await visitor.fetch('/api/exams')).status).toBe(401);
  const changes = source.records.filter(({ kind }) => kind === 'user-changed');
  expect(changes).toHaveLength(3);
  expect(changes).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ user: 'nina', item: 'secret' }),
      expect.objectContaining({ user: 'chief', item: 'unlocked' }),
      expect.objectContaining({ user: 'nina', item: 'removed' }),
    ]),
  );
  expect(changes).toMatchObject(
    Array.from({ length: 3 }, () => ({ actor: { user: 'command-line' } })),
  );
});

it.each([
  ['add', ['--name', 'chief'], 2, '--role is missing'],
  ['add', ['--name', 'chief', '--role', 'king'], 2, '--role must be one of'],
  ['add', ['--name', 'Dr. Chief', '--role', 'radiologist'], 1, 'name-form'],
  ['remove', ['--name', 'nobody'], 1, 'ACCOUNT_UNKNOWN'],
  ['reset', ['--name', 'nobody'], 1, 'ACCOUNT_UNKNOWN'],
  ['unlock', [], 2, '--name is missing'],
  ['list', ['--colour'], 2, 'colour'],
])('%s %j ends with %i and says why', async (verb, args, code, words) => {
  await add('admin', 'administrator');
  const ended = await run(verb, ...args);
  expect([ended.code, ended.error]).toEqual([code, expect.stringContaining(words)]);
});

it('says that there is no such data folder, and makes none', async () => {
  data = `${data}-other`;
  expect(await run('list')).toMatchObject({
    code: 1,
    error: expect.stringContaining('DATA_FOLDER_UNKNOWN'),
  });
});

it('changes accounts also where there is no administrator yet', async () => {
  await add('nina', 'technologist');
  expect((await run('reset', '--name', 'nina')).code).toBe(0);
});

it('keeps the last administrator', async () => {
  await add('chief', 'administrator');
  const { code, error } = await run('remove', '--name', 'chief');
  expect([code, error]).toEqual([1, expect.stringContaining('last-administrator')]);
});

it.each(Object.keys(userCommands))('%s explains itself', async (verb) => {
  const { code, out } = await run(verb, '--help');
  expect([code, out]).toEqual([0, expect.stringContaining(`Usage: scanside user ${verb}`)]);
});
