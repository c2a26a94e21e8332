import { constants } from 'node:crypto';
import type { PeerCertificate, SecureContextOptions } from 'node:tls';

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** Cipher suites that BCP 195 (RFC 9325 4.2) recommends: forward secrecy and authenticated encryption, nothing else. */
const cipherSuites = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_AES_128_GCM_SHA256',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
];

/**
 * The BCP 195 secure transport connection profile of PS3.15 B.12: TLS 1.2 or later, no renegotiation, no compression.
 * Nothing is resumed either, so that every connection shows its certificate.
 */
export function secureProfile(minVersion: TlsVersion): SecureContextOptions {
  return {
    minVersion,
    maxVersion: 'TLSv1.3',
    ciphers: cipherSuites.join(':'),
    ecdhCurve: 'X25519:P-256:P-384',
    honorCipherOrder: true,
    secureOptions:
      constants.SSL_OP_NO_RENEGOTIATION |
      constants.SSL_OP_NO_COMPRESSION |
      constants.SSL_OP_NO_TICKET,
  };
}

/** Common names and DNS names of a certificate. */
export function certificateNames({ subject, subjectaltname }: PeerCertificate): string[] {
  const dns = (subjectaltname ?? '')
    .split(', ')
    .filter((name) => name.startsWith('DNS:'))
    .map((name) => name.slice('DNS:'.length));
  return [...new Set([subject.CN, dns].flat())].filter((name) => name !== undefined);
}

/** What OpenSSL and Node mean, in words; other codes speak for themselves. */
const words: Record<string, string> = {
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'no certificate',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'an older version of TLS than allowed',
  ERR_SSL_NO_SHARED_CIPHER: 'no cipher suite in common',
  ERR_SSL_WRONG_VERSION_NUMBER: 'not TLS',
  ERR_SSL_HTTP_REQUEST: 'HTTP, not TLS',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'the handshake took too long',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another name',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate is of another authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate is of another authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate is of another authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is of no authority',
  INVALID_PURPOSE: 'the certificate is for another purpose',
  ECONNRESET: 'the peer closed the connection',
};

/** Why a handshake failed, in words; `code` is that of the error or of the certificate's verification. */
export function describeTlsFailure(code: string | undefined, message: string): string {
  return (code && words[code]) ?? `${code ?? 'TLS'}: ${message.split('\n')[0]}`;
}
