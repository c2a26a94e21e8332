// Has sample objects judged by independent validators: `npm run judge:sr`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { readSegmentationVerdict, segmentationValidator } from './segmentation-verdict.ts';

const usage = `Usage: npm run judge:sr -- [--count N] [--validator PATH] [--dciodvfy PROGRAM] [--java PROGRAM]

Makes the objects of N sample results (by default 1200: every case, character set and modality) in a temporary folder,
checks each against our own rules, and has them judged:

  reports and measurements  by PATH, by default ../shared/tools/sr-validate/sr-validate, which runs dciodvfy, DCMTK's
                            dsrdump and PixelMed's DicomSRValidator
  segmentations             by dciodvfy and PixelMed's DicomInstanceValidator
  everything else           by dciodvfy

Prints what they say and a line of counts for each kind. What a validator says that is wrong is counted as excused, and
why is printed at the end.

Exit codes: 0 no error, no warning, everything recognised; 1 otherwise, or a program is missing; 2 wrong usage.
The validators need one to three seconds for an object.`;

const root = join(import.meta.dirname, '..');
/** Reports that share one start of the validators. */
const batch = 100;

interface Verdict {
  files: number;
  errors: number;
  warnings: number;
  unrecognised: number;
  excused: number;
}

interface Programs {
  validator: string;
  dciodvfy: string;
  java: string;
}

function readOptions(): Programs & { help: boolean; count: number } {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '1200' },
      validator: {
        type: 'string',
        default: join(root, '..', 'shared', 'tools', 'sr-validate', 'sr-validate'),
      },
      dciodvfy: { type: 'string', default: 'dciodvfy' },
      java: { type: 'string', default: 'java' },
      help: { type: 'boolean', default: false },
    },
  });
  const count = Number(values.count);
  if (!Number.isInteger(count) || count < 1 || count > 10_000)
    throw new TypeError(`--count must be a whole number from 1 to 10000, not "${values.count}".`);
  const { help, dciodvfy, java } = values;
  return { help, count, validator: resolve(values.validator), dciodvfy, java };
}

type Judge = (paths: string[], programs: Programs) => Verdict;

/** Who judges what, by the beginning of a file's name. */
const judges: [kind: string, judge: Judge][] = [
  ['report', judgeReports],
  ['measurements', judgeReports],
  ['boxes', judgeReports],
  ['segmentation', judgeEach(sayOfSegmentation)],
  ['key-objects', judgeEach(sayOfHeader)],
  ['heatmap', judgeEach(sayOfHeader)],
  ['picture', judgeEach(sayOfHeader)],
  ['presentation-state', judgeEach(sayOfHeader)],
  ['parametric-map', judgeEach(sayOfHeader)],
];

/** Why lines were excused, and how often. */
const excuses = new Map<string, number>();

