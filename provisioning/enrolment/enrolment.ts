import { X509Certificate } from 'node:crypto';
import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import type { Keys } from '../../device/keys.ts';
import { openDeviceKey } from '../../device/identity-key.ts';
import { deviceNameOf } from './device-name.ts';
import { type EstOptions, fetchAuthority, requestCertificate } from './est-client.ts';
import {
  type DeviceIdentity,
  keepCertificate,
  keepIdentity,
  keptIdentity,
  readUsedToken,
} from './identity-folder.ts';
import { checkIssued } from './issued-certificate.ts';
import { writeCertificateRequest } from './request.ts';
import type { EnrolmentToken } from './token.ts';

/** Where an identity lies, and what opens it. */
export interface IdentityParts {
  /** `identity/` of the data folder. */
  folder: string;
  files: Files;
  /** The device’s root key. */
  keys: Keys;
  clock: Clock;
}

type Waits = Pick<EstOptions, 'deadline' | 'patience'>;

export interface EnrolOptions extends IdentityParts, Waits {
  token: EnrolmentToken;
  /** The token as it was given: it is what the server looks at. */
  tokenText: string;
  serial: string;
}

/**
 * Gets the device its certificate by EST (RFC 7030). Cut off anywhere, it goes on when it is called again with the same
 * token: the key is made once, and the fleet answers the same key in the same way. Who is enrolled by this token already
 * is told what he has. Rejects as `fetchAuthority` and `requestCertificate` do, and with ENROLMENT_CERTIFICATE_REFUSED.
 */
export async function enrol(options: EnrolOptions): Promise<DeviceIdentity> {
  const { token, tokenText, serial, folder, files, keys, clock } = options;
  const kept = identityByToken(options, token);
  if (kept) return kept;
  const privateKey = openDeviceKey(files, folder, keys);
  const est = { ...options, address: token.estUrl };
  const request = await writeCertificateRequest(privateKey, { serial, site: token.site });
  const authority = await fetchAuthority(est, token.caThumbprint);
  const credentials = { serial, token: tokenText };
  const [certificate] = await requestCertificate(est, authority.toString(), credentials, request);
  const subject = { deviceId: deviceNameOf(serial), serial, site: token.site };
  checkIssued(certificate!, { privateKey, authority, subject, now: clock.now() });
  keepIdentity(files, folder, authority, certificate!, token);
  return keptIdentity(folder, files, keys)!;
}

/** The identity that this token has brought, where it did and is valid. */
function identityByToken(
  { folder, files, keys, clock }: IdentityParts,
  { once }: EnrolmentToken,
): DeviceIdentity | undefined {
  const kept = keptIdentity(folder, files, keys);
  const isBy = kept && readUsedToken(folder, files).once === once;
  return isBy && kept.notAfter > clock.now() ? kept : undefined;
}

/** Two thirds of the certificate’s life are over. `now`: milliseconds since 1970 UTC. */
export function renewalDue({ certificatePem }: DeviceIdentity, now: number): boolean {
  const { validFromDate, validToDate } = new X509Certificate(certificatePem);
  const [from, to] = [validFromDate.getTime(), validToDate.getTime()];
  return now >= from + ((to - from) * 2) / 3;
}

export interface RenewOptions extends IdentityParts, Waits {
  /** A time that has certainly passed, milliseconds since 1970 UTC: before it the clock is not believed. */
  floor: number;
}

/**
 * Gets the device another certificate for its key, with the one that it has. Whatever fails, that goes on. Rejects with
 * ENROLMENT_MISSING, ENROLMENT_TIME_UNTRUSTED, and as `enrol` does.
 */
export async function renew(options: RenewOptions): Promise<DeviceIdentity> {
  const { folder, files, keys, clock, floor } = options;
  const before = keptIdentity(folder, files, keys);
  if (!before) throw new ScansideError('ENROLMENT_MISSING', folder);
  if (clock.now() < floor)
    throw new ScansideError('ENROLMENT_TIME_UNTRUSTED', `it says ${clock.now()}`);
  const { estUrl } = readUsedToken(folder, files);
  const privateKey = openDeviceKey(files, folder, keys);
  const request = await writeCertificateRequest(privateKey, before);
  const credentials = { certificate: before.certificatePem, key: before.privateKeyPem };
  const est = { ...options, address: estUrl };
  const [certificate] = await requestCertificate(est, before.chainPem, credentials, request);
  const authority = new X509Certificate(before.chainPem);
  checkIssued(certificate!, { privateKey, authority, subject: before, now: clock.now() });
  keepCertificate(files, folder, certificate!);
  return keptIdentity(folder, files, keys)!;
}
