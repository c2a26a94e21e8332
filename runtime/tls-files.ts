import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import { openDeviceKeyFile } from '../device/identity-key.ts';
import type { Keys } from '../device/keys.ts';
import type { CommitmentPeer } from './commitment/report-sender.ts';
import type { OidcSettings } from '../panel/access/identity-provider.ts';
import type { Configuration, DestinationConfiguration } from './config.ts';
import type { ReceiverTls } from './dicom/receiver.ts';
import type { RequestorTls } from './dicom/sender.ts';
import type { HttpTls } from './outbox/http-peer.ts';
import { kserveDefaults, type KserveSettings } from './inference/kserve/settings.ts';

type Protocol = DestinationConfiguration['protocol'];
type Settings<P extends Protocol> = Extract<DestinationConfiguration, { protocol: P }>;

/** A PACS, or a listener for messages, with the texts of its certificate files. */
type SocketDestination<P extends 'dicom' | 'hl7'> = Omit<Settings<P>, 'tls'> & {
  tls: RequestorTls | undefined;
};

/** A server that is reached by HTTP, with the texts of its certificate files. */
type HttpDestination<P extends 'stow' | 'fhir'> = Omit<Settings<P>, 'tls' | 'tokenFile'> &
  HttpAccess;

interface HttpAccess {
  tls: HttpTls | undefined;
  /** Reads the token anew. Throws CONFIG_INVALID where it is gone. */
  token: (() => string) | undefined;
}

export type DicomDestination = SocketDestination<'dicom'>;
export type StowDestination = HttpDestination<'stow'>;
export type Destination =
  DicomDestination | StowDestination | SocketDestination<'hl7'> | HttpDestination<'fhir'>;

/** The certificates of `receiver.tls`. Throws CONFIG_INVALID with the key and the file that is not right. */
export function readReceiverTls(
  { receiver: { tls } }: Configuration,
  files: Files,
): ReceiverTls | undefined {
  if (!tls) return undefined;
  const { port, mutual, minVersion } = tls;
  const own = readIdentity('receiver.tls', tls.certificateFile, tls.keyFile, files);
  const authority = readCertificate('receiver.tls.authorityFile', tls.authorityFile, files);
  return { port, mutual, minVersion, authority, ...own };
}

/** The site's identity provider; undefined where there is none. Throws CONFIG_INVALID where its secret is not there. */
export function readOidc(
  { panel: { oidc } }: Configuration,
  files: Files,
): OidcSettings | undefined {
  if (!oidc) return undefined;
  const { clientSecretFile, ...settings } = oidc;
  if (clientSecretFile === undefined) return { ...settings, clientSecret: undefined };
  const clientSecret = () =>
    readText('panel.oidc.clientSecretFile', clientSecretFile, files).trim();
  clientSecret();
  return { ...settings, clientSecret };
}

/** The panel's certificate of the site; undefined where there is none. Throws CONFIG_INVALID as `readReceiverTls` does. */
export function readPanelTls(
  { panel: { certificateFile, keyFile } }: Configuration,
  files: Files,
): { certificate: string; key: string } | undefined {
  if (certificateFile === undefined || keyFile === undefined) return undefined;
  return readIdentity('panel', certificateFile, keyFile, files);
}

/** The destinations with their certificates. Throws CONFIG_INVALID as `readReceiverTls` does. */
export function readDestinations({ destinations }: Configuration, files: Files): Destination[] {
  return destinations.map((to, index) => readDestination(`destinations.${index}`, to, files));
}

function readDestination(at: string, to: DestinationConfiguration, files: Files): Destination {
  if (to.protocol === 'stow') return readHttpAccess(at, to, files);
  if (to.protocol === 'fhir') return readHttpAccess(at, to, files);
  return { ...to, tls: readPeerTls(`${at}.tls`, to, files) };
}

function readHttpAccess<T extends Settings<'stow' | 'fhir'>>(
  at: string,
  { tls, tokenFile, ...destination }: T,
  files: Files,
): Omit<T, 'tls' | 'tokenFile'> & HttpAccess {
  const readToken = (path: string) => readText(`${at}.tokenFile`, path, files).trim();
  if (tokenFile !== undefined) readToken(tokenFile);
  return {
    ...destination,
    tls: tls && readServerTls(`${at}.tls`, tls, files),
    token: tokenFile === undefined ? undefined : () => readToken(tokenFile),
  };
}

/** The scanners of `receiver.commitment` with their certificates. Throws CONFIG_INVALID as `readReceiverTls` does. */
export function readCommitmentPeers(
  { commitment }: Configuration['receiver'],
  files: Files,
): CommitmentPeer[] {
  return commitment.map((peer, index) => ({
    ...peer,
    tls: readPeerTls(`receiver.commitment.${index}.tls`, peer, files),
  }));
}

