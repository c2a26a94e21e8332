import { ScansideError } from '../../device/errors.ts';
import { deviceIdForm } from '../../ota/mqtt/topics.ts';

/**
 * What the fleet calls the device with this serial number: the common name of its certificate, part of topics and of
 * the broker’s access rules. Throws ENROLMENT_NAME_UNUSABLE.
 */
export function deviceNameOf(serial: string): string {
  const name = serial.toLowerCase();
  if (/^[A-Za-z0-9-]+$/.test(serial) && deviceIdForm.test(name)) return name;
  throw new ScansideError('ENROLMENT_NAME_UNUSABLE', JSON.stringify(serial));
}
