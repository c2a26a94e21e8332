import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
// The certificate library does not load without it.
// oxlint-disable-next-line import/no-unassigned-import
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { dateOf } from '../../device/date.ts';
import type { Files } from '../../device/files.ts';
import type { Keys } from '../../device/keys.ts';
import type { WrappedKey } from '../../device/wrapped-key.ts';
import type { HostNames } from './host-names.ts';
import { openContent, sealContent } from '../../device/sealed-content.ts';
import type { PanelTls } from '../../device/web/server-limits.ts';

export interface DeviceCertificateOptions {
  files: Files;
  keys: Keys;
  folder: string;
  names: HostNames;
  /** Wall time, milliseconds since 1970 UTC. */
  now: number;
}

const dayMs = 24 * 3600_000;

/** No browser takes a longer one. A day of it lies in the past, for clocks that differ. */
const lifeDays = 397;
const renewDays = 30;
const certificateFile = 'certificate.pem';
const keyFile = 'key.sealed';
const purpose = 'panel certificate';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/**
 * The device's own certificate and its key, which is sealed on the disk. A new one is made where there is none, where it
 * cannot be read, lacks a name that is needed, is not valid now, or has less than 30 days left.
 */
export async function openDeviceCertificate(options: DeviceCertificateOptions): Promise<PanelTls> {
  const kept = read(options);
  if (kept && isGood(new X509Certificate(kept.certificate), options)) return kept;
  const made = await make(options.names, options.now);
  write(options, made);
  return made;
}

/** Where the certificate of a data folder lies. */
export function certificateFolderOf(dataFolder: string): string {
  return join(dataFolder, 'panel-tls');
}

/** The key that the certificate's private key is sealed with. */
export function certificateKeysIn(files: Files, folder: string): WrappedKey[] {
  const path = join(folder, keyFile);
  return files.exists(path) ? [{ path, purpose }] : [];
}

/** SHA-256 of a certificate, as browsers show it: for whoever compares the two. */
export function fingerprintOf(certificate: string): string {
  const { raw } = new X509Certificate(certificate);
  const hex = createHash('sha256').update(raw).digest('hex').toUpperCase();
  return hex.replaceAll(/(..)(?!$)/g, '$1:');
}

function read({ files, keys, folder }: DeviceCertificateOptions): PanelTls | undefined {
  try {
    const certificate = files.readText(join(folder, certificateFile));
    const sealed = files.readBytes(join(folder, keyFile));
    const key = openContent(keys, purpose, sealed).toString();
    const isPair = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
    return isPair ? { certificate, key } : undefined;
  } catch {
    return undefined;
  }
}

function write({ files, keys, folder }: DeviceCertificateOptions, made: PanelTls): void {
  files.makeFolder(folder);
  files.replace(join(folder, keyFile), sealContent(keys, purpose, Buffer.from(made.key)));
  files.replace(join(folder, certificateFile), made.certificate);
}

function isGood(
  certificate: X509Certificate,
  { names: { needed }, now }: DeviceCertificateOptions,
): boolean {
  const from = certificate.validFromDate.getTime();
  const to = certificate.validToDate.getTime();
  const bears = (name: string) =>
    isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name);
  return from <= now && to - now >= renewDays * dayMs && needed.every(bears);
}

async function make({ needed, further }: HostNames, now: number): Promise<PanelTls> {
  const keys = await globalThis.crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const names = [...new Set([...needed, ...further])];
  const usages = x509.KeyUsageFlags.digitalSignature;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [(needed[0] ?? 'scanside').slice(0, 64)] }],
    notBefore: dateOf(now - dayMs),
    notAfter: dateOf(now + (lifeDays - 1) * dayMs),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(usages, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
      ),
    ],
  });
  const pkcs8 = await globalThis.crypto.subtle.exportKey('pkcs8', keys.privateKey);
  const key = x509.PemConverter.encode(pkcs8, 'PRIVATE KEY');
  return { certificate: `${certificate.toString('pem')}\n`, key };
}
