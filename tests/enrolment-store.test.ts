import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Enrolment,
  type EnrolmentStore,
  openEnrolmentStore,
} from '../ota/fleet/store/enrolment-store.ts';
import { openStore } from '../ota/fleet/store/open-store.ts';
import { describeWith } from './outside.ts';
import { type Postgres, postgresProgram, startPostgres } from './peers/postgres.ts';
import { temporaryFolder } from './peers/process.ts';

/** A certificate of a device for a token; each test has names of its own. */
function enrolment(name: string, change: Partial<Enrolment> = {}): Enrolment {
  const who = { device: name, serial: name.toUpperCase(), site: 'north-1', thumbprint: 'aa' };
  return { once: `token of ${name}`, ...who, certificate: `pem of ${name}`, at: 1, ...change };
}

/** What every database has to do: two stores on one place, as two enrolment servers have them. */
function contract(place: () => string): void {
  let store: EnrolmentStore;
  let other: EnrolmentStore;

  beforeEach(async () => {
    [store, other] = await Promise.all([openEnrolmentStore(place()), openEnrolmentStore(place())]);
  });
  afterEach(async () => {
    await store.close();
    await other.close();
  });

  it('gives the same key the same certificate again, and a token to no other key', async () => {
    expect(await store.redeem(enrolment('a-1'))).toBe('pem of a-1');
    const again = enrolment('a-1', { certificate: 'another', at: 2 });
    expect(await other.redeem(again)).toBe('pem of a-1');
    const thief = enrolment('a-1', { thumbprint: 'bb' });
    await expect(other.redeem(thief)).rejects.toThrow('ENROLMENT_TOKEN_USED');
  });

  it('lets one of two in that use a token at once', async () => {
    const ends = await Promise.allSettled([
      store.redeem(enrolment('b-1')),
      other.redeem(enrolment('b-1', { thumbprint: 'bb' })),
    ]);
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('knows the key that a device was last let in with, and keeps names apart', async () => {
    await store.redeem(enrolment('c-1'));
    await store.redeem(enrolment('c-1', { once: 'second', thumbprint: 'cc', at: 2 }));
    expect([await other.enrolledKey('c-1'), await other.enrolledKey('c-2')]).toEqual([
      'cc',
      undefined,
    ]);
    const twin = enrolment('c-1', { once: 'third', serial: 'c-1' });
    await expect(store.redeem(twin)).rejects.toThrow('ENROLMENT_NAME_UNUSABLE');
  });

  it('keeps the list of who may come in', async () => {
    await store.preauthorise({ serial: 'D-1', thumbprint: 'aa' }, 1);
    await other.preauthorise({ serial: 'D-1', thumbprint: 'bb' }, 2);
    expect(await store.thumbprintFor('D-1')).toBe('bb');
    expect(await store.preauthorised()).toContainEqual({ serial: 'D-1', thumbprint: 'bb' });
    expect([await store.forget('D-1'), await store.forget('D-1')]).toEqual([true, false]);
    expect(await other.thumbprintFor('D-1')).toBeUndefined();
  });

  it('makes the device known at its site, and sees who is revoked', async () => {
    await store.redeem(enrolment('e-1'));
    const fleet = await openStore(place());
    const found = (await fleet.devices()).find(({ id }) => id === 'e-1');
    expect(found).toMatchObject({ site: 'north-1' });
    expect(await store.isRevoked('e-1')).toBe(false);
    await fleet.revoke('e-1', true);
    expect(await store.isRevoked('e-1')).toBe(true);
    await fleet.close();
  });
}

describe('enrolments in the embedded database', () => {
  const folder = temporaryFolder();
  afterAll(() => folder.remove());
  contract(() => join(folder.path, 'fleet.db'));
});

describeWith([postgresProgram], 'enrolments in PostgreSQL', () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());
  contract(() => postgres.url);
});
