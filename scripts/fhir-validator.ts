// Installs HAPI FHIR's validator for tests/fhir-validator.test.ts under .cache: 130 megabytes, some ten seconds. Needs
// Maven and Java 17. Does nothing where the same is there already.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

const root = join(import.meta.dirname, '..');
const folder = join(root, '.cache', 'fhir-validator');
const project = join(root, 'tests', 'peers', 'fhir-validator', 'pom.xml');
const stamp = join(folder, 'installed');

function install(): boolean {
  rmSync(folder, { recursive: true, force: true });
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${folder}`];
  const args = ['--quiet', '--batch-mode', '--file', project, ...goal];
  return spawnSync('mvn', args, { stdio: ['ignore', 2, 2] }).status === 0;
}

const hash = createHash('sha256').update(readFileSync(project)).digest('hex');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== hash) {
  if (!install()) {
    console.error('fhir-validator: not installed. It needs Maven, Java 17 and a Maven repository.');
    process.exit(1);
  }
  writeFileSync(stamp, hash);
}
console.log(`fhir-validator: ${folder}`);
