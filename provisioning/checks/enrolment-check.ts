import { isoInstant } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import type { DeviceIdentity } from '../enrolment/identity-folder.ts';
import { type Check, fail, pass, type Verdict } from './verdict.ts';

/** Gets the device its certificate, or tells the one it has. Rejects with a code of the enrolment. */
export type Enrol = () => Promise<DeviceIdentity>;

export function enrolmentCheck(enrol: Enrol): Check {
  return {
    name: 'certificate',
    title: 'Certificate of the fleet',
    async run(): Promise<Verdict> {
      try {
        const { deviceId, site, serial, notAfter } = await enrol();
        const subject = `CN=${deviceId}, serialNumber=${serial}, O=${site}`;
        return pass({ subject, issuer: 'the fleet', notAfter: isoInstant(notAfter) });
      } catch (error) {
        if (!(error instanceof ScansideError)) throw error;
        return fail(error.code, error.message);
      }
    },
  };
}
