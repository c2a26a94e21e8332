import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../outside.ts';
import type { Finished, Running } from './process.ts';
import { isListening, runProgram, startProgram } from './process.ts';

/** Where a DCMTK tool connects: port on loopback, and both AE titles. */
export interface Called {
  port: number;
  calling: string;
  called: string;
}

function titles({ calling, called }: Called): string[] {
  return ['-aet', calling, '-aec', called];
}

/** C-ECHO. Exit code 0 is success. */
export function echoscu(to: Called, options: string[] = []): Promise<Finished> {
  return runProgram('echoscu', ['-v', ...titles(to), ...options, '127.0.0.1', String(to.port)]);
}

/**
 * C-STORE of files or folders. storescu proposes a fixed list of SOP classes unless `-R` limits it to those of the
 * files, without which it cannot send the newer ones, such as Comprehensive 3D SR; `-R` is therefore always given.
 */
export function storescu(to: Called, paths: string[], options: string[] = []): Promise<Finished> {
  const fixed = ['-v', '-R', '+sd', '+r', ...titles(to), ...options];
  return runProgram('storescu', [...fixed, '127.0.0.1', String(to.port), ...paths], 300_000);
}

/** C-STORE by the other DCMTK sender, which proposes what the files need and uses one association. */
export function dcmsend(to: Called, paths: string[], options: string[] = []): Promise<Finished> {
  const fixed = ['-v', '+sd', '+r', ...titles(to), ...options];
  return runProgram('dcmsend', [...fixed, '127.0.0.1', String(to.port), ...paths], 300_000);
}

/** A running storescp, which writes what it is sent into `folder`. */
export interface Storescp extends Running {
  port: number;
  folder: string;
  /** Paths of the objects received so far. */
  files(): string[];
}

/** Starts storescp on a free port. `folder` is made when it is missing. */
export async function startStorescp(
  folder: string,
  calledTitle = 'STORESCP',
  options: string[] = [],
): Promise<Storescp> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const args = ['-v', '-aet', calledTitle, '-od', folder, ...options, String(port)];
  const running = await startProgram('storescp', args, () => isListening(port));
  const files = (): string[] => readdirSync(folder).map((name) => join(folder, name));
  return { ...running, port, folder, files };
}

/**
 * Writes a DICOM file from lines of DCMTK's dump format, such as `(0010,0010) PN [A^B]`; values that dump2dcm finds
 * wrong are an error.
 */
export async function writeDicom(path: string, lines: string[], options: string[] = []) {
  const dump = `${path}.dump`;
  writeFileSync(dump, `${lines.join('\n')}\n`);
  const made = await runProgram('dump2dcm', [...options, dump, path]);
  if (made.code !== 0) throw new Error(`dump2dcm: ${made.output}`);
}
