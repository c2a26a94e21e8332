// Compiles the product, in the folders of the source, with the files that it reads at run time: `npm run build`.
// The appliance image starts runtime/main.js of it; development and most tests run the source itself.
//   build.ts [FOLDER]      FOLDER is dist/ when it is not named, and is emptied first
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';

const root = join(import.meta.dirname, '..');
const dist = resolve(root, process.argv[2] ?? 'dist');
const readAtRunTime = ['package.json', 'panel/assets', 'models/bundles'];

rmSync(dist, { recursive: true, force: true });
const compiler = join(root, 'node_modules', '.bin', 'tsc');
const compiled = spawnSync(compiler, ['-p', 'tsconfig.build.json', '--outDir', dist], {
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
  console.error(`build: names a .ts module, which the build does not have: ${stale.join(', ')}`);
  process.exit(1);
}
// A device's clock is never before the moment at which its program was made (SOURCE_DATE_EPOCH: reproducible-builds.org).
const builtAt = process.env['SOURCE_DATE_EPOCH']
  ? Number(process.env['SOURCE_DATE_EPOCH']) * 1000
  : Date.now();
writeFileSync(join(dist, 'built.json'), JSON.stringify({ builtAt }));
console.log(`build: ${dist}`);
