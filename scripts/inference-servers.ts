// Installs MLServer and Triton for the tests of runtime/inference/kserve/, into a Python environment of their own under
// .cache: half a gigabyte, about half a minute. Does nothing where the same is there already.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

const root = join(import.meta.dirname, '..');
const environment = join(root, '.cache', 'inference-servers');
const requirements = join(root, 'tests', 'peers', 'inference-servers.txt');
const stamp = join(environment, 'installed');

// The system's own Python: another on PATH may be of a version that they do not know.
const python = ['/usr/bin/python3'].find((path) => existsSync(path)) ?? 'python3';

function run(program: string, args: string[]): boolean {
  return spawnSync(program, args, { stdio: ['ignore', 2, 2] }).status === 0;
}

function install(): boolean {
  rmSync(environment, { recursive: true, force: true });
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input'];
  const what = ['--no-deps', '--only-binary', ':all:', '--requirement', requirements];
  return (
    run(python, ['-m', 'venv', environment]) &&
    run(join(environment, 'bin', 'python'), [...pip, ...what])
  );
}

const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== hash) {
  if (!install()) {
    console.error(
      'inference-servers: not installed. It needs Python 3.11 or 3.12 with python3-venv, and a package index.',
    );
    process.exit(1);
  }
  writeFileSync(stamp, hash);
}
console.log(`inference-servers: ${environment}`);
