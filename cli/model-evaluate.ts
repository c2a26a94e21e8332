import { join } from 'node:path';
import type { Files } from '../device/files.ts';
import { type Evaluation, evaluate } from '../models/evaluation/evaluation.ts';
import type { OpenScorer, Scorer } from '../models/evaluation/scorer.ts';
import type { Command, Io } from './command.ts';
import { joinScores, scoreImages } from './evaluation-answers.ts';
import { type Labelled, labelCases } from './evaluation-labels.ts';
import {
  type EvaluationRequest,
  evaluationUsage,
  readEvaluationRequest,
} from './evaluation-request.ts';
import { openTable } from './evaluation-table.ts';
import { evaluationText } from './evaluation-text.ts';
import { runCommand, UsageError } from './options.ts';
import { evaluationPage } from './report/evaluation-page.ts';
import { writeScores } from './score-table.ts';

/** What the command stands on. */
export interface EvaluateParts {
  files: Files;
  openScorer: OpenScorer;
}

/** The finding that is asked about and the threshold that its bundle has set. */
function chooseFinding({ model }: Scorer, asked: string | undefined) {
  const ids = Object.keys(model.thresholds);
  const finding = asked ?? (ids.length === 1 ? ids[0] : undefined);
  const threshold = model.thresholds[finding ?? ''];
  if (finding === undefined || threshold === undefined)
    throw new UsageError(`--finding must be one of ${ids.join(', ')}`);
  return { finding, threshold };
}

/** The question with its threshold: the one that was asked for, else the bundle's, else a half. */
function completeQuestion({ question, threshold }: EvaluationRequest, ofBundle?: number) {
  if (threshold !== undefined) return { ...question, threshold, thresholdSource: 'as asked for' };
  if (ofBundle !== undefined)
    return { ...question, threshold: ofBundle, thresholdSource: "the bundle's" };
  if (question.scale === 'rank')
    throw new UsageError('--threshold is missing: ranks have no middle.');
  const thresholdSource = 'by default; nobody has set it beforehand';
  return { ...question, threshold: 0.5, thresholdSource };
}

function evaluateScores(
  files: Files,
  path: string,
  { truths, source }: Labelled,
  request: EvaluationRequest,
): Evaluation {
  const question = completeQuestion(request);
  const scores = openTable(files, path);
  const cases = joinScores(truths, scores, question.scale, request.part === undefined);
  const tables = { ...source.tables, [scores.name]: scores.sha256 };
  return evaluate(cases, question, { ...source, tables });
}

async function evaluateBundle(
  scorer: Scorer,
  { truths, source, folder }: Labelled,
  request: EvaluationRequest,
  io: Io,
): Promise<Evaluation> {
  const { finding, threshold } = chooseFinding(scorer, request.finding);
  const cases = await scoreImages(truths, folder, finding, scorer, io);
  const { thresholds: _, ...model } = scorer.model;
  const named = finding === source.finding ? finding : `${finding} (${source.finding})`;
  const question = completeQuestion(request, threshold);
  return evaluate(cases, question, { ...source, finding: named, model });
}

/** Reads, asks the model where need be, and judges. */
async function answer(
  { files, openScorer }: EvaluateParts,
  request: EvaluationRequest,
  io: Io,
): Promise<Evaluation> {
  const { input } = request;
  const labelled = labelCases(files, request);
  if (input.kind === 'scores') return evaluateScores(files, input.scores, labelled, request);
  const scorer = await openScorer(input.bundle);
  try {
    return await evaluateBundle(scorer, labelled, request, io);
  } finally {
    await scorer.close();
  }
}

/** Writes the three files of an evaluation. */
function writeReport(files: Files, folder: string, evaluation: Evaluation): void {
  files.makeFolder(folder);
  files.replace(join(folder, 'report.html'), evaluationPage(evaluation));
  files.replace(join(folder, 'report.json'), `${JSON.stringify(evaluation, null, 1)}\n`);
  files.replace(join(folder, 'scores.csv'), writeScores(evaluation.cases));
}

/** `scanside model evaluate`. */
export function createEvaluateCommand(parts: EvaluateParts): Command {
  return {
    summary: 'Judge a model by its answers on cases whose truth is known',
    usage: evaluationUsage,
    run: (args, io) =>
      runCommand(args, evaluationUsage, io, async () => {
        const request = readEvaluationRequest(args);
        const evaluation = await answer(parts, request, io);
        if (request.out) writeReport(parts.files, request.out, evaluation);
        io.out(request.json ? JSON.stringify(evaluation) : evaluationText(evaluation));
        return evaluation.gates.every(({ outcome }) => outcome === 'passed') ? 0 : 3;
      }),
  };
}
