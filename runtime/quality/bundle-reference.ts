import type { Files } from '../../device/files.ts';
import { type Bundle, readBundleFile } from '../../models/bundle.ts';
import { readDriftReference } from '../../quality/drift-reference.ts';
import type { ExamBlock } from '../../quality/exam-block.ts';
import { signalsOf } from '../../quality/signal.ts';

/**
 * What a bundle counted on exams of the intended kind; undefined where it brings no reference. Throws BUNDLE_INVALID
 * where the file is not what the manifest lists, or counts what this program does not.
 */
export function readBundleReference(bundle: Bundle, files: Files): ExamBlock | undefined {
  const { drift, findings } = bundle.manifest;
  if (!drift) return undefined;
  const text = Buffer.from(readBundleFile(bundle, drift.file, files)).toString('utf8');
  return readDriftReference(signalsOf(findings.map(({ id }) => id)), JSON.parse(text));
}
