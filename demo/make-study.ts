// npm run make:study -- --out DIR --count N --seed S
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { disk, type Files } from '../device/files.ts';
import { makeDemoInstance } from './demo-cases.ts';
import { writePart10 } from '../runtime/dicom/part10.ts';

const usage = `Writes studies of computer-made chest phantoms as DICOM files, one image a study.

Usage: npm run make:study -- --out FOLDER [--count N] [--seed S]

  --out FOLDER   where the files go; made if it is not there
  --count N      how many studies (default 7: one of each kind)
  --seed S       which phantoms (default 1); the same seed gives the same files
  --help         this text

The kinds go round: pneumothorax, clear, effusion, nodule, clear, another body part, a CT localizer.
No image shows a person.
`;

function wholeNumber(name: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new Error(`--${name} must be a whole number from ${low} to ${high}`);
}

function writeStudies(files: Files, folder: string, count: number, seed: number): void {
  files.makeFolder(folder);
  for (let at = 0; at < count; at++) {
    const path = join(folder, `study-${String(at + 1).padStart(4, '0')}.dcm`);
    const made = makeDemoInstance(seed, at);
    files.replace(path, writePart10(made, made.dataSet));
    process.stdout.write(`${path}\n`);
  }
}

function run(files: Files): void {
  const string = { type: 'string' } as const;
  const options = { out: string, count: string, seed: string, help: { type: 'boolean' } } as const;
  const { out, count = '7', seed = '1', help } = parseArgs({ options }).values;
  if (help) {
    process.stdout.write(usage);
    return;
  }
  if (!out) throw new Error('--out is missing');
  const countNumber = wholeNumber('count', count, 1, 100_000);
  writeStudies(files, out, countNumber, wholeNumber('seed', seed, 0, 2 ** 31));
}

try {
  run(disk);
} catch (error) {
  process.stderr.write(
    `make:study: ${error instanceof Error ? error.message : String(error)}\n\n${usage}`,
  );
  process.exitCode = 2;
}
