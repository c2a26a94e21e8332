import { readFileSync } from 'node:fs';
import process from 'node:process';
import { sleep, type Clock } from './clock.ts';
import type { Files } from './files.ts';

const pollMs = 10;

/** Notes the process that owns what `path` stands beside; durable before the owner may begin. */
export function noteOwner(files: Files, path: string, pid: number): void {
  files.replace(path, String(pid));
}

/**
 * Ends the owner that an earlier run left behind, if it still lives: its parent was killed and it may be in the middle
 * of a write. Resolves when it is gone. `program` must stand in its command line, because numbers are used again.
 */
export async function endOrphan(
  files: Files,
  clock: Clock,
  path: string,
  program: string,
): Promise<void> {
  if (!files.exists(path)) return;
  const pid = Number(files.readText(path));
  while (runs(pid, program)) {
    kill(pid);
    await sleep(clock, pollMs);
  }
}

function runs(pid: number, program: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(program);
  } catch {
    return false;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended in between, which is what was wanted.
  }
}
