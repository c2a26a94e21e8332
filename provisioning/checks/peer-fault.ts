import type { ErrorCode } from '../../device/errors.ts';

/** What was seen of a peer that could not be used, at the first place where it went wrong. */
export type PeerSight =
  | { at: 'name'; code: string }
  | { at: 'connection'; code: string }
  | { at: 'handshake'; code: string }
  | { at: 'association'; code: string; words: string };

interface Row {
  at: PeerSight['at'];
  /** Codes of the operating system, of the resolver, of OpenSSL and Node, or ours. */
  codes?: readonly string[];
  /** What a rejection says. */
  says?: RegExp;
  fault: ErrorCode;
}

const authorityCodes = [
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
  'INVALID_CA',
];

const notTlsCodes = [
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_UNEXPECTED_MESSAGE',
  'ECONNRESET',
  'ETIMEDOUT',
];

/** The first row that fits names the fault; the last row of each place takes whatever is left. */
const table: readonly Row[] = [
  { at: 'name', codes: ['ENOTFOUND', 'ENODATA'], fault: 'PEER_NAME_UNKNOWN' },
  { at: 'name', fault: 'PEER_NAME_SERVER_SILENT' },
  { at: 'connection', codes: ['ECONNREFUSED'], fault: 'PEER_PORT_CLOSED' },
  { at: 'connection', fault: 'PEER_HOST_SILENT' },
  {
    at: 'handshake',
    codes: ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'],
    fault: 'PEER_CERTIFICATE_EXPIRED',
  },
  {
    at: 'handshake',
    codes: ['ERR_TLS_CERT_ALTNAME_INVALID'],
    fault: 'PEER_CERTIFICATE_MISNAMED',
  },
  { at: 'handshake', codes: authorityCodes, fault: 'PEER_AUTHORITY_OTHER' },
  { at: 'handshake', codes: notTlsCodes, fault: 'PEER_NOT_TLS' },
  { at: 'handshake', fault: 'PEER_WANTS_CERTIFICATE' },
  {
    at: 'association',
    says: /called AE title not recognized/,
    fault: 'PEER_CALLED_TITLE_UNKNOWN',
  },
  {
    at: 'association',
    says: /calling AE title not recognized/,
    fault: 'PEER_CALLING_TITLE_UNKNOWN',
  },
  { at: 'association', codes: ['ASSOCIATION_REJECTED', 'PEER_BUSY'], fault: 'PEER_REJECTS' },
  { at: 'association', codes: ['TLS_FAILED'], fault: 'PEER_WANTS_CERTIFICATE' },
  { at: 'association', fault: 'PEER_NOT_DICOM' },
];

/** What is probably the matter, from what was seen. */
export function namePeerFault(sight: PeerSight): ErrorCode {
  const words = sight.at === 'association' ? sight.words : '';
  const row = table.find(
    ({ at, codes, says }) =>
      at === sight.at && (codes?.includes(sight.code) ?? true) && (says?.test(words) ?? true),
  );
  return row?.fault ?? 'PEER_NOT_DICOM';
}
