import type { ErrorEntry } from './error-entry.ts';

/** What can go wrong while a device gets its identity from the fleet, renews it, or gives it up. */
export const enrolmentErrors = {
  ENROLMENT_TOKEN_MALFORMED: {
    kind: 'caller',
    means: 'the enrolment token cannot be read',
    remedy: 'Copy the whole text of the token, or have the fleet manager make another one.',
  },
  ENROLMENT_TOKEN_FORGED: {
    kind: 'caller',
    means: 'the enrolment token is not as the fleet signed it',
    remedy:
      'Do not use it, and tell the fleet manager who gave it to you. Nothing was sent with it.',
  },
  ENROLMENT_TOKEN_EXPIRED: {
    kind: 'caller',
    means: 'the enrolment token is no longer valid, or not yet',
    remedy:
      'Check the clocks of both sides; if they are right, have the fleet manager make another token.',
  },
  ENROLMENT_TOKEN_OTHER_SITE: {
    kind: 'caller',
    means: 'the enrolment token is for another site',
    remedy: 'Check the site in the answers file, or have a token made for this site.',
  },
  ENROLMENT_TOKEN_OTHER_DEVICE: {
    kind: 'caller',
    means: 'the enrolment token is for a device with another serial number',
    remedy: 'Check the serial number on the label, or have a token made for this device.',
  },
  ENROLMENT_TOKEN_OTHER_ROOT: {
    kind: 'caller',
    means: 'the enrolment token belongs to another repository of models than this device',
    remedy:
      'Set the device up with the root metadata of the fleet that made the token, or ask that fleet for a token.',
  },
  ENROLMENT_TOKEN_USED: {
    kind: 'caller',
    means: 'the enrolment token was used for another key before',
    remedy:
      'If nobody else of yours has used it, somebody has copied it: tell the fleet manager. Have another token made.',
  },
  ENROLMENT_NAME_UNUSABLE: {
    kind: 'caller',
    means: 'no name for the fleet can be made of the serial number',
    remedy:
      'A serial number has 1 to 64 letters, digits and dashes, differs from others in more than the case, and ends with no dash.',
  },
  ENROLMENT_REQUEST_UNUSABLE: {
    kind: 'caller',
    means: 'what asks for a certificate is no request that may be signed',
    remedy: 'Write the request anew on the device with `scanside enroll request`.',
  },
  ENROLMENT_KEY_OTHER: {
    kind: 'caller',
    means: 'the device has another key than the one that was preauthorised for its serial number',
    remedy:
      'Compare the thumbprint on the device with the list. If the device was reset, preauthorise its new key; otherwise another box claims to be it.',
  },
  ENROLMENT_PENDING: {
    kind: 'world',
    means: 'the fleet has not let the device in yet',
    remedy:
      'Have the fleet manager compare the pairing code and run `scanside fleet preauthorise`, then run this again.',
  },
  ENROLMENT_REVOKED: {
    kind: 'caller',
    means: 'the fleet believes this device no more',
    remedy: 'Ask the fleet manager why; `scanside fleet revoke --undo` lets it in again.',
  },
  ENROLMENT_CERTIFICATE_REFUSED: {
    kind: 'world',
    means: 'the certificate that came is not the one that was asked for',
    remedy:
      'It was not kept; the one before goes on. Check the address of the fleet’s enrolment server, and who answers there.',
  },
  ENROLMENT_MISSING: {
    kind: 'caller',
    means: 'this device is not enrolled',
    remedy: 'Enrol it with `scanside enroll now`.',
  },
  ENROLMENT_TIME_UNTRUSTED: {
    kind: 'world',
    means: 'the clock stands before a time that has certainly passed, so no certificate is renewed',
    remedy: 'Check NTP. The certificate is renewed by itself when the clock is right.',
  },
  EST_UNREACHABLE: {
    kind: 'world',
    means: 'the fleet’s enrolment server did not answer as it must',
    remedy: 'Check address, DNS, proxy and firewall, then run this again: it goes on.',
  },
  EST_UNTRUSTED: {
    kind: 'world',
    means: 'the enrolment server is not the one that the token names',
    remedy:
      'Nothing was sent to it. Check the address; a proxy that opens TLS, or an impostor, answers in its place.',
  },
  EST_REFUSED: {
    kind: 'world',
    means: 'the enrolment server refuses',
    remedy: 'Look into its log; have the fleet manager check the token and the list of devices.',
  },
  EST_MALFORMED: {
    kind: 'world',
    means: 'the enrolment server’s answer is none by RFC 7030',
    remedy: 'Check the address: it ends with /.well-known/est. Nothing was kept.',
  },
} as const satisfies Record<string, ErrorEntry>;
