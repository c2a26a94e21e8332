import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Files } from '../device/files.ts';
import { type Case, readTruth } from '../models/evaluation/case-table.ts';
import {
  type Comparison,
  compare,
  type ComparisonQuestion,
  isPass,
} from '../models/evaluation/comparison.ts';
import type { Command } from './command.ts';
import { comparisonText } from './comparison-text.ts';
import { joinScores } from './evaluation-answers.ts';
import { readEvaluationFile } from './evaluation-file.ts';
import { openTable } from './evaluation-table.ts';
import { number } from './number-option.ts';
import { runCommand, UsageError, wholeNumber } from './options.ts';
import { comparisonPage } from './report/comparison-page.ts';

const usage = `Compares a model with another one on the same cases.

Usage: scanside model compare REFERENCE CANDIDATE [options]

REFERENCE and CANDIDATE are a report.json or scores.csv of "scanside model evaluate", or a CSV with the columns file,
label, score and, as a rule, patient. Both must have the same cases with the same labels.

  --threshold-reference T  flags from this score on (default: the report's; 0.5 for a CSV)
  --threshold-candidate T  the same for the candidate
  --margin-sensitivity M   the largest loss that is accepted (default 0.05)
  --margin-specificity M   the same for the specificity (default 0.05)
  --margin-auc M           the same for the area under the ROC curve (default 0.02)
  --subgroups A,B          columns to look at apart, corrected by Holm
  --gate                   ends with 3 unless the candidate is non-inferior in all three
  --ranks                  the scores are no probabilities; both thresholds must be given
  --seed N                 of the bootstrap (default 1)
  --bootstrap N            samples (default 2000)
  --out FOLDER             writes comparison.html and comparison.json there
  --json                   prints the JSON in place of the table
  --help                   this text

The verdict is read from the 95 % interval of the difference. "inconclusive" and "insufficient data" are no pass.

Exit code: 0 done, 1 failed, 2 called wrongly, 3 a gate was missed.`;

const string = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const options = {
  'threshold-reference': string,
  'threshold-candidate': string,
  'margin-sensitivity': string,
  'margin-specificity': string,
  'margin-auc': string,
  subgroups: string,
  gate: flag,
  ranks: flag,
  seed: string,
  bootstrap: string,
  out: string,
  json: flag,
  help: flag,
} as const;

function readArguments(args: string[]) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

type Values = ReturnType<typeof readArguments>['values'];

/** One side of a comparison. */
export interface Side {
  /** The model and its version where they are known, else the file. */
  name: string;
  sha256: string;
  threshold: number;
  cases: Case[];
}

function openSide(files: Files, path: string, ranks: boolean, threshold: string | undefined): Side {
  const asked = threshold === undefined ? undefined : number('threshold', threshold, -1e300, 1e300);
  const name = basename(path);
  if (path.endsWith('.json')) {
    const text = files.readText(path);
    const sha256 = createHash('sha256').update(text).digest('hex');
    const { cases, threshold, model } = readEvaluationFile(name, text);
    const label = model ?? `${basename(dirname(path))}/${name}`;
    return { name: label, sha256, cases, threshold: asked ?? threshold };
  }
  if (ranks && asked === undefined) throw new UsageError('Ranks need both thresholds.');
  const table = openTable(files, path);
  const patient = table.content.columns.includes('patient') ? 'patient' : undefined;
  const layout = { label: 'label', positive: [], patient };
  const truths = readTruth(table.name, table.content, layout);
  const cases = joinScores(truths, table, ranks ? 'rank' : 'probability', true);
  return { name, sha256: table.sha256, cases, threshold: asked ?? 0.5 };
}

function readQuestion(values: Values, thresholds: [number, number]): ComparisonQuestion {
  const margin = (name: 'sensitivity' | 'specificity' | 'auc', usual: string) =>
    number(`margin-${name}`, values[`margin-${name}`] ?? usual, 0, 1);
  return {
    thresholds,
    margins: {
      sensitivity: margin('sensitivity', '0.05'),
      specificity: margin('specificity', '0.05'),
      auc: margin('auc', '0.02'),
    },
    subgroups: (values.subgroups ?? '').split(',').filter(Boolean),
    bootstrap: {
      seed: wholeNumber('seed', values.seed ?? '1', 0, 2 ** 31),
      replicates: wholeNumber('bootstrap', values.bootstrap ?? '2000', 200, 100_000),
    },
  };
}

/** A comparison and what was compared. */
export interface NamedComparison {
  reference: Omit<Side, 'cases'>;
  candidate: Omit<Side, 'cases'>;
  comparison: Comparison;
}

function compareFiles(files: Files, paths: readonly string[], values: Values): NamedComparison {
  const [first, second] = paths;
  if (first === undefined || second === undefined || paths.length !== 2)
    throw new UsageError('Name two files: the reference and the candidate.');
  const ranks = values.ranks ?? false;
  const one = openSide(files, first, ranks, values['threshold-reference']);
  const other = openSide(files, second, ranks, values['threshold-candidate']);
  const question = readQuestion(values, [one.threshold, other.threshold]);
  const { cases: firstCases, ...reference } = one;
  const { cases: secondCases, ...candidate } = other;
  return { reference, candidate, comparison: compare(firstCases, secondCases, question) };
}

function writeComparison(files: Files, folder: string, named: NamedComparison): void {
  files.makeFolder(folder);
  files.replace(join(folder, 'comparison.html'), comparisonPage(named));
  files.replace(join(folder, 'comparison.json'), `${JSON.stringify(named, null, 1)}\n`);
}

/** `scanside model compare`. */
export function createCompareCommand({ files }: { files: Files }): Command {
  return {
    summary: 'Compare a model with another one on the same cases',
    usage,
    run: (args, io) =>
      runCommand(args, usage, io, () => {
        const { values, positionals } = readArguments(args);
        const named = compareFiles(files, positionals, values);
        if (values.out) writeComparison(files, values.out, named);
        io.out(values.json ? JSON.stringify(named) : comparisonText(named));
        return values.gate && !isPass(named.comparison.verdict) ? 3 : 0;
      }),
  };
}
