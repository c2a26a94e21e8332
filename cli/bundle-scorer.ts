import { ScansideError } from '../device/errors.ts';
import type { Files } from '../device/files.ts';
import { judgeApplicability } from '../models/applicability.ts';
import type { Scorer, ScorerAnswer } from '../models/evaluation/scorer.ts';
import type { Manifest } from '../models/manifest.ts';
import type { InstanceResult } from '../models/outcome.ts';
import { tags } from '../runtime/dicom/tag.ts';
import { firstString } from '../runtime/dicom/value.ts';
import { examineUnit, type LoadedBundle, loadForUse } from '../runtime/inference/analysis.ts';
import type { Received } from '../runtime/inference/input.ts';
import { describeInstance, readInstanceHeader } from '../runtime/spool/instance.ts';
import { readReceived } from './dicom-folder.ts';

type Score = { finding: string; probability: number };

/** Why the model is not intended for an image, or undefined; as routing asks before the engine is given a job. */
export function whyNot(
  manifest: Manifest,
  { bytes, transferSyntaxUid }: Received,
): string | undefined {
  const header = readInstanceHeader(bytes, transferSyntaxUid);
  const sopClassUid = firstString(header, tags.SOPClassUID) ?? '';
  const judged = judgeApplicability(manifest, { ...describeInstance(header), sopClassUid });
  return judged.applies ? undefined : judged.why;
}

function answerOf(result: InstanceResult, withheld: Score[]): ScorerAnswer {
  if (result.state === 'analysed') return { state: 'analysed', scores: result.scores };
  const { state, reason, detail } = result;
  return withheld.length > 0
    ? { state, reason, detail, scores: withheld }
    : { state, reason, detail };
}

async function scoreFile(loaded: LoadedBundle, received: Received): Promise<ScorerAnswer> {
  const why = whyNot(loaded.manifest, received);
  if (why !== undefined) return { state: 'not-analysed', reason: 'out-of-scope', detail: why };
  const { examinations, result } = await examineUnit(loaded, [received]);
  return answerOf(
    result,
    examinations.flatMap(({ scores }) => scores),
  );
}

/**
 * Opens a bundle that answers as the device would: applicability, data set, pixels, preprocessing, networks, gate. What
 * is wrong with a file is an answer. Throws BUNDLE_INVALID or MODEL_FAULT.
 */
export async function openBundleScorer(files: Files, folder: string): Promise<Scorer> {
  const loaded = await loadForUse(folder, files);
  const { identity, labelling, findings } = loaded.manifest;
  return {
    model: {
      name: identity.name,
      version: identity.version,
      hash: loaded.bundle.hash,
      status: identity.status,
      notice: labelling.notice,
      thresholds: Object.fromEntries(findings.map(({ id, threshold }) => [id, threshold])),
    },
    async score(file) {
      try {
        return await scoreFile(loaded, readReceived(files, file));
      } catch (error) {
        if (!(error instanceof ScansideError)) throw error;
        return { state: 'not-analysed', reason: 'unreadable', detail: error.message };
      }
    },
    close: () => loaded.ensemble.release(),
  };
}
