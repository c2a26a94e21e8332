import { connect as connectTcp, isIP } from 'node:net';
import { checkServerIdentity, connect as connectTls, type TLSSocket } from 'node:tls';
import { type Clock, isoInstant } from '../../device/clock.ts';
import { ScansideError } from '../../device/errors.ts';
import type { RequestorTls } from '../../runtime/dicom/sender.ts';
import { describeTlsFailure, secureProfile } from '../../runtime/dicom/tls-profile.ts';
import { namePeerFault, type PeerSight } from './peer-fault.ts';
import { type Check, fail, pass, type Verdict, warn } from './verdict.ts';

/** Asks the name servers; rejects with Node's own error. */
export type Lookup = (host: string) => Promise<{ address: string }>;

/** A peer as far as the way to it goes. */
export interface Peer {
  host: string;
  port: number;
  /** Without it the connection is not encrypted. `authority` undefined: the authorities that Node brings. */
  tls?: (Omit<RequestorTls, 'authority'> & { authority?: string | undefined }) | undefined;
}

export interface ReachPorts {
  clock: Clock;
  lookup: Lookup;
}

const connectMs = 5000;
/** With TLS 1.3 a server says only after the handshake that it does not accept a certificate (RFC 8446 4.4.2.4). */
const objectionMs = 300;
const soonDays = 30;
const dayMs = 86_400_000;

/** The checks of the way to a peer: name, TCP and, where it is encrypted, TLS with its chain and dates. */
export function reachChecks(peer: Peer, ports: ReachPorts): Check[] {
  const { host, port, tls } = peer;
  const checks: Check[] = [
    { name: 'name', title: `Name ${host}`, run: () => checkName(host, ports.lookup) },
    { name: 'tcp', title: `TCP port ${port}`, run: () => checkTcp(peer, ports.clock) },
  ];
  if (tls) checks.push({ name: 'tls', title: 'TLS', run: () => checkTls(peer, ports.clock) });
  return checks;
}

/** A verdict from what was seen of a peer. */
export function faultOf(sight: PeerSight, detail: string, facts: Verdict['facts'] = {}): Verdict {
  return fail(namePeerFault(sight), detail, facts);
}

async function checkName(host: string, lookup: Lookup): Promise<Verdict> {
  if (isIP(host)) return pass({ address: host });
  try {
    return pass({ address: (await lookup(host)).address });
  } catch (error) {
    const code = codeOf(error);
    return faultOf({ at: 'name', code }, `${host} (${code})`);
  }
}

function checkTcp({ host, port }: Peer, clock: Clock): Promise<Verdict> {
  const begun = clock.monotonic();
  const socket = connectTcp({ host, port });
  return new Promise((resolve) => {
    const settle = (verdict: Verdict) => {
      cancel();
      socket.destroy();
      resolve(verdict);
    };
    const failed = (code: string) =>
      settle(faultOf({ at: 'connection', code }, `${host}:${port} (${code})`));
    const cancel = clock.after(connectMs, () => failed('ETIMEDOUT'));
    socket.on('error', (error) => failed(codeOf(error)));
    socket.once('connect', () => settle(pass({ milliseconds: elapsed(clock, begun) })));
  });
}

/** What the certificate of a peer says, whether or not it can be trusted. */
interface Certificate {
  subject: string;
  issuer: string;
  /** Milliseconds since 1970. */
  notAfter: number;
  fingerprint: string;
  protocol: string;
}

/** What a handshake has shown: what is wrong first, and the certificate as far as one was seen. */
interface Handshake {
  code: string | undefined;
  message: string;
  certificate: Certificate | undefined;
}

async function checkTls(peer: Peer, clock: Clock): Promise<Verdict> {
  return judgeHandshake(await shakeHands(peer, clock), peer, clock.now());
}

/** What a handshake means. */
export function judgeHandshake(
  { code, message, certificate }: Handshake,
  { host, port }: Pick<Peer, 'host' | 'port'>,
  now: number,
): Verdict {
  const facts = certificate ? { ...certificate, notAfter: isoInstant(certificate.notAfter) } : {};
  const bears = certificate
    ? `; it is for ${certificate.subject}, of ${certificate.issuer}, until ${isoInstant(certificate.notAfter).slice(0, 10)}`
    : '';
  if (code !== undefined) {
    const why = describeTlsFailure(code, message);
    return faultOf({ at: 'handshake', code }, `${host}:${port}: ${why}${bears}`, facts);
  }
  const days = Math.floor(((certificate?.notAfter ?? Infinity) - now) / dayMs);
  if (days < soonDays) return warn('PEER_CERTIFICATE_ENDS', `in ${days} days${bears}`, facts);
  return pass(facts);
}

/** Goes through with the handshake whatever the certificate is, so that it can be told what is wrong with it. */
function shakeHands({ host, port, tls }: Peer, clock: Clock): Promise<Handshake> {
  const name = tls?.serverName ?? host;
  const socket = connectTls({
    ...secureProfile('TLSv1.2'),
    host,
    port,
    ca: tls?.authority,
    cert: tls?.certificate,
    key: tls?.key,
    servername: isIP(name) ? '' : name,
    rejectUnauthorized: false,
  });
  return new Promise((resolve) => {
    const settle = (code: string | undefined, message: string) => {
      cancel();
      const certificate = readCertificate(socket);
      socket.destroy();
      resolve({ code, message, certificate });
    };
    let cancel = clock.after(connectMs, () => settle('ETIMEDOUT', 'no handshake'));
    socket.on('error', (error) => settle(codeOf(error), error.message));
    socket.once('secureConnect', () => {
      cancel();
      cancel = clock.after(objectionMs, () => settle(...findObjection(socket, name)));
    });
  });
}

/** Our own objection to the peer: its chain and dates first, then its name. */
function findObjection(socket: TLSSocket, name: string): [string | undefined, string] {
  // Node gives the code of the verification, whatever its types say.
  const objection = socket.authorizationError as unknown as string | null;
  if (objection) return [objection, ''];
  const misnamed = checkServerIdentity(name, socket.getPeerCertificate());
  return misnamed ? [codeOf(misnamed), misnamed.message] : [undefined, ''];
}

function readCertificate(socket: TLSSocket): Certificate | undefined {
  const found = socket.getPeerX509Certificate();
  if (!found) return undefined;
  return {
    subject: oneLine(found.subject),
    issuer: oneLine(found.issuer),
    notAfter: found.validToDate.getTime(),
    fingerprint: found.fingerprint256,
    protocol: socket.getProtocol() ?? '',
  };
}

/** The name of a certificate, which Node gives with a line for each part. */
export function oneLine(name: string): string {
  return name.split('\n').join(', ');
}

/** The code of Node's or our own error. */
export function codeOf(error: unknown): string {
  if (error instanceof ScansideError) return error.code;
  return (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
}

/** Whole milliseconds since `begun`, which is monotonic. */
export function elapsed(clock: Clock, begun: number): number {
  return Math.round(clock.monotonic() - begun);
}
