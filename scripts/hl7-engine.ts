// Fetches HAPI, the HL7 engine that tests/hl7-engine.test.ts sends messages to, into .cache: four megabytes, with Maven.
// Does nothing where the same is there already.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

const root = join(import.meta.dirname, '..');
const folder = join(root, '.cache', 'hapi');
const project = join(root, 'tests', 'peers', 'hapi', 'pom.xml');
const stamp = join(folder, 'installed');

function install(): boolean {
  rmSync(folder, { recursive: true, force: true });
  const what = ['dependency:copy-dependencies', `-DoutputDirectory=${folder}`];
  const args = ['--batch-mode', '--quiet', '--file', project, ...what];
  return spawnSync('mvn', args, { stdio: ['ignore', 2, 2] }).status === 0;
}

const hash = createHash('sha256').update(readFileSync(project)).digest('hex');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== hash) {
  if (!install()) {
    console.error('hl7-engine: not installed. It needs Maven, and a Maven repository.');
    process.exit(1);
  }
  writeFileSync(stamp, hash);
}
console.log(`hl7-engine: ${folder}`);
