// npm run sbom: what is shipped, packages and models, as CycloneDX.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { describeShipment } from './bill-of-materials.ts';

const usage = `Writes the bill of materials of what is shipped, CycloneDX 1.5: the packages of the lock file as npm lists them, and
the model bundles as machine-learning models. The same sources give the same bytes.

Usage: npm run sbom [-- FILE]

  FILE      where to; - is standard output (default: dist/sbom.cdx.json)
  --help    this text

Exit codes: 0 written, 1 npm could not list the packages, 2 wrong arguments.
`;

const root = join(import.meta.dirname, '..');
const [target = join('dist', 'sbom.cdx.json'), ...others] = process.argv.slice(2);
if (target === '--help') {
  process.stdout.write(usage);
  process.exit(0);
}
if (others.length > 0 || (target.startsWith('-') && target !== '-')) {
  console.error(`sbom: one FILE, and no option but --help\n\n${usage}`);
  process.exit(2);
}
const listed = spawnSync('npm', ['sbom', '--sbom-format=cyclonedx', '--package-lock-only'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
});
if (listed.status !== 0) {
  console.error(`sbom: npm could not list the packages: ${listed.stderr}`);
  process.exit(1);
}
const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
const text = describeShipment(listed.stdout, lock, join(root, 'models', 'bundles'));
if (target === '-') process.stdout.write(text);
else {
  const path = resolve(root, target);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.log(`sbom: ${path}`);
}
