import { X509Certificate } from 'node:crypto';
import { ScansideError } from '../../device/errors.ts';
import { deviceIdForm } from './topics.ts';

/** Who a device is to the broker: the common name of its certificate, PEM. Throws MQTT_IDENTITY_UNUSABLE. */
export function deviceIdOf(certificate: string): string {
  const name = commonNameOf(certificate);
  if (name !== undefined && deviceIdForm.test(name)) return name;
  throw new ScansideError('MQTT_IDENTITY_UNUSABLE', JSON.stringify(name ?? 'no certificate'));
}

function commonNameOf(certificate: string): string | undefined {
  try {
    return /^CN=(.+)$/m.exec(new X509Certificate(certificate).subject)?.[1];
  } catch (cause) {
    throw new ScansideError('MQTT_IDENTITY_UNUSABLE', 'no certificate', { cause });
  }
}
