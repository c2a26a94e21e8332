import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import type { Files } from '../device/files.ts';
import {
  type Case,
  joinCases,
  type Prediction,
  readPredictions,
  type Scale,
  type Truth,
} from '../models/evaluation/case-table.ts';
import { type CsvTable, readCsv } from '../models/evaluation/csv.ts';
import { readTrained, refuseTornPatients, refuseTrained } from '../models/evaluation/leakage.ts';
import { type PartRequest, takePart } from '../models/evaluation/part.ts';
import type { Scorer } from '../models/evaluation/scorer.ts';
import type { Io } from './command.ts';

/** A table and what it hashes to. */
export interface Table {
  name: string;
  sha256: string;
  content: CsvTable;
}

/** Throws SCORES_INVALID, with the row, for what is no table. */
export function openTable(files: Files, path: string): Table {
  const text = files.readText(path);
  const name = basename(path);
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { name, sha256, content: readCsv(name, text) };
}

/** Which of the labelled cases are evaluated. */
export interface Selection {
  /** Undefined: all of them. */
  part?: PartRequest | undefined;
  /** Refuses patients of this list. */
  trained?: Table | undefined;
}

/** The cases that are evaluated. Throws SCORES_INVALID for patients that would leak. */
export function select(truths: readonly Truth[], patient: string, selection: Selection): Truth[] {
  const { part, trained } = selection;
  if (!part?.rule) refuseTornPatients(truths);
  const kept = part ? takePart(truths, part) : [...truths];
  if (trained) refuseTrained(kept, readTrained(trained.name, trained.content, patient));
  return kept;
}

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
