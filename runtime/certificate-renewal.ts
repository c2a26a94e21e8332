import type { Cancel } from '../device/clock.ts';
import { ScansideError } from '../device/errors.ts';
import { identityFolderOf } from '../device/identity-key.ts';
import type { Keys } from '../device/keys.ts';
import { renew, renewalDue } from '../provisioning/enrolment/enrolment.ts';
import { keptIdentity } from '../provisioning/enrolment/identity-folder.ts';
import type { ApplianceOptions } from './appliance.ts';

export interface RenewalParts extends Pick<
  ApplianceOptions,
  'clock' | 'configuration' | 'files' | 'log'
> {
  keys: Keys;
  /** Another certificate is on the disk. */
  renewed(): void;
}

/** How often the certificate is looked at, and its renewal tried. */
const lookMs = 3600_000;

/**
 * Renews the certificate that the fleet has given this device, at two thirds of its life. That it fails holds up nothing:
 * the certificate goes on, and conditions say when its end is near or the clock stands before its begin.
 */
export class CertificateRenewal {
  readonly #parts: RenewalParts;
  #cancel: Cancel | undefined;
  #closed = false;

  constructor(parts: RenewalParts) {
    this.#parts = parts;
  }

  start(): void {
    void this.#look();
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  async #look(): Promise<void> {
    try {
      await this.#renewWhereDue();
    } catch (error) {
      if (!(error instanceof ScansideError)) throw error;
      this.#parts.log('warn', error.code, { detail: error.message });
    }
    if (!this.#closed) this.#cancel = this.#parts.clock.after(lookMs, () => void this.#look());
  }

  async #renewWhereDue(): Promise<void> {
    const { clock, configuration, files, keys, log, renewed } = this.#parts;
    const folder = identityFolderOf(configuration.dataFolder);
    const identity = keptIdentity(folder, files, keys);
    if (!identity || !renewalDue(identity, clock.now())) return;
    const { notAfter } = await renew({ folder, files, keys, clock });
    log('info', 'certificate renewed', { until: notAfter });
    renewed();
  }
}
