import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { ScansideError } from '../../device/errors.ts';
import type { Files } from '../../device/files.ts';
import type { Keys } from '../../device/keys.ts';
import { openDeviceKey } from '../../device/identity-key.ts';
import { subjectOf } from './issued-certificate.ts';
import type { EnrolmentToken } from './token.ts';

/** Who the device is to the fleet. */
export interface DeviceIdentity {
  deviceId: string;
  serial: string;
  site: string;
  certificatePem: string;
  /** The authority that has signed it. */
  chainPem: string;
  privateKeyPem: string;
  /** The certificate’s end, milliseconds since 1970 UTC. */
  notAfter: number;
}

export const certificateName = 'device.pem';
export const authorityName = 'ca.pem';
/** What the token said that the device was let in with; it is needed for the renewal. */
const tokenName = 'token-used.json';

const usedToken = z.strictObject({
  schema: z.literal(1),
  estUrl: z.string(),
  mqttUrl: z.string(),
  caThumbprint: z.string(),
  rootHash: z.string(),
  once: z.string(),
});

export type UsedToken = z.infer<typeof usedToken>;

/** Keeps what the device is now; the certificate last, because with it the device is enrolled. */
export function keepIdentity(
  files: Files,
  folder: string,
  authority: X509Certificate,
  certificate: X509Certificate,
  token: EnrolmentToken,
): void {
  const { estUrl, mqttUrl, caThumbprint, rootHash, once } = token;
  const used = { schema: 1, estUrl, mqttUrl, caThumbprint, rootHash, once };
  files.makeFolder(folder);
  files.replace(join(folder, tokenName), `${JSON.stringify(used, undefined, 2)}\n`);
  files.replace(join(folder, authorityName), authority.toString());
  keepCertificate(files, folder, certificate);
}

export function keepCertificate(files: Files, folder: string, certificate: X509Certificate): void {
  files.replace(join(folder, certificateName), certificate.toString());
}

/** The identity of a folder, or undefined where there is none yet. Throws KEY_UNUSABLE, SEAL_BROKEN. */
export function keptIdentity(folder: string, files: Files, keys: Keys): DeviceIdentity | undefined {
  const path = join(folder, certificateName);
  if (!files.exists(path)) return undefined;
  const certificatePem = files.readText(path);
  const certificate = new X509Certificate(certificatePem);
  const key = openDeviceKey(files, folder, keys);
  if (!certificate.checkPrivateKey(key))
    throw new ScansideError('KEY_UNUSABLE', `${path} is for another key`);
  return {
    ...subjectOf(certificate),
    certificatePem,
    chainPem: files.readText(join(folder, authorityName)),
    privateKeyPem: key.export({ format: 'pem', type: 'pkcs8' }) as string,
    notAfter: certificate.validToDate.getTime(),
  };
}

/** The token that the device was let in with. Throws ENROLMENT_MISSING. */
export function readUsedToken(folder: string, files: Files): UsedToken {
  try {
    return usedToken.parse(JSON.parse(files.readText(join(folder, tokenName))));
  } catch (cause) {
    throw new ScansideError('ENROLMENT_MISSING', folder, { cause });
  }
}
