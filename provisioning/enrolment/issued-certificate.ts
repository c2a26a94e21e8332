import { type KeyObject, X509Certificate } from 'node:crypto';
import { ScansideError } from '../../device/errors.ts';
import { type DeviceSubject, readSubject, x509 } from './certificate-library.ts';

/** What a certificate must fit that the fleet sends to this device. */
export interface IssueExpectations {
  privateKey: KeyObject;
  /** The authority whose thumbprint the token names. */
  authority: X509Certificate;
  subject: DeviceSubject;
  /** Milliseconds since 1970 UTC. */
  now: number;
}

/** Checks a certificate that came. Throws ENROLMENT_CERTIFICATE_REFUSED, which names what does not fit. */
export function checkIssued(certificate: X509Certificate, expected: IssueExpectations): void {
  const { deviceId, serial, site } = subjectOf(certificate);
  const { subject, authority, now } = expected;
  const rules: [boolean, string][] = [
    [certificate.checkPrivateKey(expected.privateKey), 'it is for another key'],
    [certificate.checkIssued(authority), 'it names another authority'],
    [certificate.verify(authority.publicKey), 'the authority has not signed it'],
    [!certificate.ca, 'it is that of an authority'],
    [deviceId === subject.deviceId, `it is for the device ${JSON.stringify(deviceId)}`],
    [serial === subject.serial, `it is for the serial number ${JSON.stringify(serial)}`],
    [site === subject.site, `it is for the site ${JSON.stringify(site)}`],
    [certificate.validFromDate.getTime() <= now, 'it is not valid yet: check the clock'],
    [certificate.validToDate.getTime() > now, 'it has expired: check the clock'],
  ];
  const broken = rules.find(([holds]) => !holds);
  if (broken) throw new ScansideError('ENROLMENT_CERTIFICATE_REFUSED', broken[1]);
}

/** Whom a certificate names. */
export function subjectOf({ raw }: X509Certificate): DeviceSubject {
  return readSubject(new x509.X509Certificate(raw).subjectName);
}

/** A certificate in PEM, or DER. Throws ENROLMENT_CERTIFICATE_REFUSED. */
export function parseCertificate(text: string | Buffer): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (cause) {
    throw new ScansideError('ENROLMENT_CERTIFICATE_REFUSED', 'it is none', { cause });
  }
}
