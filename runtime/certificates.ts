import { X509Certificate } from 'node:crypto';
import type { Files } from '../device/files.ts';
import type { Configuration } from './config.ts';

/** A file of certificates in PEM, and what it is for. */
export interface CertificateUse {
  /** Such as `receiver`, or the name of a destination. */
  of: string;
  path: string;
}

/** One certificate that the appliance uses. */
export interface CertificateFacts {
  /** Common name of its subject, or the whole subject where it has none; the path of a file that cannot be read. */
  subject: string;
  /** What it is used for. */
  usedBy: string[];
  /** Its begin, milliseconds since 1970 UTC. */
  notBefore?: number;
  /** Its end, milliseconds since 1970 UTC; undefined where the file cannot be read. */
  notAfter: number | undefined;
}

type CertificateFiles =
  { certificateFile?: string | undefined; authorityFile?: string | undefined } | undefined;

/** Every file of certificates that the configuration names. */
export function certificateUses({
  receiver,
  destinations,
  inference: { kserve },
  mqtt,
}: Configuration): CertificateUse[] {
  return [
    ...filesOf('receiver', receiver.tls),
    ...receiver.commitment.flatMap(({ aeTitle, tls }) => filesOf(aeTitle, tls)),
    ...destinations.flatMap(({ name, tls }) => filesOf(name, tls)),
    ...filesOf('inference server', kserve?.tls),
    ...filesOf('broker', mqtt),
  ];
}

function filesOf(of: string, tls: CertificateFiles): CertificateUse[] {
  return [tls?.certificateFile, tls?.authorityFile].flatMap((path) =>
    path === undefined ? [] : [{ of, path }],
  );
}

/** Reads them all, each certificate of each file once. Throws nothing: what cannot be read is said to be unknown. */
export function readCertificates(
  uses: readonly CertificateUse[],
  files: Pick<Files, 'readText'>,
): CertificateFacts[] {
  const found = new Map<string, CertificateFacts>();
  for (const { of, path } of uses)
    for (const each of readFile(path, files)) {
      const known = found.get(each.key) ?? { ...each.facts, usedBy: [] };
      if (!known.usedBy.includes(of)) known.usedBy.push(of);
      found.set(each.key, known);
    }
  return [...found.values()];
}

const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

interface Named {
  /** The same for the same certificate. */
  key: string;
  facts: Omit<CertificateFacts, 'usedBy'>;
}

function readFile(path: string, files: Pick<Files, 'readText'>): Named[] {
  try {
    const blocks = files.readText(path).match(pemBlock) ?? [];
    if (blocks.length === 0) return [unknownFile(path)];
    return blocks.map((block) => describe(new X509Certificate(block)));
  } catch {
    return [unknownFile(path)];
  }
}

function unknownFile(path: string): Named {
  return { key: path, facts: { subject: path, notAfter: undefined } };
}

function describe({ fingerprint256, subject, validFromDate, validToDate }: X509Certificate): Named {
  const commonName = /^CN=(.+)$/m.exec(subject)?.[1];
  return {
    key: fingerprint256,
    facts: {
      subject: commonName ?? subject,
      notBefore: validFromDate.getTime(),
      notAfter: validToDate.getTime(),
    },
  };
}
