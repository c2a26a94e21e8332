import { cpSync, globSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runProgram } from '../peers/process.ts';
import { parseDockerfile } from './dockerfile.ts';

const root = join(import.meta.dirname, '..', '..');

/** e_machine of an ELF header. */
export const machines: Record<number, string> = { 62: 'x86-64', 183: 'AArch64', 40: 'ARM' };

/**
 * Does in `folder` what a stage of Dockerfile.jetson does in its working directory: the COPY and RUN lines as they
 * stand there. Throws with the output of the command that fails.
 */
export async function replayStage(name: string, folder: string): Promise<void> {
  const { stages } = parseDockerfile(readFileSync(join(root, 'Dockerfile.jetson'), 'utf8'));
  const stage = stages.find((one) => one.name === name);
  if (!stage) throw new Error(`Dockerfile.jetson has no stage ${name}.`);
  for (const { keyword, text } of stage.instructions) {
    if (keyword === 'COPY') copy(text.split(/\s+/), folder);
    else if (keyword === 'RUN') await run(text, folder);
    else if (keyword !== 'WORKDIR') throw new Error(`Nothing here replays ${keyword}.`);
  }
}

function copy(words: string[], folder: string): void {
  const target = join(folder, words.at(-1) ?? '');
  for (const source of words.slice(0, -1)) {
    mkdirSync(dirname(join(target, source)), { recursive: true });
    cpSync(join(root, source), join(target, source), { recursive: true });
  }
}

async function run(command: string, folder: string): Promise<void> {
  const inFolder = `cd '${folder}' && ${command}`;
  const { code, output } = await runProgram('sh', ['-c', inFolder], 240_000);
  if (code !== 0) throw new Error(`${command}\n${output}`);
}

/** The machine of every ELF file below a folder, by path. */
export function elfMachines(folder: string): Record<string, string> {
  const files = globSync('**', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    files.flatMap((path) => {
      const machine = elfMachine(path);
      return machine ? [[path.slice(folder.length + 1), machine]] : [];
    }),
  );
}

function elfMachine(path: string): string | undefined {
  if (statSync(path).size < 64) return undefined;
  const header = readFileSync(path).subarray(0, 64);
  if (header.toString('latin1', 0, 4) !== '\x7fELF') return undefined;
  const number = header.readUInt16LE(18);
  return machines[number] ?? `machine ${number}`;
}

/** Bytes of all files below a folder. */
export function sizeOf(folder: string): number {
  return globSync('**', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
