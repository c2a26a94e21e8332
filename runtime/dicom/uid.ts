import { createHash } from 'node:crypto';

/** DICOM application context name (PS3.7 A.2.1). */
export const applicationContextName = '1.2.840.10008.3.1.1.1';

/** Verification SOP class, the one of C-ECHO (PS3.4 A.4). */
export const verification = '1.2.840.10008.1.1';

/** Storage Commitment Push Model SOP class (PS3.4 J.3.5). */
export const storageCommitmentPushModel = '1.2.840.10008.1.20.1';

/** The one well-known instance of the Storage Commitment Push Model (PS3.4 J.3.5). */
export const storageCommitmentInstance = '1.2.840.10008.1.20.1.1';

/** Modality Performed Procedure Step SOP class (PS3.4 F.7). */
export const modalityPerformedProcedureStep = '1.2.840.10008.3.1.2.3.3';

/** Names this implementation in association negotiation and in file meta information (PS3.7 D.3.3.2). */
export const implementationClassUid = deriveUid('scanside', 'implementation class');

/** At most 16 characters (PS3.7 D.3.3.2.3). */
export const implementationVersionName = 'SCANSIDE_0_1';

/**
 * Whether `text` has the form of a UID: 1 to 64 characters, numbers parted by dots (PS3.5 9.1). Leading zeros are
 * forbidden there and common in the field; they are let through because the text is only compared, never computed.
 */
export function isUid(text: string): boolean {
  return text.length <= 64 && /^\d+(\.\d+)*$/.test(text);
}

/**
 * A UID under 2.25 (PS3.5 B.2) that depends on nothing but `parts`: the same parts give the same UID on every machine.
 * It is a UUID of version 8 (RFC 9562 5.8) made from the SHA-256 of the parts, each with its length before it.
 */
export function deriveUid(...parts: string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  const bytes = hash.digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return `2.25.${BigInt(`0x${bytes.toString('hex')}`)}`;
}
