import { basename, join } from 'node:path';
import type { Files } from '../device/files.ts';
import type { Percentages } from '../models/dataset/split.ts';
import { type Layout, readTruth, type Scale, type Truth } from '../models/evaluation/case-table.ts';
import { chooseLabel, datasetColumns, datasetTruth } from '../models/evaluation/dataset-truth.ts';
import {
  type Evaluation,
  evaluate,
  type Question,
  type Source,
} from '../models/evaluation/evaluation.ts';
import { type Gate, readGate } from '../models/evaluation/gate.ts';
import type { PartRequest } from '../models/evaluation/part.ts';
import { refuseScores } from '../models/evaluation/sample.ts';
import type { OpenScorer, Scorer } from '../models/evaluation/scorer.ts';
import type { Command, Io } from './command.ts';
import {
  joinScores,
  openTable,
  scoreImages,
  select,
  type Selection,
  type Table,
} from './evaluation-input.ts';
import { openDataset } from './dataset-folder.ts';
import { evaluationText } from './evaluation-text.ts';
import { number } from './number-option.ts';
import { readOptions, required, runCommand, UsageError, wholeNumber } from './options.ts';
import { evaluationPage } from './report/evaluation-page.ts';
import { writeScores } from './score-table.ts';

const usage = `Judges a model by its answers on cases whose truth is known.

Usage: scanside model evaluate --scores FILE [options]
       scanside model evaluate --truth FILE --pred FILE [options]
       scanside model evaluate --bundle FOLDER --images FOLDER --labels FILE [options]
       scanside model evaluate --bundle FOLDER --dataset FOLDER [options]

The cases
  --scores FILE          CSV with the columns file, label, score and, as a rule, patient
  --truth FILE           CSV with file and label; --pred FILE has file and score
  --bundle FOLDER        a model bundle, which answers through the whole path of the device about
  --images FOLDER        these images, which the column file of
  --labels FILE          this CSV names, or about
  --dataset FOLDER       those of a data set of "scanside dataset import", with its labels
                         A case without a score gives its reason in a column named reason.
  --label-column NAME    which column is the truth (default label), or which label of the data set
  --positive VALUE       what counts as having the finding: a value of the cell, or of a part of it between "|",
                         or a /regular expression/; may be given several times (default: the label is 1 or 0)
  --cluster COLUMN       whose cases belong together (default patient, where there is such a column)
  --split PART           takes the cases of this part: train, validation or test, as the column part says
  --split-seed SEED      or as "scanside dataset split" would deal the patients out with this seed and
  --split-parts T/V/T    these percentages (default 70/20/10)
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
  dataset: string,
  'label-column': string,
  positive: several,
  cluster: string,
  split: string,
  'split-seed': string,
  'split-parts': string,
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
  | { kind: 'images'; bundle: string; images: string; truth: string }
  | { kind: 'dataset'; bundle: string; dataset: string };

function readInput({ scores, truth, pred, bundle, images, labels, dataset }: Values): Input {
  const ways = [scores, truth ?? pred, bundle ?? images ?? labels ?? dataset].filter(Boolean);
  if (ways.length !== 1)
    throw new UsageError(
      'Give one of --scores, --truth with --pred, or --bundle with --images or --dataset.',
    );
  if (scores) return { kind: 'scores', truth: scores, scores };
  if (truth ?? pred)
    return { kind: 'scores', truth: required('truth', truth), scores: required('pred', pred) };
  const model = required('bundle', bundle);
  if (dataset) return { kind: 'dataset', bundle: model, dataset };
  const folder = required('images', images);
  return { kind: 'images', bundle: model, images: folder, truth: required('labels', labels) };
}

function readList(text: string | undefined): string[] {
  return (text ?? '').split(',').filter(Boolean);
}

function layoutOf(values: Values, { content }: Table): Layout {
  const patient = values.cluster ?? (content.columns.includes('patient') ? 'patient' : undefined);
  return { label: values['label-column'] ?? 'label', positive: values.positive ?? [], patient };
}

function requireSubgroups(
  wanted: readonly string[],
  name: string,
  columns: readonly string[],
): void {
  const missing = wanted.find((column) => !columns.includes(column));
  if (missing !== undefined) throw refuseScores(`${name} has no column "${missing}" for subgroups`);
}

type Asked = Omit<Question, 'threshold' | 'thresholdSource'>;

function readGateOption(text: string): Gate {
  try {
    return readGate(text);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Everything that can be read before any file is. Throws UsageError. */
function readQuestion(values: Values): Asked {
  const scale: Scale = values.ranks ? 'rank' : 'probability';
  return {
    scale,
    subgroups: readList(values.subgroups),
    gates: (values.gate ?? []).map(readGateOption),
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

/** Labelled cases, before any answer. */
interface Labelled {
  truths: Truth[];
  source: Source;
  /** The folder that their files are in. */
  folder: string;
}

function readPart(values: Values): PartRequest | undefined {
  const { split, 'split-seed': seed, 'split-parts': parts } = values;
  if (split === undefined && (seed ?? parts) !== undefined)
    throw new UsageError('--split-seed and --split-parts need --split, which says the part.');
  if (split === undefined) return undefined;
  return { part: split, ...(seed && { rule: { seed, percentages: readPercentages(parts) } }) };
}

function readPercentages(text = '70/20/10'): Percentages {
  const numbers = text.split('/').map((each) => wholeNumber('split-parts', each, 0, 100));
  const [train = 0, validation = 0, test = 0] = numbers;
  if (numbers.length === 3 && train + validation + test === 100) return { train, validation, test };
  throw new UsageError('--split-parts must be three percentages of 100 in all, such as 70/20/10.');
}

function labelTable(files: Files, path: string, folder: string, values: Values): Labelled {
  const table = openTable(files, path);
  requireSubgroups(readList(values.subgroups), table.name, table.content.columns);
  const layout = layoutOf(values, table);
  const truths = select(
    readTruth(table.name, table.content, layout),
    layout.patient ?? 'patient',
    readSelection(files, values),
  );
  const tables = { [table.name]: table.sha256 };
  const source = { description: table.name, finding: describeFinding(layout), tables };
  return { truths, source, folder };
}

function labelDataset(files: Files, folder: string, values: Values): Labelled {
  const dataset = openDataset(files, folder);
  requireSubgroups(readList(values.subgroups), dataset.name, datasetColumns);
  const finding = chooseLabel(dataset, values['label-column']);
  const all = datasetTruth(dataset, finding);
  const truths = select(all, 'patient', readSelection(files, values));
  const description = `data set ${dataset.name} ${dataset.version}`;
  const tables = { [`${dataset.name} ${dataset.version}`]: dataset.hash };
  return { truths, source: { description, finding, tables }, folder };
}

function readSelection(files: Files, values: Values): Selection {
  const trained = values.train ? openTable(files, values.train) : undefined;
  return { part: readPart(values), trained };
}

function label(files: Files, input: Input, values: Values): Labelled {
  if (input.kind === 'dataset') return labelDataset(files, input.dataset, values);
  const folder = input.kind === 'images' ? input.images : '';
  const labelled = labelTable(files, input.truth, folder, values);
  const { source } = labelled;
  const images = folder && `, images of ${basename(folder)}`;
  return { ...labelled, source: { ...source, description: `${source.description}${images}` } };
}

function nameRule({ description, ...source }: Source, part: PartRequest | undefined): Source {
  if (!part) return { description, ...source };
  const { train, validation, test } = part.rule?.percentages ?? {};
  const rule = part.rule ? ` of the split ${part.rule.seed} (${train}/${validation}/${test})` : '';
  return { ...source, description: `${description}, part ${part.part}${rule}` };
}

/** Reads, asks the model where need be, and judges. */
async function evaluateInput(parts: EvaluateParts, values: Values, io: Io): Promise<Evaluation> {
  const asked = readQuestion(values);
  const input = readInput(values);
  const labelled = label(parts.files, input, values);
  const named = { ...labelled, source: nameRule(labelled.source, readPart(values)) };
  if (input.kind === 'scores')
    return evaluateScores(parts.files, input.scores, named, asked, values);
  return evaluateBundle(parts, input.bundle, named, asked, values, io);
}

function evaluateScores(
  files: Files,
  path: string,
  { truths, source }: Labelled,
  asked: Asked,
  values: Values,
): Evaluation {
  const scores = openTable(files, path);
  const cases = joinScores(truths, scores, asked.scale, values.split === undefined);
  const tables = { ...source.tables, [scores.name]: scores.sha256 };
  return evaluate(
    cases,
    { ...asked, ...chooseThreshold(values, asked.scale) },
    { ...source, tables },
  );
}

async function evaluateBundle(
  { openScorer }: EvaluateParts,
  bundle: string,
  { truths, source, folder }: Labelled,
  asked: Asked,
  values: Values,
  io: Io,
): Promise<Evaluation> {
  const scorer = await openScorer(bundle);
  try {
    const { finding, threshold } = chooseFinding(scorer, values.finding);
    const cases = await scoreImages(truths, folder, finding, scorer, io);
    const { thresholds: _, ...model } = scorer.model;
    const question = { ...asked, ...chooseThreshold(values, asked.scale, threshold) };
    const named = finding === source.finding ? finding : `${finding} (${source.finding})`;
    return evaluate(cases, question, { ...source, finding: named, model });
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
