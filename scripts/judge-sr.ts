// Has sample reports judged by two independent validators and DCMTK's reader: `npm run judge:sr`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';

const usage = `Usage: npm run judge:sr -- [--count N] [--validator PATH]

Makes N sample reports (by default 1000: every case, character set and modality) in a temporary folder, checks each
against our own rules, and has them judged by PATH, by default ../shared/tools/sr-validate/sr-validate, which runs
dciodvfy, DCMTK's dsrdump and PixelMed's DicomSRValidator. Prints what they say and a line of counts.

Exit codes: 0 no error, no warning, every template recognised; 1 otherwise, or a program is missing; 2 wrong usage.
The validators need one to three seconds for a report.`;

const root = join(import.meta.dirname, '..');
/** Reports that share one start of the validators. */
const batch = 100;

interface Verdict {
  files: number;
  errors: number;
  warnings: number;
  unrecognised: number;
}

function readOptions(): { help: boolean; count: number; validator: string } {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '1000' },
      validator: {
        type: 'string',
        default: join(root, '..', 'shared', 'tools', 'sr-validate', 'sr-validate'),
      },
      help: { type: 'boolean', default: false },
    },
  });
  const count = Number(values.count);
  if (!Number.isInteger(count) || count < 1 || count > 10_000)
    throw new TypeError(`--count must be a whole number from 1 to 10000, not "${values.count}".`);
  return { help: values.help, count, validator: resolve(values.validator) };
}

function judgeAll(count: number, validator: string): Verdict {
  const folder = mkdtempSync(join(tmpdir(), 'scanside-judge-'));
  try {
    makeReports(count, folder);
    const files = readdirSync(folder).toSorted();
    const verdict = { files: 0, errors: 0, warnings: 0, unrecognised: 0 };
    for (let at = 0; at < files.length; at += batch) {
      const paths = files.slice(at, at + batch).map((name) => join(folder, name));
      add(verdict, judge(paths, validator));
      console.log(`${verdict.files} of ${files.length} judged: ${counts(verdict)}`);
    }
    return verdict;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function makeReports(count: number, folder: string): void {
  const program = join(root, 'demo', 'make-sr.ts');
  const made = spawnSync(process.execPath, [program, '--count', String(count), '--out', folder], {
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`No reports to judge: ${made.stderr.trim()}`);
  console.log(`${count} reports made; none breaks one of our own rules.`);
}

/** dciodvfy and dsrdump speak line by line; PixelMed sums up in the last line. */
function judge(paths: string[], validator: string): Verdict {
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
  };
}

function add(sum: Verdict, verdict: Verdict): void {
  sum.files += verdict.files;
  sum.errors += verdict.errors;
  sum.warnings += verdict.warnings;
  sum.unrecognised += verdict.unrecognised;
}

function counts({ errors, warnings, unrecognised }: Verdict): string {
  return `errors=${errors} warnings=${warnings} unrecognised=${unrecognised}`;
}

function isSound({ errors, warnings, unrecognised }: Verdict): boolean {
  return errors + warnings + unrecognised === 0;
}

try {
  const { help, count, validator } = readOptions();
  if (help) console.log(usage);
  else if (existsSync(validator)) process.exitCode = isSound(judgeAll(count, validator)) ? 0 : 1;
  else
    throw new Error(`The validators' program ${validator} is not there; name it by --validator.`);
} catch (error) {
  if (!(error instanceof Error)) throw error;
  const isUsage = error instanceof TypeError;
  console.error(isUsage ? `${error.message}\nTry --help.` : error.message);
  process.exitCode = isUsage ? 2 : 1;
}
