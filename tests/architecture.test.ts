import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Packages } from './import-rules.ts';
import { importViolations } from './import-rules.ts';
import type { SourceModule } from './source-module.ts';
import { readModule } from './source-module.ts';
import { product, table } from './import-table.ts';
import { styleViolations } from './style-rules.ts';

const root = join(import.meta.dirname, '..');

function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function sources(): SourceModule[] {
  const exclude = ['node_modules/**', 'dist/**'];
  const paths = globSync('**/*.{ts,tsx}', { cwd: root, exclude }).sort();
  return paths.map((path) => readModule(path, readText(path)));
}

function declaredPackages(): Packages {
  const manifest = JSON.parse(readText('package.json'));
  return {
    dependencies: Object.keys(manifest.dependencies),
    devDependencies: Object.keys(manifest.devDependencies),
  };
}

describe('architecture', () => {
  const modules = sources();

  it('has scanned the product and understood its imports', () => {
    const scanned = modules.filter(({ path }) => product.some((name) => path.startsWith(name)));
    expect(scanned.length).toBeGreaterThan(5);
    expect(scanned.flatMap(({ references }) => references).length).toBeGreaterThan(5);
  });

  it('keeps every import inside the table', () => {
    const packages = declaredPackages();
    expect(modules.flatMap((module) => importViolations(module, table, packages))).toEqual([]);
  });

  it('keeps the house style that a machine can see', () => {
    expect(modules.flatMap(styleViolations)).toEqual([]);
  });
});

describe('the import checker', () => {
  const packages = { dependencies: ['zod', '@scope/codec'], devDependencies: ['vitest'] };
  const check = (path: string, text: string): string[] =>
    importViolations(readModule(path, text), table, packages);

  it.each([
    ['a static import', 'device/a.ts', `import { x } from '../ota/x.ts';`],
    ['a side effect', 'device/a.ts', `import '../ota/x.ts';`],
    ['a type', 'panel/a.ts', `import type { X } from '../runtime/study/x.ts';`],
    ['a type expression', 'panel/a.ts', `let x: import('../runtime/study/x.ts').X;`],
    ['a re-export', 'ota/a.ts', `export { x } from '../runtime/spool/x.ts';`],
    ['a re-export of all', 'ota/a.ts', `export * from '../runtime/spool/x.ts';`],
    ['a dynamic import', 'runtime/dicom/a.ts', `await import('../spool/x.ts');`],
    ['a resolved module', 'runtime/outbox/a.ts', `import.meta.resolve('../report/x.ts');`],
    ['a module by URL', 'panel/a.ts', `new URL('../ota/x.ts', import.meta.url);`],
    ['the composition', 'runtime/outbox/a.ts', `import '../compose.ts';`],
    ['a value in the pipeline', 'runtime/pipeline.ts', `import { x } from './spool/x.ts';`],
    ['the demo in the product', 'runtime/main.ts', `import '../demo/x.ts';`],
    ['a test in the product', 'demo/main.ts', `import '../tests/x.ts';`],
    ['a test beside the code', 'device/a.ts', `import './b.test.ts';`],
    ['a socket outside its places', 'runtime/dicom/pdu.ts', `import net from 'node:net';`],
    ['an undeclared package', 'device/a.ts', `import 'left-pad/x.js';`],
    ['a devDependency in the product', 'device/a.ts', `import 'vitest';`],
    ['a folder without a row', 'runtime/other/a.ts', ``],
    ['a name that only begins like a row', 'devices/a.ts', ``],
  ])('finds %s', (_, path, text) => {
    expect(check(path, text)).toEqual([expect.stringContaining(path)]);
  });

  it.each([
    ['its own folder', 'device/a.ts', `import './b.ts';`],
    ['a row', 'runtime/outbox/a.ts', `import '../spool/b.ts';`],
    ['a file row', 'provisioning/a.ts', `import '../runtime/config.ts';`],
    ['types in the pipeline', 'runtime/pipeline.ts', `import type { X } from './spool/x.ts';`],
    ['sockets of the receiver', 'runtime/dicom/receiver.ts', `import net from 'node:net';`],
    ['a declared package', 'device/a.ts', `import 'zod'; import '@scope/codec/wasm';`],
    ['a test of everything', 'device/a.test.ts', `import '../demo/x.ts'; import 'vitest';`],
    ['an address elsewhere', 'device/a.ts', `new URL('http://127.0.0.1/');`],
    ['words in comments and strings', 'device/a.ts', `// import '../ota/x.ts'\n"import 'x'";`],
  ])('allows %s', (_, path, text) => {
    expect(check(path, text)).toEqual([]);
  });

  it('names the file, the import and the rule', () => {
    expect(check('panel/a.ts', `import '../ota/x.ts';`)).toEqual([
      'panel/a.ts imports ../ota/x.ts, but panel may import only device.',
    ]);
  });
});

describe('the style checker', () => {
  it.each([
    ['an empty name', 'device/utils.ts', ''],
    ['a folder with an empty name', 'device/helpers/clock.ts', ''],
    ['a barrel', 'device/index.ts', ''],
    ['a default export', 'device/a.ts', 'export default 1;'],
    ['an enum', 'device/a.ts', 'enum A { B }'],
    ['unfinished work', 'device/a.ts', `// ${['TO', 'DO'].join('')}: later`],
    ['a long file', 'device/a.ts', '\n'.repeat(401)],
  ])('finds %s', (_, path, text) => {
    expect(styleViolations(readModule(path, text))).toEqual([expect.stringContaining(path)]);
  });

  it.each([
    ['a tool’s configuration', 'vitest.config.ts', 'export default 1;'],
    ['long data', 'tests/data/table.ts', '\n'.repeat(401)],
    [
      'words that only begin like a forbidden one',
      'device/commonality.ts',
      'export const enumerate = 1;',
    ],
  ])('allows %s', (_, path, text) => {
    expect(styleViolations(readModule(path, text))).toEqual([]);
  });
});
