import type { ErrorCode } from '../../device/errors.ts';
import { unreachableCodes } from '../../device/network-error.ts';

/** Names that OpenSSL gives a certificate of the peer that it does not accept. */
const untrusted =
  /^(UNABLE_TO_\w+|SELF_SIGNED_\w+|DEPTH_ZERO_\w+|CERT_\w+|CRL_\w+|INVALID_(CA|PURPOSE)|PATH_LENGTH_EXCEEDED)$/;
/** Alerts by which the peer says that it does not accept ours, or wants one (RFC 8446 6.2). */
const refused =
  /^ERR_SSL_\w*ALERT_(\w*CERTIFICATE\w*|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE|DECRYPT_ERROR)$/;

/** What a failed connection means, by the code of Node, OpenSSL or the operating system. */
export function judgeFailure(code: string): ErrorCode {
  if (unreachableCodes.has(code)) return 'PEER_UNREACHABLE';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'AUDIT_SERVER_MISNAMED';
  if (untrusted.test(code)) return 'AUDIT_SERVER_UNTRUSTED';
  if (refused.test(code)) return 'AUDIT_CLIENT_REFUSED';
  return code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')
    ? 'TLS_FAILED'
    : 'ASSOCIATION_ABORTED';
}
