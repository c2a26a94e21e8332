// Compiles the product into dist/, in the folders of the source, with the files that it reads at run time:
// `npm run build`. The appliance image starts dist/runtime/main.js; development and tests run the source itself.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const readAtRunTime = ['package.json', 'panel/web', 'models/bundles'];

rmSync(dist, { recursive: true, force: true });
const compiler = join(root, 'node_modules', '.bin', 'tsc');
const compiled = spawnSync(compiler, ['-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (compiled.status !== 0) process.exit(1);
for (const path of readAtRunTime.filter((name) => existsSync(join(root, name))))
  cpSync(join(root, path), join(dist, path), {
    recursive: true,
    filter: (source) => !source.endsWith('.ts'),
  });

// The compiler rewrites imports alone. An address such as new URL('./x.ts', import.meta.url) would stay as it is and
// fail only on the device; write it with the extension of import.meta.filename instead.
const stale = globSync('**/*.js', { cwd: dist }).filter((path) =>
  /['"`]\.{1,2}\/[^'"`\s]*\.ts['"`]/.test(readFileSync(join(dist, path), 'utf8')),
);
if (stale.length > 0) {
  console.error(`build: names a .ts module that dist/ does not have: ${stale.join(', ')}`);
  process.exit(1);
}
console.log('build: dist/');
