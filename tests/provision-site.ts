import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { type Finished, runProgram, temporaryFolder } from './peers/process.ts';

/** The commands of `scanside`. */
export const program = join(import.meta.dirname, '..', 'cli', 'main.ts');

/** A commissioning of a test: its answers, and where it keeps its files. */
export class ProvisionSite {
  readonly folder: string;
  readonly #answers: Record<string, unknown>;

  /** `configuration`: keys of the runtime's; the rest are keys of the answers. */
  constructor(
    configuration: (dataFolder: string) => Record<string, unknown>,
    answers: Record<string, unknown> = {},
  ) {
    const folder = temporaryFolder();
    onTestFinished(() => folder.remove());
    this.folder = folder.path;
    this.#answers = {
      site: 'St. Elsewhere',
      engineer: 'A. Engineer',
      configurationFile: join(this.folder, 'site.json'),
      expect: { freeGigabytes: 0.1, memoryGigabytes: 0.1 },
      ...answers,
      configuration: {
        dataFolder: this.dataFolder,
        device: { serial: 'SC-0042', name: 'Bay 3' },
        models: { enabled: ['chest-demo'] },
        panel: { port: 0, https: 'off' },
        ...configuration(this.dataFolder),
      },
    };
  }

  get answersFile(): string {
    const path = join(this.folder, 'site.yaml');
    writeFileSync(path, stringify(this.#answers));
    return path;
  }

  get dataFolder(): string {
    return join(this.folder, 'data');
  }

  get reportFile(): string {
    return join(this.folder, 'commissioning-SC-0042.json');
  }

  /** The same, ended at once (SIGKILL) as soon as the program says that a step has ended. Tells whether it came to that. */
  provisionUntil(step: string): Promise<boolean> {
    const args = [program, 'provision', '--answers', this.answersFile, '--json'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes(`"event":"step-ended","step":"${step}"`)) child.kill('SIGKILL');
    });
    return new Promise((resolve) => child.once('close', (code) => resolve(code === null)));
  }

  /** `scanside provision`, as an engineer starts it. */
  provision(environment: Record<string, string> = {}, ...args: string[]): Promise<Finished> {
    const all = [program, 'provision', '--answers', this.answersFile, ...args];
    return runProgram(process.execPath, all, 300_000, environment);
  }
}

/** What a report says, without what no two runs have in common: when, how fast, how much was free, how long a new certificate lasts. */
export function substanceOf(path: string): unknown {
  const { report } = JSON.parse(readFileSync(path, 'utf8'));
  const own = new Set(['visit', 'begunAt', 'endedAt', 'notAfter']);
  return JSON.parse(
    JSON.stringify(report, (name, value: unknown) =>
      own.has(name) || typeof value === 'number' ? undefined : value,
    ),
  );
}

/** A command of `scanside` in a process of its own. */
export function scanside(...args: string[]): Promise<Finished> {
  return runProgram(process.execPath, [program, ...args], 300_000);
}
