import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from '../../cli/command.ts';
import { writeCsv } from '../../models/evaluation/csv.ts';
import { makeSampleCases } from './sample-cases.ts';

/** A folder for one test. */
export interface Workplace {
  /** Writes a file and gives its path. */
  write(name: string, text: string): string;
  path(name: string): string;
  read(name: string): string;
  remove(): void;
}

export function makeWorkplace(): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'scanside-evaluate-'));
  const path = (name: string) => join(folder, name);
  return {
    path,
    write(name, text) {
      writeFileSync(path(name), text);
      return path(name);
    },
    read: (name) => readFileSync(path(name), 'utf8'),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** What a command did. */
export interface Run {
  code: number;
  out: string;
  error: string;
}

export async function run(command: Command, ...args: string[]): Promise<Run> {
  const said = { out: '', error: '' };
  const code = await command.run(args, {
    out: (text) => void (said.out += `${text}\n`),
    error: (text) => void (said.error += `${text}\n`),
  });
  return { code, ...said };
}

/** The sample cases as a table of scores, with a column of ages and one of sexes. */
export function scoreTable(of: 'first' | 'second'): string {
  const { patients, labels, [of]: scores } = makeSampleCases();
  const columns = ['file', 'patient', 'label', 'score', 'age', 'sex'];
  const records = labels.map((label, at) => ({
    file: `image-${at}.dcm`,
    patient: patients[at] ?? '',
    label: String(label),
    score: String(scores[at]),
    age: at % 50 === 0 ? '' : String((at * 7) % 90),
    sex: at % 3 === 0 ? 'F' : 'M',
  }));
  return writeCsv(columns, records);
}
