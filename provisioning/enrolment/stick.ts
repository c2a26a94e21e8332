import { ScansideError } from '../../device/errors.ts';
import { certificateThumbprint } from './certs-only.ts';
import { openDeviceKey } from '../../device/identity-key.ts';
import { deviceNameOf } from './device-name.ts';
import type { IdentityParts } from './enrolment.ts';
import { type DeviceIdentity, keepIdentity, keptIdentity } from './identity-folder.ts';
import { checkIssued, parseCertificate } from './issued-certificate.ts';
import { writeCertificateRequest } from './request.ts';
import type { EnrolmentToken } from './token.ts';

// Where the device reaches no enrolment server, two files go to and fro on a stick.

const requestLabel = 'CERTIFICATE REQUEST';

/** The text of the file that goes to the fleet: a request for a certificate, PEM. The same key at every call. */
export async function writeRequest(
  { folder, files, keys }: Omit<IdentityParts, 'clock'>,
  who: { serial: string; site: string },
): Promise<string> {
  const der = await writeCertificateRequest(openDeviceKey(files, folder, keys), who);
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${requestLabel}-----`, ...lines, `-----END ${requestLabel}-----`, ''].join(
    '\n',
  );
}

/** The request (DER) in the text of such a file. Throws ENROLMENT_REQUEST_UNUSABLE. */
export function readRequestFile(text: string): Buffer {
  const block = new RegExp(`-----BEGIN ${requestLabel}-----([^-]+)-----END ${requestLabel}-----`);
  const [, base64] = block.exec(text) ?? [];
  if (base64 !== undefined) return Buffer.from(base64, 'base64');
  throw new ScansideError('ENROLMENT_REQUEST_UNUSABLE', 'the file holds none');
}

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

export interface TakeOptions extends IdentityParts {
  token: EnrolmentToken;
  serial: string;
}

/**
 * Takes the file that comes back: the device’s certificate and that of the authority, PEM. Throws EST_UNTRUSTED where the
 * authority is not the one of the token, ENROLMENT_CERTIFICATE_REFUSED.
 */
export function takeCertificate(text: string, options: TakeOptions): DeviceIdentity {
  const { token, serial, folder, files, keys, clock } = options;
  const found = (text.match(certificateBlock) ?? []).map(parseCertificate);
  const isAuthority = (each: (typeof found)[number]) =>
    certificateThumbprint(each) === token.caThumbprint;
  const [authority, certificate] = [
    found.find(isAuthority),
    found.find((one) => !isAuthority(one)),
  ];
  if (!authority)
    throw new ScansideError('EST_UNTRUSTED', `no authority ${token.caThumbprint} in the file`);
  if (!certificate) throw new ScansideError('ENROLMENT_CERTIFICATE_REFUSED', 'there is none');
  const privateKey = openDeviceKey(files, folder, keys);
  const subject = { deviceId: deviceNameOf(serial), serial, site: token.site };
  checkIssued(certificate, { privateKey, authority, subject, now: clock.now() });
  keepIdentity(files, folder, authority, certificate, token);
  return keptIdentity(folder, files, keys)!;
}
