import { basename, join } from 'node:path';
import type { Files } from '../device/files.ts';
import type { Layout, Scale } from '../models/evaluation/case-table.ts';
import { type Evaluation, evaluate, type Question } from '../models/evaluation/evaluation.ts';
import { readGate } from '../models/evaluation/gate.ts';
import { refuseScores } from '../models/evaluation/sample.ts';
import type { OpenScorer, Scorer } from '../models/evaluation/scorer.ts';
import type { Command, Io } from './command.ts';
import {
  joinScores,
  openTable,
  scoreImages,
  type Selection,
  selectTruth,
  type Table,
} from './evaluation-input.ts';
import { evaluationText } from './evaluation-text.ts';
import { number } from './number-option.ts';
import { readOptions, required, runCommand, UsageError, wholeNumber } from './options.ts';
import { evaluationPage } from './report/evaluation-page.ts';
import { writeScores } from './score-table.ts';

const usage = `Judges a model by its answers on cases whose truth is known.

Usage: scanside model evaluate --scores FILE [options]
       scanside model evaluate --truth FILE --pred FILE [options]
       scanside model evaluate --bundle FOLDER --images FOLDER --labels FILE [options]

The cases
  --scores FILE          CSV with the columns file, label, score and, as a rule, patient
  --truth FILE           CSV with file and label; --pred FILE has file and score
  --bundle FOLDER        a model bundle, which answers through the whole path of the device about
  --images FOLDER        these images, which the column file of
  --labels FILE          this CSV names
                         A case without a score gives its reason in a column named reason.
  --label-column NAME    which column is the truth (default label)
  --positive VALUE       what counts as having the finding: a value of the cell, or of a part of it between "|",
                         or a /regular expression/; may be given several times (default: the label is 1 or 0)
  --cluster COLUMN       whose cases belong together (default patient, where there is such a column)
  --split PART           takes the cases whose column part says so
  --train FILE           CSV of the patients that the model was trained on; one of them among the cases is refused

The question
  --finding ID           which finding of the bundle (default: its only one)
  --threshold T          flags from this score on (default: the bundle's; 0.5 without a bundle)
  --ranks                the scores are no probabilities: any number, the higher the surer
  --prevalence P         gives PPV and NPV where this share of patients has the finding, such as 0.05
  --subgroups A,B        columns to look at apart; a column of ages is put into bands
  --gate DEMAND          such as "sensitivity>=0.9", "ece<=0.1", "all-sensitivity>=0.85" or, for every value of a
                         column, "sex:sensitivity>=0.8"; read at the unfavourable limit of the 95 % interval;
                         fewer than 30 positives are no pass; may be given several times
  --seed N               of the bootstrap (default 1)
  --bootstrap N          samples (default 2000)

The answer
  --out FOLDER           writes report.html, report.json and scores.csv there
  --json                 prints the JSON in place of the table
  --help                 this text

Exit code: 0 done, 1 failed, 2 called wrongly, 3 a gate was missed.`;

const string = { type: 'string' } as const;
const several = { type: 'string', multiple: true } as const;
const flag = { type: 'boolean' } as const;
const options = {
  scores: string,
  truth: string,
  pred: string,
  bundle: string,
  images: string,
  labels: string,
  'label-column': string,
  positive: several,
  cluster: string,
  split: string,
  train: string,
  finding: string,
  threshold: string,
  ranks: flag,
  prevalence: string,
  subgroups: string,
  gate: several,
  seed: string,
  bootstrap: string,
  out: string,
  json: flag,
  help: flag,
} as const;

/** What the command stands on. */
export interface EvaluateParts {
  files: Files;
  openScorer: OpenScorer;
}

type Values = ReturnType<typeof readEvaluateOptions>;

function readEvaluateOptions(args: string[]) {
  return readOptions(args, options);
}

/** Where the answers come from. */
type Input =
  | { kind: 'scores'; truth: string; scores: string }
  | { kind: 'images'; bundle: string; images: string; truth: string };

function readInput({ scores, truth, pred, bundle, images, labels }: Values): Input {
  const ways = [scores, truth ?? pred, bundle ?? images ?? labels].filter(Boolean);
  if (ways.length !== 1)
    throw new UsageError('Give one of --scores, --truth with --pred, or --bundle with --images.');
  if (scores) return { kind: 'scores', truth: scores, scores };
  if (truth ?? pred)
    return { kind: 'scores', truth: required('truth', truth), scores: required('pred', pred) };
  return {
    kind: 'images',
    bundle: required('bundle', bundle),
    images: required('images', images),
    truth: required('labels', labels),
  };
}

