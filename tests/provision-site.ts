import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { type Finished, runProgram, temporaryFolder } from './peers/process.ts';

const program = join(import.meta.dirname, '..', 'cli', 'main.ts');

/** A commissioning of a test: its answers, and where it keeps its files. */
export class ProvisionSite {
  readonly folder: string;
  readonly #answers: Record<string, unknown>;

  /** `configuration`: keys of the runtime's; the rest are keys of the answers. */
  constructor(configuration: Record<string, unknown>, answers: Record<string, unknown> = {}) {
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
        dataFolder: join(this.folder, 'data'),
        device: { serial: 'SC-0042', name: 'Bay 3' },
        models: { enabled: ['chest-demo'] },
        ...configuration,
      },
    };
  }

  get answersFile(): string {
    const path = join(this.folder, 'site.yaml');
    writeFileSync(path, stringify(this.#answers));
    return path;
  }

  get reportFile(): string {
    return join(this.folder, 'commissioning-SC-0042.json');
  }

  /** `scanside provision`, as an engineer starts it. */
  provision(...args: string[]): Promise<Finished> {
    return scanside('provision', '--answers', this.answersFile, ...args);
  }
}

/** A command of `scanside` in a process of its own. */
export function scanside(...args: string[]): Promise<Finished> {
  return runProgram(process.execPath, [program, ...args], 300_000);
}
