import { ScansideError } from '../../device/errors.ts';
import { deviceIdForm } from '../../ota/mqtt/topics.ts';

/** Names of the fleet’s own services at the broker, which may do what no device may. */
const reserved = /^fleet-/;

/**
 * What the fleet calls the device with this serial number: the common name of its certificate, part of topics and of
 * the broker’s access rules. Throws ENROLMENT_NAME_UNUSABLE.
 */
export function deviceNameOf(serial: string): string {
  const name = serial.toLowerCase();
  if (/^[A-Za-z0-9-]+$/.test(serial) && deviceIdForm.test(name) && !reserved.test(name))
    return name;
  throw new ScansideError('ENROLMENT_NAME_UNUSABLE', JSON.stringify(serial));
}
