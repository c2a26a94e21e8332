// Types, lint and format in one go: `npm run check`. Every failure is printed before the exit.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';

const bin = join(import.meta.dirname, '..', 'node_modules', '.bin');
const checks: [string, string[]][] = [
  ['tsc', ['--noEmit']],
  ['oxlint', ['--type-aware', '--deny-warnings']],
  ['prettier', ['--check', '--log-level', 'warn', '.']],
];
const failed = checks.filter(([name, args]) => {
  const run = spawnSync(join(bin, name), args, { stdio: 'inherit' });
  return run.status !== 0;
});
console.log(
  failed.length ? `check: failed: ${failed.map(([name]) => name).join(', ')}` : 'check: ok',
);
process.exit(failed.length ? 1 : 0);
