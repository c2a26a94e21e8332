// The certificate library does not load without it.
// oxlint-disable-next-line import/no-unassigned-import
import 'reflect-metadata';
import type { KeyObject } from 'node:crypto';
import * as x509 from '@peculiar/x509';

export { x509 };

/** The one kind of key and signature that is used for certificates. */
export const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A key (P-256) as the library takes it. */
export function libraryKey(key: KeyObject): CryptoKey {
  return key.toCryptoKey(algorithm, true, [
    key.type === 'private' ? 'sign' : 'verify',
  ]) as CryptoKey;
}

/** Object identifier of the attribute serialNumber of a name (X.520). */
const serialNumber = '2.5.4.5';

/** The name of a device’s certificate. */
export interface DeviceSubject {
  /** The common name. */
  deviceId: string;
  /** The serial number of the box, not of the certificate. */
  serial: string;
  site: string;
}

export function subjectName({ deviceId, serial, site }: DeviceSubject): x509.JsonName {
  return [{ CN: [deviceId] }, { [serialNumber]: [serial] }, { O: [site] }];
}

/** What a name says; empty texts for what is missing or there twice. */
export function readSubject(name: x509.Name): DeviceSubject {
  const only = (field: string): string => {
    const values = name.getField(field);
    return values.length === 1 ? (values[0] ?? '') : '';
  };
  return { deviceId: only('CN'), serial: only(serialNumber), site: only('O') };
}
