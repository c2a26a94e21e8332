import type { Files } from '../../device/files.ts';
import { failureReasons, type Reference } from '../dicom/commitment.ts';
import type { Instance } from '../spool/instance.ts';
import type { InstanceLedger } from '../spool/instance-ledger.ts';
import type { SegmentKeys } from '../spool/segment-keys.ts';
import { readRecordAt } from '../spool/segment-reader.ts';

/**
 * Why this device does not commit to an instance (PS3.3 C.14.1.1), or undefined where it does: then its record has
 * just been read again from the disk and its checksum was right. An instance in quarantine is none that is known; one
 * of which different bytes have come is not committed, because nobody can say which of them the scanner means.
 */
export function findFailure(
  { sopClassUid, sopInstanceUid }: Reference,
  instances: Pick<InstanceLedger, 'ofUid' | 'isInConflict'>,
  files: Files,
  keys: SegmentKeys | undefined,
): number | undefined {
  const found = instances.ofUid(sopInstanceUid);
  const [instance] = found;
  if (!instance) return failureReasons.noSuchObjectInstance;
  if (found.some((each) => each.sopClassUid !== sopClassUid))
    return failureReasons.classInstanceConflict;
  const isOne = found.length === 1 && !instances.isInConflict(sopInstanceUid);
  return isOne && isIntact(instance, files, keys) ? undefined : failureReasons.processingFailure;
}

/** A file that cannot be read is as good as one that is damaged. */
function isIntact(
  { path, start, offset, length, checksum }: Instance,
  files: Files,
  keys: SegmentKeys | undefined,
): boolean {
  try {
    const record = readRecordAt(files, path, start, keys);
    return record?.offset === offset && record.length === length && record.checksum === checksum;
  } catch {
    return false;
  }
}
