import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCsv } from '../../models/evaluation/csv.ts';
import type { Label } from '../../models/evaluation/sample.ts';
import type { Figures } from './named-figures.ts';
import { makeSampleCases, sampleTable } from './sample-cases.ts';

/** Debian's Python: another one on the PATH may lack the packages. */
export const python = '/usr/bin/python3';

/** What `describeWith` asks for; Debian's packages r-base-core, r-cran-proc, python3-sklearn, -scipy, -statsmodels. */
export const rPrograms = ['Rscript', '/usr/lib/R/site-library/pROC/DESCRIPTION'];
export const pythonPrograms = ['sklearn', 'scipy', 'statsmodels'].map(
  (name) => `/usr/lib/python3/dist-packages/${name}/__init__.py`,
);

const script = (name: string) => join(import.meta.dirname, name);

function run(command: string, args: string[]): Figures {
  const text = execFileSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const pairs = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return Object.fromEntries(pairs.map(([name = '', value]) => [name, Number(value)]));
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'scanside-statistics-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function onSampleCases(command: string, name: string): Figures {
  return inFolder((folder) => {
    const path = join(folder, 'cases.csv');
    writeFileSync(path, sampleTable(makeSampleCases()));
    return run(command, [script(name), path]);
  });
}

export const pythonFigures = (): Figures => onSampleCases(python, 'reference.py');
export const rFigures = (): Figures => onSampleCases('Rscript', 'reference.R');

/** Versions of the programs that the figures are of, by name. */
export function programVersions(): Record<string, string> {
  const ask = (command: string, args: string[]) =>
    JSON.parse(execFileSync(command, args, { encoding: 'utf8' }));
  const modules = ['numpy', 'scipy', 'sklearn', 'statsmodels'];
  const inPython = `import json, importlib; print(json.dumps({n: importlib.import_module(n).__version__ for n in ${JSON.stringify(modules)}}))`;
  const inR = 'cat(sprintf(\'{"R": "%s", "pROC": "%s"}\', getRversion(), packageVersion("pROC")))';
  return { ...ask('Rscript', ['-e', inR]), ...ask(python, ['-c', inPython]) };
}

/** pROC's data of subarachnoid haemorrhage, which stay where they are, and its figures of them. */
export interface Haemorrhage {
  figures: Figures;
  labels: Label[];
  markers: Record<string, number[]>;
}

const markerNames = ['s100b', 'wfns', 'ndka'];

export function haemorrhage(): Haemorrhage {
  return inFolder((folder) => {
    const path = join(folder, 'markers.csv');
    const figures = run('Rscript', [script('reference.R'), 'aSAH', path]);
    Object.assign(figures, run(python, [script('reference.py'), path, ...markerNames]));
    const { rows } = readCsv(path, readFileSync(path, 'utf8'));
    const column = (name: string) => rows.map(({ cells }) => Number(cells[name]));
    return {
      figures,
      labels: column('label').map((label): Label => (label === 1 ? 1 : 0)),
      markers: Object.fromEntries(markerNames.map((name) => [name, column(name)])),
    };
  });
}
