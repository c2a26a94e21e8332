import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** A certificate that is its own authority, for both sides; PEM files. */
export interface Certificate {
  certificateFile: string;
  keyFile: string;
}

/** Makes one that is good for a day; undefined where openssl is absent. */
export function makeCertificate(folder: string): Certificate | undefined {
  const made = { certificateFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') };
  const files = ['-keyout', made.keyFile, '-out', made.certificateFile];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1'];
  return spawnSync('openssl', [...args, ...files, ...subject]).status === 0 ? made : undefined;
}

/** Options of DCMTK's programs for mutual TLS with it. */
export function dcmtkOptions(tls: Certificate | undefined): string[] {
  if (!tls) return [];
  return ['+tls', tls.keyFile, tls.certificateFile, '+cf', tls.certificateFile];
}
