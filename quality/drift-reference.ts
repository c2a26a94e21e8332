import { z } from 'zod';
import { ScansideError } from '../device/errors.ts';
import { blockExams, windowBlocks } from './drift.ts';
import { type CountedExam, countExams, type ExamBlock, type Signals } from './exam-block.ts';
import { emptyCounts, total } from './histogram.ts';
import { isAcquisition, signalsOf } from './signal.ts';

const count = z.int().nonnegative();

/** Fewest exams of a reference: half of what a window has. Ten times as many are better. */
export const fewestExams = (blockExams * windowBlocks) / 2;

/** What a bundle counted on exams of the intended kind that have trained nothing: the file that drift is held against. */
const driftReferenceSchema = z.strictObject({
  schema: z.literal(1),
  /** Which exams, in words. */
  statement: z.string().min(1).max(400),
  exams: z.int().min(fewestExams).max(10_000_000),
  flagged: count,
  /** Counts of every bin by signal; the last bin counts exams that do not say the value. Not every signal is there. */
  signals: z.record(z.string(), z.array(count).max(1000).readonly()),
});

/** Whatever keeps a reference from being one for these signals. */
function findFault(signals: Signals, { exams, flagged, signals: counts }: ExamBlock) {
  if (flagged > exams) return `${flagged} of ${exams} exams are flagged`;
  const strange = Object.keys(counts).find((name) => !Object.hasOwn(signals, name));
  if (strange !== undefined) return `the signal "${strange}" is unknown`;
  if (Object.keys(counts).length === 0) return 'it counts no signal';
  for (const [name, own] of Object.entries(counts)) {
    const wanted = emptyCounts(signals[name]!.bins).length;
    if (own.length !== wanted) return `"${name}" has ${own.length} bins, not ${wanted}`;
    if (total(own) !== exams) return `"${name}" counts ${total(own)} of ${exams} exams`;
  }
  return undefined;
}

/** Reads the reference of a bundle from its JSON. Throws BUNDLE_INVALID, and says which signal is wrong. */
export function readDriftReference(signals: Signals, value: unknown): ExamBlock {
  const parsed = driftReferenceSchema.safeParse(value);
  const fault = parsed.success
    ? findFault(signals, parsed.data)
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ');
  if (!parsed.success || fault !== undefined)
    throw new ScansideError('BUNDLE_INVALID', `rule drift-reference: ${fault}`);
  const { exams, flagged, signals: counts } = parsed.data;
  return { exams, flagged, signals: counts };
}

export type DriftReference = z.infer<typeof driftReferenceSchema>;

/**
 * Makes the reference of a bundle from exams of the intended kind. How images are acquired is left out: that is each
 * hospital's own, and no measure of whether a model was made for it.
 */
export function makeDriftReference(
  findings: readonly string[],
  exams: readonly CountedExam[],
  statement: string,
): DriftReference {
  const signals = Object.fromEntries(
    Object.entries(signalsOf(findings)).filter(([name]) => !isAcquisition(name)),
  );
  return { schema: 1, statement, ...countExams(signals, exams) };
}
