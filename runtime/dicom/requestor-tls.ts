import { isIP } from 'node:net';
import { checkServerIdentity, connect, type TLSSocket } from 'node:tls';

import { secureProfile } from './tls-profile.ts';

/** How to reach a peer by DICOM over TLS; certificates and keys are PEM. */
export interface RequestorTls {
  /** Whoever signs the peer's certificate. */
  authority: string;
  /** Our own, for a peer that asks for one. */
  certificate?: string | undefined;
  key?: string | undefined;
  /** The name that the peer's certificate must bear; without it the host we connect to. */
  serverName?: string | undefined;
}

/** Connects with the BCP 195 profile. The socket says `secureConnect` once the peer is known to be who it must be. */
export function connectTls(host: string, port: number, tls: RequestorTls): TLSSocket {
  const name = tls.serverName ?? host;
  return connect({
    ...secureProfile('TLSv1.2'),
    host,
    port,
    ca: tls.authority,
    cert: tls.certificate,
    key: tls.key,
    servername: isIP(name) ? '' : name,
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
  });
}
