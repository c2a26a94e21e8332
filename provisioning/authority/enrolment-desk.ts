import type { KeyObject, X509Certificate } from 'node:crypto';
import type { Clock } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import type { EnrolmentStore } from '../../ota/fleet/store/enrolment-store.ts';
import { pairingCodeOf, thumbprintOf } from '../../device/identity-key.ts';
import { subjectOf } from '../enrolment/issued-certificate.ts';
import { type CertificateRequest, readCertificateRequest } from '../enrolment/request.ts';
import { type EnrolmentToken, readToken } from '../enrolment/token.ts';
import { type Authority, issueDeviceCertificate } from './authority.ts';

export interface DeskParts {
  authority: Authority;
  /** The key that tokens are signed with; its public half. */
  tokenKey: KeyObject;
  store: EnrolmentStore;
  clock: Clock;
  log(event: string, fields: Record<string, string>): void;
}

/** What becomes of a request: a certificate (PEM), or the seconds after which to ask again. */
export type Decision = { certificate: string } | { retrySeconds: number };

/** How often a device asks that waits for being let in. */
const retrySeconds = 10;

/** Decides whom the fleet lets in. Both ways in, over the network and on a stick, come here. */
export class EnrolmentDesk {
  readonly #parts: DeskParts;

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  get authority(): X509Certificate {
    return this.#parts.authority.certificate;
  }

  /**
   * Lets a device in with a token. A token that is for any device of its site counts only for one on the list; until then
   * the device waits. Throws what `readToken`, `readCertificateRequest` and `EnrolmentStore.redeem` do, ENROLMENT_KEY_OTHER
   * and ENROLMENT_REVOKED.
   */
  async enrol(tokenText: string, der: Uint8Array): Promise<Decision> {
    const { tokenKey, clock, store } = this.#parts;
    const request = await readCertificateRequest(der);
    const { site, serial } = request.subject;
    const token = readToken(tokenText, { site, serial, now: clock.now(), issuerKey: tokenKey });
    if (await store.isRevoked(request.subject.deviceId))
      throw new ScansideError('ENROLMENT_REVOKED', request.subject.deviceId);
    if (!(await this.#mayEnter(token, request))) return this.#later(request);
    return this.#letIn(token, request);
  }

  /** Throws ENROLMENT_KEY_OTHER where another key is on the list. */
  async #mayEnter(token: EnrolmentToken, { subject, publicKey }: CertificateRequest) {
    const listed = await this.#parts.store.thumbprintFor(subject.serial);
    if (listed === undefined) return token.serial !== undefined;
    if (listed === thumbprintOf(publicKey)) return true;
    throw new ScansideError('ENROLMENT_KEY_OTHER', thumbprintOf(publicKey));
  }

  #later({ subject: { serial, site }, publicKey }: CertificateRequest): Decision {
    const thumbprint = thumbprintOf(publicKey);
    const pairing = pairingCodeOf(thumbprint);
    this.#parts.log('device waits to be let in', { serial, site, thumbprint, pairing });
    return { retrySeconds };
  }

  async #letIn({ once, site }: EnrolmentToken, request: CertificateRequest): Promise<Decision> {
    const { authority, clock, store } = this.#parts;
    const { deviceId: device, serial } = request.subject;
    const [at, thumbprint] = [clock.now(), thumbprintOf(request.publicKey)];
    const issued = await issueDeviceCertificate(authority, request, at);
    const enrolment = { once, device, serial, site, thumbprint, certificate: issued, at };
    const certificate = await store.redeem(enrolment);
    this.#parts.log('device enrolled', { device, serial, site, thumbprint });
    return { certificate };
  }

  /**
   * Another certificate for a device that has shown a valid one: for the same name and the key that it was last let in
   * with. Throws ENROLMENT_REVOKED, ENROLMENT_KEY_OTHER, ENROLMENT_REQUEST_UNUSABLE.
   */
  async renew(shown: X509Certificate, der: Uint8Array): Promise<Decision> {
    const { authority, clock, store } = this.#parts;
    const request = await readCertificateRequest(der);
    const { deviceId, serial, site } = subjectOf(shown);
    const asked = request.subject;
    if (asked.deviceId !== deviceId || asked.serial !== serial || asked.site !== site)
      throw new ScansideError('ENROLMENT_REQUEST_UNUSABLE', 'it is for another than who sends it');
    if (await store.isRevoked(deviceId)) throw new ScansideError('ENROLMENT_REVOKED', deviceId);
    const known = await store.enrolledKey(deviceId);
    if (known !== thumbprintOf(request.publicKey))
      throw new ScansideError('ENROLMENT_KEY_OTHER', deviceId);
    const certificate = await issueDeviceCertificate(authority, request, clock.now());
    this.#parts.log('certificate renewed', { device: deviceId });
    return { certificate };
  }
}
