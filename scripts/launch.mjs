// Installs the dependencies when they are missing or stale, then runs a program on the pinned Node.
// Plain and dependency-free: it has to run on whatever Node the machine has, before anything is installed.
//   node scripts/launch.mjs PROGRAM [ARGUMENT...]
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'node_modules', '.scanside-lock');
const pinned = join(root, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node');

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

function installed(hash) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hash && existsSync(pinned);
}

function install(hash) {
  process.stderr.write('scanside: installing dependencies (npm ci) ...\n');
  const done = spawnSync('npm', ['ci', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, npm_config_ignore_scripts: 'true' },
  });
  if (done.status !== 0)
    fail('scanside: npm ci failed; see its message above, then run the same command again.');
  if (!existsSync(pinned))
    fail(
      `scanside: no Node for ${process.platform}/${process.arch}; supported: linux/x64 and linux/arm64.`,
    );
  writeFileSync(stamp, hash);
}

/** What the panel's browser part is made of; another answer means that it has to be made again. */
function panelHash(lock) {
  const hash = createHash('sha256').update(lock);
  const ours = readdirSync(join(root, 'panel'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes(join('panel', 'assets')))
    .map((entry) => join(entry.parentPath, entry.name));
  const others = [join(root, 'device', 'conditions.ts'), join(root, 'scripts', 'panel.ts')];
  for (const path of [...ours.sort(), ...others])
    hash.update(path.slice(root.length)).update(readFileSync(path));
  return hash.digest('hex');
}

/** The browser cannot run TypeScript: its part is built when it is missing or its sources have changed. */
function buildPanel(lock) {
  if (!existsSync(join(root, 'panel', 'web'))) return;
  const made = join(root, 'panel', 'assets', '.made-of');
  const hash = panelHash(lock);
  if (existsSync(made) && readFileSync(made, 'utf8') === hash) return;
  const done = spawnSync(pinned, [join(root, 'scripts', 'panel.ts')], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (done.status !== 0) fail('scanside: the panel could not be built; see the message above.');
  writeFileSync(made, hash);
}

const hash = lockHash();
if (!installed(hash)) install(hash);
buildPanel(hash);

const program = spawn(pinned, process.argv.slice(2), {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: `${dirname(pinned)}:${process.env.PATH ?? ''}` },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => program.kill(signal));
program.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
