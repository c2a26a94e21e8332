import { z } from 'zod';
import type { Case } from '../models/evaluation/case-table.ts';
import { refuseScores } from '../models/evaluation/sample.ts';

/** The part of a report.json that a comparison reads. */
const evaluationFile = z.object({
  schema: z.literal(1),
  kind: z.literal('evaluation'),
  question: z.object({ threshold: z.number() }),
  source: z.object({ model: z.object({ name: z.string(), version: z.string() }).optional() }),
  cases: z.array(
    z.object({
      row: z.int(),
      file: z.string().min(1),
      patient: z.string().min(1),
      label: z.union([z.literal(0), z.literal(1)]),
      columns: z.record(z.string(), z.string()),
      prediction: z.union([
        z.strictObject({ score: z.number() }),
        z.strictObject({ reason: z.string().min(1), withheld: z.number().optional() }),
      ]),
    }),
  ),
});

/** What a comparison needs of an evaluation that was written before. */
export interface EvaluationFile {
  cases: Case[];
  threshold: number;
  /** Name and version, where a bundle was evaluated. */
  model?: string | undefined;
}

/** Throws SCORES_INVALID for anything else than a report.json. */
export function readEvaluationFile(name: string, text: string): EvaluationFile {
  const read = evaluationFile.safeParse(parseJson(name, text));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw refuseScores(`${name} is no report.json: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const { cases, question, source } = read.data;
  const model = source.model && `${source.model.name} ${source.model.version}`;
  return { cases, threshold: question.threshold, model };
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refuseScores(`${name} is not JSON`);
  }
}
