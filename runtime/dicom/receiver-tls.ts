import { Socket } from 'node:net';
import { createServer, type Server, TLSSocket } from 'node:tls';

import { plainAddress } from './receiver-socket.ts';
import {
  certificateNames,
  describeTlsFailure,
  secureProfile,
  type TlsVersion,
} from './tls-profile.ts';

/** What the port for DICOM over TLS needs; certificates and keys are PEM. */
export interface ReceiverTls {
  /** 0 takes any free port. */
  port: number;
  certificate: string;
  key: string;
  /** Whoever signs our callers' certificates. */
  authority: string;
  /** Refuse peers without a certificate of the authority. */
  mutual: boolean;
  minVersion: TlsVersion;
}

/** A server of the BCP 195 profile. It hands on only sockets whose handshake is done, within `handshakeMs`. */
export function createTlsServer(
  tls: ReceiverTls,
  handshakeMs: number,
  connected: (socket: TLSSocket) => void,
  failed: (address: string, cause: string) => void,
): Server {
  const { certificate, key, authority, mutual, minVersion } = tls;
  const server = createServer(
    {
      ...secureProfile(minVersion),
      cert: certificate,
      key,
      ca: authority,
      requestCert: mutual,
      rejectUnauthorized: mutual,
      handshakeTimeout: handshakeMs,
      noDelay: true,
    },
    connected,
  );
  return server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    // A certificate that does not verify is found on the socket; the error says only that the socket was closed.
    const { authorizationError } = socket as { authorizationError?: unknown };
    const code = typeof authorizationError === 'string' ? authorizationError : error.code;
    failed(addressOf(socket), describeTlsFailure(code, error.message));
  });
}

/**
 * Where a failed handshake came from. Node has closed the TLS socket by then; the one below it, which is no documented
 * property, still knows. Where it does not, the address is empty.
 */
function addressOf(socket: TLSSocket): string {
  const below: unknown = Reflect.get(socket, '_parent');
  return plainAddress(socket) || (below instanceof Socket ? plainAddress(below) : '');
}

/** Names in the certificate of a peer that is verified; none for a plain socket or an unverified peer. */
export function verifiedNames(socket: object): string[] {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return [];
  return certificateNames(socket.getPeerCertificate());
}
