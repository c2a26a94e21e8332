// Builds the panel's browser part into panel/assets. `scripts/launch.mjs` runs it when its sources have changed.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { build } from 'vite';
import { listShippedPackages } from './shipped-packages.ts';

const project = join(import.meta.dirname, '..');
const root = join(project, 'panel', 'web');
const assets = join(root, '..', 'assets');
// Beside its place and then moved there: two that build at once do not read each other's halves.
const outDir = `${assets}.${process.pid}.tmp`;

/** The libraries, and the components that the list and the frame around each page are made of. */
const ofEveryPage =
  /node_modules|panel.view.(?!pages.(?!list)|exam.(?!exam-port)|acts.\S*sheet|form|frequency)/;

await build({
  root,
  base: '/assets/',
  configFile: false,
  logLevel: 'warn',
  publicDir: join(root, 'public'),
  build: {
    outDir,
    emptyOutDir: true,
    assetsDir: '',
    manifest: 'manifest.json',
    target: 'es2022',
    modulePreload: false,
    rolldownOptions: {
      input: join(root, 'main.ts'),
      // What every page runs is one file: many small ones compress badly and come one after the other.
      output: { codeSplitting: { groups: [{ name: 'core', test: ofEveryPage }] } },
    },
  },
});
const { version, license } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
const shipment = { version, licence: license, packages: listShippedPackages(project) };
writeFileSync(join(outDir, 'shipment.json'), JSON.stringify(shipment));
rmSync(assets, { recursive: true, force: true });
renameSync(outDir, assets);
