import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { ScansideError } from '../../device/errors.ts';
import type { Keys } from '../../device/keys.ts';
import { canonicalJson, indentedJson } from '../../models/canonical-json.ts';
import { differingFields, fieldDigests, sha256 } from './fields.ts';
import { type CommissioningReport, commissioningReport } from './report.ts';

const algorithm = 'Ed25519 over canonical JSON';

const seal = z.strictObject({
  algorithm: z.literal(algorithm),
  /** SHA-256 of the report’s canonical JSON. */
  reportSha256: z.string(),
  /** SHA-256 of every field by its path: a changed one is found by its name. */
  fields: z.record(z.string(), z.string()),
  /** PEM. */
  publicKey: z.string(),
  /** Of the canonical JSON of the seal without this; base64. */
  signature: z.string(),
});

/** A report with what the device vouches for it with. */
export interface SealedReport {
  report: CommissioningReport;
  seal: z.infer<typeof seal>;
}

/** DER of an Ed25519 private key before its 32 bytes (RFC 8410). */
const privatePrefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The key with which this device signs commissioning reports: it follows from the root key and lies nowhere. */
export function reportKeyOf(keys: Keys): KeyObject {
  const seed = Buffer.from(keys.derive('commissioning report', 'signing key'), 'hex');
  const der = Buffer.concat([privatePrefix, seed]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

/** SHA-256 of a public key (SPKI), hexadecimal: what people compare. Throws Node’s own error for what is no key. */
export function fingerprintOf(key: KeyObject | string): string {
  return sha256(createPublicKey(key).export({ format: 'der', type: 'spki' }));
}

/** The file of a report: JSON for people and programs. */
export function sealReport(report: CommissioningReport, key: KeyObject): string {
  const unsigned = {
    algorithm,
    reportSha256: sha256(canonicalJson(report)),
    fields: fieldDigests(report),
    publicKey: createPublicKey(key).export({ format: 'pem', type: 'spki' }).toString(),
  } as const;
  const signature = sign(null, bytesOf(unsigned), key).toString('base64');
  return indentedJson({ report, seal: { ...unsigned, signature } });
}

/**
 * Reads the file of a report and refuses it, by the names of the fields, where it is not as it was signed. `fingerprint`
 * is that of the device's key: without it, only that the report is whole and signed by the key that it names is known.
 * Throws REPORT_UNREADABLE, REPORT_FORGED, REPORT_OTHER_KEY.
 */
export function openReport(text: string, fingerprint?: string): SealedReport {
  const file = readJson(text);
  const extra = Object.keys(file).filter((name) => name !== 'report' && name !== 'seal');
  const read = seal.safeParse(file['seal']);
  if (!read.success) throw forged(read.error.issues.map(({ path }) => pathOf('seal', path)));
  checkKey(read.data, fingerprint);
  const found = [...extra, ...findForged(file['report'], read.data)];
  if (found.length > 0) throw forged(found);
  const report = commissioningReport.safeParse(file['report']);
  if (report.success) return { report: report.data, seal: read.data };
  throw new ScansideError('REPORT_UNREADABLE', report.error.issues[0]?.message ?? '');
}

function readJson(text: string): Record<string, unknown> {
  try {
    const file: unknown = JSON.parse(text);
    if (typeof file === 'object' && file !== null && 'report' in file && 'seal' in file)
      return { ...file };
  } catch (cause) {
    throw new ScansideError('REPORT_UNREADABLE', 'it is no JSON', { cause });
  }
  throw new ScansideError('REPORT_UNREADABLE', 'it has no `report` and `seal`');
}

function checkKey({ publicKey }: SealedReport['seal'], fingerprint: string | undefined): void {
  const found = tryFingerprint(publicKey);
  if (found === undefined) throw forged(['seal.publicKey']);
  if (fingerprint !== undefined && found !== fingerprint.toLowerCase().replaceAll(':', ''))
    throw new ScansideError('REPORT_OTHER_KEY', `seal.publicKey is ${found}`);
}

function tryFingerprint(pem: string): string | undefined {
  try {
    return fingerprintOf(pem);
  } catch {
    return undefined;
  }
}

/** A field that is not as its digest says is named; where the digests were changed too, the signature tells. */
function findForged(report: unknown, { signature, ...unsigned }: SealedReport['seal']): string[] {
  const fields = differingFields(unsigned.fields, fieldDigests(report));
  const isHashed = unsigned.reportSha256 === sha256(canonicalJson(report));
  const isSigned = isSignature(signature, bytesOf(unsigned), unsigned.publicKey);
  return [
    ...fields.map((path) => `report.${path}`),
    ...(isHashed ? [] : ['seal.reportSha256']),
    ...(isSigned ? [] : ['seal.signature']),
  ];
}

/** In its one spelling: base64 with other idle bits would be the same signature. */
function isSignature(signature: string, bytes: Buffer, publicKey: string): boolean {
  const raw = Buffer.from(signature, 'base64');
  return raw.toString('base64') === signature && verify(null, bytes, publicKey, raw);
}

function bytesOf(unsigned: Omit<SealedReport['seal'], 'signature'>): Buffer {
  return Buffer.from(canonicalJson(unsigned));
}

function pathOf(root: string, path: readonly PropertyKey[]): string {
  return [root, ...path.map(String)].join('.');
}

function forged(fields: string[]): ScansideError {
  return new ScansideError('REPORT_FORGED', fields.slice(0, 20).join(', '));
}
