import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { replaceCommands } from '../cli/replace.ts';
import { userCommands } from '../cli/user.ts';
import { disk } from '../device/files.ts';
import { keyFolderOf, openKeyFile } from '../device/keys.ts';
import { accessFolderOf, AccountStore } from '../panel/access/account-store.ts';
import { isSecret } from '../panel/access/secret.ts';
import { temporaryFolder } from './peers/process.ts';

const site = {
  device: { name: 'Bay 3', utcOffsetMinutes: 60 },
  receiver: { aeTitle: 'SCANSIDE' },
  destinations: [{ name: 'main', host: '10.0.0.7', port: 104, aeTitle: 'PACS' }],
};

async function run(commands: typeof replaceCommands, name: string, ...args: string[]) {
  const lines: string[] = [];
  const io = { out: (text: string) => lines.push(text), error: (text: string) => lines.push(text) };
  const code = await commands[name]!.run(args, io);
  return { code, text: lines.join('\n') };
}

/** An old device of the site and a new one, each with the file of its public key. */
async function makeDevices() {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  const device = async (name: string, serial: string, configuration: typeof site | object) => {
    const base = join(folder.path, name);
    mkdirSync(base);
    const [dataFolder, config, key] = ['data', 'config.json', 'key.pem'].map((each) =>
      join(base, each),
    ) as [string, string, string];
    const own = 'device' in configuration ? configuration.device : {};
    const all = { ...configuration, dataFolder, device: { ...own, serial } };
    writeFileSync(config, JSON.stringify(all));
    const written = await run(replaceCommands, 'key', '--config', config, '--out', key);
    expect(written).toMatchObject({ code: 0 });
    return { dataFolder, config, key };
  };
  const old = await device('old', 'SC-0042', site);
  const next = await device('next', 'SC-0099', {});
  return { old, next, out: join(folder.path, 'handed-over') };
}

test('the new device has the configuration and the accounts of the old one, with PINs of its own', async () => {
  const { old, next, out } = await makeDevices();
  const data = ['--data', old.dataFolder];
  const added = await run(userCommands, 'add', '--name', 'ada', '--role', 'technologist', ...data);
  const oldPin = /PIN of ada: (\S+)/.exec(added.text)![1]!;
  const give = ['--config', old.config, '--to', next.key, '--out', out];
  expect(await run(replaceCommands, 'export', ...give)).toMatchObject({ code: 0 });
  const take = ['--config', next.config, '--from', old.key, '--in', out];
  const taken = await run(replaceCommands, 'import', ...take);
  expect(taken).toMatchObject({ code: 0 });
  expect(JSON.parse(readFileSync(next.config, 'utf8'))).toEqual({
    ...site,
    dataFolder: next.dataFolder,
    device: { ...site.device, serial: 'SC-0099' },
  });
  const keys = openKeyFile(disk, keyFolderOf(next.dataFolder));
  const [ada] = new AccountStore(disk, keys, accessFolderOf(next.dataFolder)).accounts;
  expect(ada).toMatchObject({ name: 'ada', role: 'technologist' });
  const pin = /PIN of ada: (\S+)/.exec(taken.text)![1]!;
  expect([await isSecret(keys, pin, ada!.secret), pin === oldPin]).toEqual([true, false]);
  expect(await run(replaceCommands, 'import', ...take), 'repeated').toMatchObject({ code: 0 });
});

test('what is for another device, or of another, is refused and changes nothing', async () => {
  const { old, next, out } = await makeDevices();
  const before = readFileSync(next.config, 'utf8');
  await run(replaceCommands, 'export', '--config', old.config, '--to', old.key, '--out', out);
  const take = (from: string) =>
    run(replaceCommands, 'import', '--config', next.config, '--from', from, '--in', out);
  expect(await take(old.key)).toMatchObject({
    code: 1,
    text: expect.stringMatching(/REPLACEMENT_UNUSABLE.*another device/) as string,
  });
  expect(await take(next.key)).toMatchObject({
    code: 1,
    text: expect.stringMatching(/REPLACEMENT_UNUSABLE.*not signed/) as string,
  });
  expect(readFileSync(next.config, 'utf8')).toBe(before);
});