function readList(text: string | undefined): string[] {
  return (text ?? '').split(',').filter(Boolean);
}

function layoutOf(values: Values, { content }: Table): Layout {
  const patient = values.cluster ?? (content.columns.includes('patient') ? 'patient' : undefined);
  return { label: values['label-column'] ?? 'label', positive: values.positive ?? [], patient };
}

function requireSubgroups(columns: readonly string[], { name, content }: Table): void {
  const missing = columns.find((column) => !content.columns.includes(column));
  if (missing !== undefined) throw refuseScores(`${name} has no column "${missing}" for subgroups`);
}

type Asked = Omit<Question, 'threshold' | 'thresholdSource'>;

/** Everything that can be read before any file is. Throws UsageError. */
function readQuestion(values: Values): Asked {
  const scale: Scale = values.ranks ? 'rank' : 'probability';
  return {
    scale,
    subgroups: readList(values.subgroups),
    gates: (values.gate ?? []).map(readGate),
    prevalence: values.prevalence
      ? number('prevalence', values.prevalence, 1e-6, 1 - 1e-6)
      : undefined,
    bootstrap: {
      seed: wholeNumber('seed', values.seed ?? '1', 0, 2 ** 31),
      replicates: wholeNumber('bootstrap', values.bootstrap ?? '2000', 200, 100_000),
    },
  };
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

function chooseThreshold(values: Values, scale: Scale, ofBundle?: number) {
  if (values.threshold !== undefined) {
    const [low, high] = scale === 'rank' ? [-1e300, 1e300] : [0, 1];
    const threshold = number('threshold', values.threshold, low, high);
    return { threshold, thresholdSource: 'as asked for' };
  }
  if (ofBundle !== undefined) return { threshold: ofBundle, thresholdSource: "the bundle's" };
  if (scale === 'rank') throw new UsageError('--threshold is missing: ranks have no middle.');
  return { threshold: 0.5, thresholdSource: 'by default; nobody has set it beforehand' };
}

/** Reads, asks the model where need be, and judges. */
async function evaluateInput(
  { files, openScorer }: EvaluateParts,
  values: Values,
  io: Io,
): Promise<Evaluation> {
  const asked = readQuestion(values);
  const input = readInput(values);
  const table = openTable(files, input.truth);
  requireSubgroups(asked.subgroups, table);
  const selection: Selection = {
    part: values.split,
    trained: values.train ? openTable(files, values.train) : undefined,
  };
  const layout = layoutOf(values, table);
  const truths = selectTruth(table, layout, selection);
  const source = {
    description: `${table.name}${values.split ? `, part ${values.split}` : ''}`,
    finding: describeFinding(layout),
    tables: { [table.name]: table.sha256 },
  };
  if (input.kind === 'scores') {
    const scores = openTable(files, input.scores);
    const cases = joinScores(truths, scores, asked.scale, values.split === undefined);
    const tables = { ...source.tables, [scores.name]: scores.sha256 };
    const threshold = chooseThreshold(values, asked.scale);
    return evaluate(cases, { ...asked, ...threshold }, { ...source, tables });
  }
  const scorer = await openScorer(input.bundle);
  try {
    const { finding, threshold } = chooseFinding(scorer, values.finding);
    const cases = await scoreImages(truths, input.images, finding, scorer, io);
    const question = { ...asked, ...chooseThreshold(values, asked.scale, threshold) };
    const { thresholds: _, ...model } = scorer.model;
    const description = `${source.description}, images of ${basename(input.images)}`;
    return evaluate(cases, question, { ...source, description, finding, model });
  } finally {
    await scorer.close();
  }
}

function describeFinding({ label, positive }: Layout): string {
  return `${label} is ${positive.length ? positive.join(' or ') : '1'}`;
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
    summary: 'judges a model by its answers on cases whose truth is known',
    usage,
    run: (args, io) =>
      runCommand(args, usage, io, async () => {
        const values = readEvaluateOptions(args);
        const evaluation = await evaluateInput(parts, values, io);
        if (values.out) writeReport(parts.files, values.out, evaluation);
        io.out(values.json ? JSON.stringify(evaluation) : evaluationText(evaluation));
        return evaluation.gates.every(({ outcome }) => outcome === 'passed') ? 0 : 3;
      }),
  };
}
