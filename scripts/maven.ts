import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

const root = join(import.meta.dirname, '..');

/**
 * Fetches what tests/peers/NAME/pom.xml names into .cache/NAME, with Maven. Does nothing where the same is there already.
 * Prints where it lies, or what it needs and ends the process with 1.
 */
export function fetchJars(name: string, needs: string): void {
  const folder = join(root, '.cache', name);
  const project = join(root, 'tests', 'peers', name, 'pom.xml');
  const stamp = join(folder, 'installed');
  const hash = createHash('sha256').update(readFileSync(project)).digest('hex');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== hash) {
    if (!copyJars(project, folder)) {
      console.error(`${name}: not installed. It needs ${needs}.`);
      process.exit(1);
    }
    writeFileSync(stamp, hash);
  }
  console.log(`${name}: ${folder}`);
}

function copyJars(project: string, folder: string): boolean {
  rmSync(folder, { recursive: true, force: true });
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${folder}`];
  const args = ['--batch-mode', '--quiet', '--file', project, ...goal];
  return spawnSync('mvn', args, { stdio: ['ignore', 2, 2] }).status === 0;
}
