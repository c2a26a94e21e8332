// Builds the panel's browser part into panel/assets. `scripts/launch.mjs` runs it when its sources have changed.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';

const root = join(import.meta.dirname, '..', 'panel', 'web');
const outDir = join(root, '..', 'assets');

rmSync(outDir, { recursive: true, force: true });
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
    rolldownOptions: { input: join(root, 'main.ts') },
  },
});
