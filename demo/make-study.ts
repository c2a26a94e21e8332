// npm run make:study -- --out DIR --count N --seed S
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { disk, type Files } from '../device/files.ts';
import { writePart10 } from '../runtime/dicom/part10.ts';
import { makeDemoInstance } from './demo-cases.ts';
import { makeHeadCase } from './head-study.ts';
import type { PhantomInstance } from './phantom-study.ts';

const usage = `Writes studies of computer-made phantoms as DICOM files.

Usage: npm run make:study -- --out FOLDER [--kind chest|head] [--count N] [--seed S]

  --out FOLDER   where the files go; made if it is not there
  --kind KIND    chest (default): one radiograph a study. The cases go round: pneumothorax, clear, effusion, nodule,
                 clear, another body part, a CT localizer.
                 head: one CT series of about 30 slices a study, in a folder of its own. The cases go round: each kind
                 of haemorrhage, and between them heads that show only what resembles one.
  --count N      how many studies (default 7)
  --seed S       which phantoms (default 1); the same seed gives the same files
  --help         this text

No image shows a person. Exit status: 0, or 2 where the arguments are wrong.
`;

function wholeNumber(name: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new Error(`--${name} must be a whole number from ${low} to ${high}`);
}

function writeFile(files: Files, path: string, made: PhantomInstance): void {
  files.replace(path, writePart10(made, made.dataSet));
  process.stdout.write(`${path}\n`);
}

function studyName(at: number): string {
  return `study-${String(at + 1).padStart(4, '0')}`;
}

/** What writes the `at`th study of a kind into a folder. */
const writers = {
  chest: (files: Files, folder: string, seed: number, at: number): void =>
    writeFile(files, join(folder, `${studyName(at)}.dcm`), makeDemoInstance(seed, at)),
  head: (files: Files, folder: string, seed: number, at: number): void => {
    const series = join(folder, studyName(at));
    files.makeFolder(series);
    let slice = 0;
    for (const made of makeHeadCase(seed, at))
      writeFile(files, join(series, `slice-${String(++slice).padStart(3, '0')}.dcm`), made);
  },
} as const;

function writerOf(kind: string): (typeof writers)['head'] {
  if (kind === 'chest' || kind === 'head') return writers[kind];
  throw new Error('--kind must be chest or head');
}

function run(files: Files): void {
  const string = { type: 'string' } as const;
  const options = {
    out: string,
    kind: string,
    count: string,
    seed: string,
    help: { type: 'boolean' },
  } as const;
  const { out, kind = 'chest', count = '7', seed = '1', help } = parseArgs({ options }).values;
  if (help) {
    process.stdout.write(usage);
    return;
  }
  if (!out) throw new Error('--out is missing');
  const write = writerOf(kind);
  const studies = wholeNumber('count', count, 1, 100_000);
  const first = wholeNumber('seed', seed, 0, 2 ** 31);
  files.makeFolder(out);
  for (let at = 0; at < studies; at++) write(files, out, first, at);
}

try {
  run(disk);
} catch (error) {
  process.stderr.write(
    `make:study: ${error instanceof Error ? error.message : String(error)}\n\n${usage}`,
  );
  process.exitCode = 2;
}
