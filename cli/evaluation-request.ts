import type { Percentages } from '../models/dataset/split.ts';
import type { Scale } from '../models/evaluation/case-table.ts';
import type { Question } from '../models/evaluation/evaluation.ts';
import { type Gate, readGate } from '../models/evaluation/gate.ts';
import type { PartRequest } from '../models/evaluation/part.ts';
import { number } from './number-option.ts';
import { readOptions, required, UsageError, wholeNumber } from './options.ts';

/** What `scanside model evaluate --help` says. */
export const evaluationUsage = `Judges a model by its answers on cases whose truth is known.

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
  --label-column NAME    which column is the truth (default label), or which label of the data set (default: as the
                         finding is called, or the only one)
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

type Values = ReturnType<typeof readOptions<typeof options>>;

/** Where truth and answers come from. */
export type Input =
  | { kind: 'scores'; truth: string; scores: string }
  | { kind: 'images'; bundle: string; images: string; truth: string }
  | { kind: 'dataset'; bundle: string; dataset: string };

/** Everything that the arguments say. Paths are as they were given. */
export interface EvaluationRequest {
  input: Input;
  /** The column, or the label of the data set. */
  label: string | undefined;
  positive: readonly string[];
  cluster: string | undefined;
  part: PartRequest | undefined;
  /** A table of patients. */
  train: string | undefined;
  finding: string | undefined;
  threshold: number | undefined;
  question: Omit<Question, 'threshold' | 'thresholdSource'>;
  /** A folder. */
  out: string | undefined;
  json: boolean;
}

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

function readGateOption(text: string): Gate {
  try {
    return readGate(text);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readQuestion(values: Values): EvaluationRequest['question'] {
  const { prevalence, seed = '1', bootstrap = '2000' } = values;
  return {
    scale: values.ranks ? 'rank' : 'probability',
    subgroups: (values.subgroups ?? '').split(',').filter(Boolean),
    gates: (values.gate ?? []).map(readGateOption),
    prevalence: prevalence ? number('prevalence', prevalence, 1e-6, 1 - 1e-6) : undefined,
    bootstrap: {
      seed: wholeNumber('seed', seed, 0, 2 ** 31),
      replicates: wholeNumber('bootstrap', bootstrap, 200, 100_000),
    },
  };
}

function readThreshold(text: string | undefined, scale: Scale): number | undefined {
  if (text === undefined) return undefined;
  return scale === 'rank'
    ? number('threshold', text, -1e300, 1e300)
    : number('threshold', text, 0, 1);
}

/** Reads the arguments. Throws UsageError. */
export function readEvaluationRequest(args: string[]): EvaluationRequest {
  const values = readOptions(args, options);
  const question = readQuestion(values);
  return {
    input: readInput(values),
    label: values['label-column'],
    positive: values.positive ?? [],
    cluster: values.cluster,
    part: readPart(values),
    train: values.train,
    finding: values.finding,
    threshold: readThreshold(values.threshold, question.scale),
    question,
    out: values.out,
    json: values.json ?? false,
  };
}
