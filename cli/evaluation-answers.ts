import { join } from 'node:path';
import {
  type Case,
  joinCases,
  type Prediction,
  readPredictions,
  type Scale,
  type Truth,
} from '../models/evaluation/case-table.ts';
import type { Scorer } from '../models/evaluation/scorer.ts';
import type { Io } from './command.ts';
import type { Table } from './evaluation-table.ts';

/** Cases from a table of scores, which may be that of the labels. Scores of cases that are not evaluated are left. */
export function joinScores(truths: readonly Truth[], scores: Table, scale: Scale, whole: boolean) {
  const predictions = readPredictions(scores.name, scores.content, scale);
  const wanted = new Set(truths.map(({ file }) => file));
  const kept = whole ? predictions : new Map([...predictions].filter(([file]) => wanted.has(file)));
  return joinCases(scores.name, truths, kept);
}

/** How many images lie between two lines of progress. */
const progressEvery = 200;

/** Cases from images, each of which goes through the whole path of the device. */
export async function scoreImages(
  truths: readonly Truth[],
  folder: string,
  finding: string,
  scorer: Scorer,
  io: Io,
): Promise<Case[]> {
  const cases: Case[] = [];
  for (const truth of truths) {
    const answer = await scorer.score(join(folder, truth.file));
    cases.push({ ...truth, prediction: predictionOf(answer, finding) });
    if (cases.length % progressEvery === 0) io.error(`${cases.length} of ${truths.length} images`);
  }
  return cases;
}

function predictionOf(answer: Awaited<ReturnType<Scorer['score']>>, finding: string): Prediction {
  const score = answer.scores?.find((each) => each.finding === finding)?.probability;
  if (answer.state === 'not-analysed') {
    const { reason } = answer;
    return score === undefined ? { reason } : { reason, withheld: score };
  }
  return score === undefined ? { reason: 'model-fault' } : { score };
}
