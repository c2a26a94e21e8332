import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { disk } from '../../device/files.ts';
import { keysOf } from '../../device/keys.ts';
import { ManualClock } from '../../device/manual-clock.ts';
import { temporaryFolder } from '../../tests/peers/process.ts';
import type { PanelRecord } from '../record.ts';
import { changeAccount, makeAccount, unlockAccount } from './account.ts';
import { AccountStore } from './account-store.ts';
import { hashSecret } from './secret.ts';
import { SignIn, type Credentials } from './sign-in.ts';

const keys = keysOf(randomBytes(32));
const minute = 60_000;
const adminHash = await hashSecret(keys, '907342');
const annaHash = await hashSecret(keys, '482135');

let clock: ManualClock;
let accounts: AccountStore;
let records: PanelRecord[];
let signIn: SignIn;

beforeEach(() => {
  const made = temporaryFolder();
  onTestFinished(() => made.remove());
  clock = new ManualClock();
  records = [];
  accounts = new AccountStore(disk, keys, join(made.path, 'access'));
  accounts.change(() => [
    {
      ...makeAccount('admin', '', 'administrator', adminHash),
      badge: accounts.identifyBadge('ADMIN-0001'),
    },
    {
      ...makeAccount('anna', '', 'technologist', annaHash),
      badge: accounts.identifyBadge('0012345678'),
    },
  ]);
  signIn = new SignIn({ clock, accounts, record: (record) => records.push(record) });
});

/** Name of the account that was let in, or the code of the refusal. */
async function enter(credentials: Credentials, address = '10.0.0.1'): Promise<string> {
  return signIn.enter(credentials, address).then(
    ({ name }) => name,
    (error: { code: string }) => error.code,
  );
}

const anna = (secret: string) => ({ name: 'anna', secret });
const reasons = () => records.map((record) => 'reason' in record && record.reason);

it('lets in with the right secret, however the name is written', async () => {
  expect(await enter({ name: ' Anna ', secret: '482135' })).toBe('anna');
  expect(await enter(anna('482136'))).toBe('SIGN_IN_FAILED');
  expect(await enter({ name: 'anna2', secret: '482135' })).toBe('SIGN_IN_FAILED');
});

it('answers and waits for a name that nobody has as for one that somebody has', async () => {
  const tries = async (name: string) => {
    const codes: string[] = [];
    for (let count = 0; count < 6; count += 1)
      codes.push(await enter({ name, secret: '111222' }, name));
    return codes;
  };
  const failed = Array.from({ length: 5 }, () => 'SIGN_IN_FAILED');
  expect(await tries('anna')).toEqual([...failed, 'ACCOUNT_LOCKED']);
  expect(await tries('nobody')).toEqual([...failed, 'ACCOUNT_LOCKED']);
});

it('locks an account for a minute, then lets the right secret in', async () => {
  for (let count = 0; count < 5; count += 1) await enter(anna('111222'));
  expect(await enter(anna('482135'))).toBe('ACCOUNT_LOCKED');
  clock.advance(minute);
  expect(await enter(anna('482135'))).toBe('anna');
  expect(reasons()).toEqual(['wrong', 'wrong', 'wrong', 'wrong', 'lockout', 'locked']);
});

it('does not let tries at the same moment slip past the lock', async () => {
  const codes = await Promise.all(Array.from({ length: 12 }, () => enter(anna('111222'))));
  expect(codes.filter((code) => code === 'SIGN_IN_FAILED')).toHaveLength(5);
});

it('heeds what is unlocked in the file while it runs', async () => {
  for (let count = 0; count < 5; count += 1) await enter(anna('111222'));
  accounts.change((all) => unlockAccount(all, 'anna'));
  expect(await enter(anna('482135'))).toBe('anna');
});

it('makes an address wait that fails with many names, and no other', async () => {
  for (let at = 0; at < 20; at += 1) await enter({ name: `name${at}`, secret: '111222' });
  expect(await enter(anna('482135'))).toBe('TOO_MANY_REQUESTS');
  expect(await enter(anna('482135'), '10.0.0.2')).toBe('anna');
});

it('takes a badge for looking and acting, and none for managing people', async () => {
  expect(await enter({ badge: '0012345678' })).toBe('anna');
  expect(await enter({ badge: '0012345679' })).toBe('SIGN_IN_FAILED');
  expect(await enter({ badge: '' })).toBe('SIGN_IN_FAILED');
  expect(await enter({ badge: 'ADMIN-0001' })).toBe('SIGN_IN_FAILED');
  accounts.change((all) => changeAccount(all, 'anna', { badge: '' }));
  expect(await enter({ badge: '0012345678' })).toBe('SIGN_IN_FAILED');
});

it('checks one secret at a time and turns away a crowd', async () => {
  const codes = await Promise.all(
    Array.from({ length: 20 }, (_, at) => enter({ name: `name${at}`, secret: 'x' }, `a${at}`)),
  );
  expect(codes.filter((code) => code === 'TOO_MANY_REQUESTS')).toHaveLength(4);
});

it('records whom a failure was meant for and never what was typed', async () => {
  await enter({ name: '482135', secret: 'anna' });
  await enter({ name: 'anna', secret: 'mistyped-secret' });
  await enter({ badge: 'some-badge-77' });
  expect(records).toEqual([
    { kind: 'sign-in-failed', user: '', address: '10.0.0.1', reason: 'wrong' },
    { kind: 'sign-in-failed', user: 'anna', address: '10.0.0.1', reason: 'wrong' },
    { kind: 'sign-in-failed', user: '', address: '10.0.0.1', reason: 'wrong' },
  ]);
});