function judgeAll(count: number, programs: Programs): Verdict {
  const folder = mkdtempSync(join(tmpdir(), 'scanside-judge-'));
  try {
    makeObjects(count, folder);
    const names = readdirSync(folder).toSorted();
    const unknown = names.filter((name) => !judges.some(([kind]) => isOf(name, kind)));
    if (unknown.length > 0) throw new Error(`Nobody judges ${unknown.join(', ')}.`);
    const whole = none();
    for (const [kind, judge] of judges) {
      const paths = names.filter((name) => isOf(name, kind)).map((name) => join(folder, name));
      add(
        whole,
        judgeKind(kind, paths, (some) => judge(some, programs)),
      );
    }
    return whole;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function isOf(name: string, kind: string): boolean {
  return name.replace(/-\d.*$/, '') === kind;
}

function judgeKind(kind: string, paths: string[], judge: (paths: string[]) => Verdict): Verdict {
  const verdict = none();
  for (let at = 0; at < paths.length; at += batch) {
    add(verdict, judge(paths.slice(at, at + batch)));
    console.log(`${kind}: ${verdict.files} of ${paths.length} judged: ${counts(verdict)}`);
  }
  return verdict;
}

function makeObjects(count: number, folder: string): void {
  const program = join(root, 'demo', 'make-sr.ts');
  const made = spawnSync(process.execPath, [program, '--count', String(count), '--out', folder], {
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`No objects to judge: ${made.stderr.trim()}`);
  console.log(`The objects of ${count} results made; none breaks one of our own rules.`);
}

/** dciodvfy and dsrdump speak line by line; PixelMed sums up in the last line. */
function judgeReports(paths: string[], { validator }: Programs): Verdict {
  const { stdout, stderr } = spawnSync(validator, paths, { encoding: 'utf8', maxBuffer: 1 << 28 });
  const lines = stdout.trim().split('\n');
  const summary = /^files=(\d+) errors=(\d+) warnings=(\d+) unrecognised=(\d+)$/.exec(
    lines.at(-1) ?? '',
  );
  if (!summary) throw new Error(`The validators gave no verdict: ${stderr.trim()}`);
  for (const line of lines.slice(0, -1)) console.log(line);
  const [files, errors, warnings, unrecognised] = summary.slice(1).map(Number);
  const said = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length;
  return {
    files: files!,
    errors: errors! + said(/: dciodvfy: Error|: dsrdump refuses it$/),
    warnings: warnings! + said(/: dciodvfy: Warning/),
    unrecognised: unrecognised!,
    excused: 0,
  };
}

/** What was said of one file. */
interface Said {
  errors: string[];
  warnings: string[];
  excused: { why: string }[];
  recognised: boolean;
}

function judgeEach(judge: (path: string, programs: Programs) => Said): Judge {
  return (paths, programs) => {
    const sum = none();
    for (const path of paths) {
      const { errors, warnings, excused, recognised } = judge(path, programs);
      for (const line of [...errors, ...warnings]) console.log(`${path}: ${line}`);
      if (!recognised) console.log(`${path}: not recognised`);
      for (const { why } of excused) excuses.set(why, (excuses.get(why) ?? 0) + 1);
      add(sum, {
        files: 1,
        errors: errors.length,
        warnings: warnings.length,
        unrecognised: recognised ? 0 : 1,
        excused: excused.length,
      });
    }
    return sum;
  };
}

/** dciodvfy names the object that it takes a file for in a line of its own; its exit code says nothing. */
function sayOfHeader(path: string, { dciodvfy }: Programs): Said {
  const lines = output(dciodvfy, [path]).split('\n');
  return {
    errors: lines.filter((line) => line.startsWith('Error')),
    warnings: lines.filter((line) => line.startsWith('Warning')),
    excused: [],
    recognised: lines.some((line) => /^[A-Za-z]+$/.test(line)),
  };
}

function sayOfSegmentation(path: string, programs: Programs): Said {
  const header = sayOfHeader(path, programs);
  const whole = readSegmentationVerdict(output(programs.java, [...segmentationValidator, path]));
  return {
    errors: [...header.errors, ...whole.errors],
    warnings: [...header.warnings, ...whole.warnings],
    excused: whole.excused,
    recognised: header.recognised && whole.recognised,
  };
}

function output(program: string, args: string[]): string {
  const { stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (error) throw new Error(`${program} cannot be started: ${error.message}`);
  return `${stdout}\n${stderr}`;
}

function none(): Verdict {
  return { files: 0, errors: 0, warnings: 0, unrecognised: 0, excused: 0 };
}

function add(sum: Verdict, verdict: Verdict): void {
  sum.files += verdict.files;
  sum.errors += verdict.errors;
  sum.warnings += verdict.warnings;
  sum.unrecognised += verdict.unrecognised;
  sum.excused += verdict.excused;
}

function counts({ errors, warnings, unrecognised, excused }: Verdict): string {
  const counted = `errors=${errors} warnings=${warnings} unrecognised=${unrecognised}`;
  return excused > 0 ? `${counted} excused=${excused}` : counted;
}

/** Prints the sum. */
function conclude(verdict: Verdict): boolean {
  for (const [why, times] of excuses) console.log(`excused ${times} times: PixelMed ${why}`);
  console.log(`all: ${verdict.files} judged: ${counts(verdict)}`);
  return isSound(verdict);
}

function isSound({ errors, warnings, unrecognised }: Verdict): boolean {
  return errors + warnings + unrecognised === 0;
}

try {
  const { help, count, ...programs } = readOptions();
  if (help) console.log(usage);
  else if (!existsSync(programs.validator))
    throw new Error(
      `The validators' program ${programs.validator} is not there; name it by --validator.`,
    );
  else process.exitCode = conclude(judgeAll(count, programs)) ? 0 : 1;
} catch (error) {
  if (!(error instanceof Error)) throw error;
  const isUsage = error instanceof TypeError;
  console.error(isUsage ? `${error.message}\nTry --help.` : error.message);
  process.exitCode = isUsage ? 2 : 1;
}
