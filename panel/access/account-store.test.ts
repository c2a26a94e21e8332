import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { disk } from '../../device/files.ts';
import { keysOf } from '../../device/keys.ts';
import { temporaryFolder } from '../../tests/peers/process.ts';
import { addAccount, changeAccount, makeAccount, removeAccount, unlockAccount } from './account.ts';
import { AccountStore } from './account-store.ts';
import { hashSecret, isSecret } from './secret.ts';

const root = randomBytes(32);
const keys = keysOf(root);
const secret = { n: 1024, r: 8, p: 1, salt: 'x'.repeat(16), key: 'y'.repeat(16) };
const admin = makeAccount('admin', '', 'administrator', secret);
const anna = makeAccount('anna', 'Anna K.', 'technologist', secret);

let folder: string;

beforeEach(() => {
  const made = temporaryFolder();
  onTestFinished(() => made.remove());
  folder = join(made.path, 'access');
});

const open = () => new AccountStore(disk, keys, folder);
const names = (store: AccountStore) => store.accounts.map(({ name }) => name);

function filled(): AccountStore {
  const store = open();
  store.change((accounts) => addAccount(accounts, admin));
  store.change((accounts) => addAccount(accounts, anna));
  return store;
}

function fileName(): string {
  return join(folder, disk.list(folder).find((name) => name.startsWith('accounts-')) ?? '');
}

it('keeps accounts over a restart, in one file that says nothing', () => {
  filled();
  expect(open().accounts).toEqual([admin, anna]);
  expect(disk.list(folder)).toEqual(['accounts-000000002', 'in-use']);
  const bytes = readFileSync(fileName());
  for (const word of ['anna', 'Anna', 'technologist']) expect(bytes.includes(word)).toBe(false);
  expect(disk.isPrivate(fileName())).toBe(true);
});

it('loses no change where two change accounts at the same time', () => {
  const [first, second] = [filled(), open()];
  first.change((accounts) => removeAccount(accounts, 'anna'));
  const ben = makeAccount('ben', '', 'radiologist', secret);
  second.change((accounts) => addAccount(accounts, ben));
  expect(names(second)).toEqual(['admin', 'ben']);
  expect([first.refresh(), names(first), first.refresh()]).toEqual([true, ['admin', 'ben'], false]);
});

it('changes nothing where the change is refused', () => {
  const store = filled();
  const demote = () => store.change((all) => changeAccount(all, 'admin', { role: 'technologist' }));
  expect(demote).toThrow(/ACCOUNT_INVALID.*last-administrator/);
  expect(() => store.change((all) => removeAccount(all, 'admin'))).toThrow(/last-administrator/);
  expect(() => store.change((all) => addAccount(all, anna))).toThrow(/name-taken/);
  expect(() => store.change((all) => removeAccount(all, 'nobody'))).toThrow(/ACCOUNT_UNKNOWN/);
  expect(open().accounts).toEqual([admin, anna]);
});

it('gives a badge to one person', () => {
  const store = filled();
  const badge = store.identifyBadge('0012345678');
  store.change((accounts) => changeAccount(accounts, 'anna', { badge }));
  expect(() => store.change((all) => changeAccount(all, 'admin', { badge }))).toThrow(
    /badge-taken/,
  );
  expect(badge).not.toContain('12345678');
});

it('ends sessions with a new role or secret, and with nothing else', () => {
  const store = filled();
  const version = () => store.find('anna')?.version;
  const before = version();
  store.change((accounts) => unlockAccount(accounts, 'anna'));
  store.change((accounts) => changeAccount(accounts, 'anna', { badge: 'b' }));
  expect(version()).toBe(before);
  store.change((accounts) => changeAccount(accounts, 'anna', { role: 'radiologist' }));
  expect(version()).not.toBe(before);
});

it.each<[string, (path: string) => void]>([
  ['is lost', (path) => disk.remove(path)],
  ['is cut off', (path) => writeFileSync(path, readFileSync(path).subarray(0, 40))],
  [
    'has a changed byte',
    (path) =>
      writeFileSync(
        path,
        readFileSync(path).map((byte, at) => (at === 80 ? byte ^ 1 : byte)),
      ),
  ],
  ['is empty', (path) => writeFileSync(path, '')],
])('lets nobody in, and says what to do, where the file %s', (_, damage) => {
  filled();
  damage(fileName());
  const store = open();
  expect(() => store.accounts).toThrow(/ACCOUNTS_UNUSABLE/);
  expect(() => store.change(() => [admin])).toThrow(/ACCOUNTS_UNUSABLE/);
  expect(disk.list(folder)).toContain('in-use');
});

it('takes no older file under a newer name, and none of another device', () => {
  const store = filled();
  const old = readFileSync(fileName());
  store.change((accounts) => removeAccount(accounts, 'anna'));
  writeFileSync(join(folder, 'accounts-000000009'), old);
  expect(() => open().accounts).toThrow(/ACCOUNTS_UNUSABLE/);
  disk.remove(join(folder, 'accounts-000000009'));
  const other = new AccountStore(disk, keysOf(randomBytes(32)), folder);
  expect(() => other.accounts).toThrow(/ACCOUNTS_UNUSABLE/);
});

it('checks a secret with this device’s keys alone', async () => {
  const hash = await hashSecret(keys, '482135');
  expect([hash.n, hash.r]).toEqual([32_768, 8]);
  expect(await isSecret(keys, '482135', hash)).toBe(true);
  expect(await isSecret(keys, '４８２１３５', hash)).toBe(true);
  expect(await isSecret(keys, '482136', hash)).toBe(false);
  expect(await isSecret(keysOf(randomBytes(32)), '482135', hash)).toBe(false);
  expect(await hashSecret(keys, '482135')).not.toEqual(hash);
});