/** The inference server of `inference.kserve` with its certificates. Throws CONFIG_INVALID as `readReceiverTls` does. */
export function readInferenceServer(
  { inference: { kserve } }: Configuration,
  files: Files,
): KserveSettings | undefined {
  if (!kserve) return undefined;
  const { url, modelName, modelVersion, timeoutSeconds, tokenFile, tls } = kserve;
  const at = 'inference.kserve';
  return {
    ...kserveDefaults,
    url,
    modelName,
    modelVersion,
    timeoutMs: timeoutSeconds * 1000,
    token: tokenFile && readText(`${at}.tokenFile`, tokenFile, files).trim(),
    tls: tls && readServerTls(`${at}.tls`, tls, files),
  };
}

/** The certificates of `updates`. Throws CONFIG_INVALID as `readReceiverTls` does. */
export function readUpdateTls(
  { updates }: Configuration,
  files: Files,
  root: RootKey,
): HttpTls | undefined {
  return updates?.tls && readServerTls('updates.tls', updates.tls, files, root);
}

/** The audit repositories with their certificates. Throws CONFIG_INVALID as `readReceiverTls` does. */
export function readForwarders({ audit: { forwarders } }: Configuration, files: Files) {
  return forwarders.map(({ tls, ...to }, index) => {
    const at = `audit.forwarders.${index}.tls`;
    const authority = readCertificate(`${at}.authorityFile`, tls.authorityFile, files);
    const own = readIdentity(at, tls.certificateFile, tls.keyFile, files);
    return { ...to, tls: { authority, serverName: tls.serverName, ...own } };
  });
}

/** The broker of `mqtt` with its certificates, or undefined. Throws CONFIG_INVALID as `readReceiverTls` does. */
export function readBroker({ mqtt }: Configuration, files: Files, root: RootKey) {
  if (!mqtt) return undefined;
  const { authorityFile, certificateFile, keyFile, serverName: servername } = mqtt;
  const ca = readCertificate('mqtt.authorityFile', authorityFile, files);
  const { certificate: cert, key } = readIdentity('mqtt', certificateFile, keyFile, files, root);
  return { url: mqtt.url, queueMegabytes: mqtt.queueMegabytes, tls: { ca, cert, key, servername } };
}

function readServerTls(
  at: string,
  { authorityFile, certificateFile, keyFile, serverName }: NonNullable<Settings<'stow'>['tls']>,
  files: Files,
  root?: RootKey,
): HttpTls {
  const authority = authorityFile && readCertificate(`${at}.authorityFile`, authorityFile, files);
  if (certificateFile === undefined || keyFile === undefined) return { authority, serverName };
  return { authority, serverName, ...readIdentity(at, certificateFile, keyFile, files, root) };
}

function readPeerTls(
  key: string,
  { tls }: Pick<Settings<'dicom'>, 'tls'>,
  files: Files,
): RequestorTls | undefined {
  if (!tls) return undefined;
  const { authorityFile, certificateFile, keyFile, serverName } = tls;
  const authority = readCertificate(`${key}.authorityFile`, authorityFile, files);
  if (certificateFile === undefined || keyFile === undefined) return { authority, serverName };
  return { authority, serverName, ...readIdentity(key, certificateFile, keyFile, files) };
}

/** The device’s root key; asked for only where a key is sealed with it. */
export type RootKey = () => Keys;

function readIdentity(
  at: string,
  certificateFile: string,
  keyFile: string,
  files: Files,
  root?: RootKey,
) {
  const certificate = readCertificate(`${at}.certificateFile`, certificateFile, files);
  const key = readPrivateKey(`${at}.keyFile`, keyFile, files, root);
  if (!new X509Certificate(certificate).checkPrivateKey(readKey(`${at}.keyFile`, keyFile, key)))
    throw wrong(`${at}.keyFile`, keyFile, `the private key of ${certificateFile}`);
  return { certificate, key };
}

/** A private key in PEM; that of an enrolled device lies sealed. */
function readPrivateKey(key: string, path: string, files: Files, root?: RootKey): string {
  const text = readText(key, path, files);
  if (!root || text.includes('-----BEGIN ')) return text;
  return openDeviceKeyFile(root(), files.readBytes(path));
}

function readCertificate(key: string, path: string, files: Files): string {
  const text = readText(key, path, files);
  parseCertificate(key, path, text);
  return text;
}

function parseCertificate(key: string, path: string, text: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch {
    throw wrong(key, path, 'a certificate in PEM');
  }
}

function readKey(key: string, path: string, text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    throw wrong(key, path, 'a private key in PEM, without a passphrase');
  }
}

function readText(key: string, path: string, files: Files): string {
  try {
    return files.readText(path);
  } catch (error) {
    throw wrong(key, path, `a readable file (${(error as NodeJS.ErrnoException).code})`);
  }
}

function wrong(key: string, path: string, expected: string): ScansideError {
  return new ScansideError(
    'CONFIG_INVALID',
    `\n  ${key} = ${JSON.stringify(path)}; expected: ${expected}`,
  );
}
