import { ScansideError } from '../../../device/errors.ts';
import { openSql } from './open-store.ts';
import type { Sql, SqlSession } from './sql.ts';

/** A certificate that a device got with a token. */
export interface Enrolment {
  /** Of the token. */
  once: string;
  device: string;
  serial: string;
  site: string;
  /** SHA-256 of the device’s public key, hexadecimal. */
  thumbprint: string;
  /** PEM. */
  certificate: string;
  /** Milliseconds since 1970 UTC. */
  at: number;
}

export interface Preauthorised {
  serial: string;
  thumbprint: string;
}

/** What the fleet remembers of who may get in, and who has. */
export class EnrolmentStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Lets the device with this serial number and this key in; in place of another key for the same number. */
  async preauthorise({ serial, thumbprint }: Preauthorised, now: number): Promise<void> {
    await this.#sql.change(
      `INSERT INTO preauthorised (serial, thumbprint, at) VALUES ($1, $2, $3)
        ON CONFLICT (serial) DO UPDATE SET thumbprint = excluded.thumbprint, at = excluded.at`,
      [serial, thumbprint, now],
    );
  }

  /** Takes a serial number off the list; tells whether it was on it. */
  async forget(serial: string): Promise<boolean> {
    return (await this.#sql.change('DELETE FROM preauthorised WHERE serial = $1', [serial])) > 0;
  }

  async preauthorised(): Promise<Preauthorised[]> {
    const rows = await this.#sql.rows(
      'SELECT serial, thumbprint FROM preauthorised ORDER BY serial',
    );
    return rows as unknown as Preauthorised[];
  }

  /** The key that a serial number may have, where it is on the list. */
  async thumbprintFor(serial: string): Promise<string | undefined> {
    const [row] = await this.#sql.rows('SELECT thumbprint FROM preauthorised WHERE serial = $1', [
      serial,
    ]);
    return row && String(row['thumbprint']);
  }

  /** The key that a device was last let in with, where it was. */
  async enrolledKey(device: string): Promise<string | undefined> {
    const [row] = await this.#sql.rows(
      'SELECT thumbprint FROM enrolments WHERE device = $1 ORDER BY at DESC LIMIT 1',
      [device],
    );
    return row && String(row['thumbprint']);
  }

  /** The fleet believes the device no more. */
  async isRevoked(device: string): Promise<boolean> {
    const rows = await this.#sql.rows('SELECT id FROM devices WHERE id = $1 AND revoked = 1', [
      device,
    ]);
    return rows.length > 0;
  }

  /**
   * Uses a token up; durable once it has resolved. A token that the same key has used before counts as used by this one,
   * and its certificate is what comes back: a device that missed the answer asks again. Throws ENROLMENT_TOKEN_USED,
   * ENROLMENT_NAME_UNUSABLE where another serial number has this device’s name.
   */
  redeem(enrolment: Enrolment): Promise<string> {
    return this.#sql.transaction(async (session) => {
      await refuseTwins(session, enrolment);
      const isNew = await insert(session, enrolment);
      if (isNew) await place(session, enrolment);
      return isNew ? enrolment.certificate : formerCertificate(session, enrolment);
    });
  }

  close(): Promise<void> {
    return this.#sql.close();
  }
}

/** Opens that part of the fleet’s database. Throws FLEET_DATABASE_FAILED. */
export async function openEnrolmentStore(place: string): Promise<EnrolmentStore> {
  return new EnrolmentStore(await openSql(place));
}

async function refuseTwins(session: SqlSession, { device, serial }: Enrolment): Promise<void> {
  const twins = await session.rows(
    'SELECT serial FROM enrolments WHERE device = $1 AND serial <> $2 LIMIT 1',
    [device, serial],
  );
  if (twins.length)
    throw new ScansideError('ENROLMENT_NAME_UNUSABLE', `${serial}; ${twins[0]!['serial']} has it`);
}

async function insert(session: SqlSession, each: Enrolment): Promise<boolean> {
  const { once, device, serial, thumbprint, certificate, at } = each;
  const count = await session.change(
    `INSERT INTO enrolments (once, device, serial, thumbprint, certificate, at)
      VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (once) DO NOTHING`,
    [once, device, serial, thumbprint, certificate, at],
  );
  return count > 0;
}

async function formerCertificate(session: SqlSession, each: Enrolment): Promise<string> {
  const { once, serial, thumbprint } = each;
  const [row] = await session.rows('SELECT * FROM enrolments WHERE once = $1', [once]);
  if (row?.['thumbprint'] === thumbprint && row['serial'] === serial)
    return String(row['certificate']);
  throw new ScansideError('ENROLMENT_TOKEN_USED', `by ${String(row?.['serial'])}`);
}

/** The device is known from now on, and where it stands. */
async function place(session: SqlSession, { device, site }: Enrolment): Promise<void> {
  await session.change(
    'INSERT INTO devices (id, site) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET site = excluded.site',
    [device, site],
  );
}
