import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Packages, Row } from './import-rules.ts';
import { importViolations } from './import-rules.ts';
import type { SourceModule } from './source-module.ts';
import { readModule } from './source-module.ts';
import { styleViolations } from './style-rules.ts';

const product = ['device', 'models', 'audit', 'runtime', 'ota', 'quality', 'panel', 'provisioning'];

/** What the panel shows and asks for: the words of both its sides. */
const panelTypes = [
  'panel/act.ts',
  'panel/device-detail.ts',
  'panel/exam-detail.ts',
  'panel/model-view.ts',
  'panel/quality-view.ts',
  'panel/role.ts',
  'panel/settings.ts',
  'panel/source.ts',
];

/** The architecture. To change it, change this table and docs/architecture.md. */
const table: Row[] = [
  { from: 'device', may: [] },
  { from: 'models', may: ['device'] },
  { from: 'audit', may: ['device'] },
  { from: 'runtime/dicom', may: ['device'] },
  { from: 'runtime/spool', may: ['device', 'models/outcome.ts', 'runtime/dicom'] },
  { from: 'runtime/study', may: ['device', 'models', 'runtime/dicom'] },
  { from: 'runtime/inference', may: ['device', 'models', 'runtime/dicom'] },
  {
    from: 'runtime/preview',
    may: [
      'device',
      'models',
      'panel/exam-detail.ts',
      'runtime/dicom',
      'runtime/inference',
      'runtime/study',
    ],
  },
  { from: 'runtime/report', may: ['device', 'models', 'runtime/dicom'] },
  { from: 'runtime/outbox', may: ['device', 'runtime/dicom', 'runtime/spool'] },
  { from: 'ota', may: ['device', 'models', 'audit'] },
  { from: 'quality', may: ['device', 'models'] },
  { from: 'panel/view', may: ['device/conditions.ts', ...panelTypes] },
  { from: 'panel/web', may: ['device/conditions.ts', 'panel/view', ...panelTypes] },
  { from: 'panel', may: ['device'] },
  { from: 'provisioning', may: ['device', 'audit', 'ota', 'runtime/dicom', 'runtime/config.ts'] },
  {
    from: 'runtime/config.ts',
    may: [
      'device',
      'runtime/audit-config.ts',
      'runtime/config-value.ts',
      'runtime/destination-config.ts',
      'runtime/fhir-config.ts',
      'runtime/hl7-config.ts',
      'runtime/inference-config.ts',
      'runtime/metrics-config.ts',
      'runtime/mqtt-config.ts',
      'runtime/outbox/destination-rule.ts',
      'runtime/panel-config.ts',
      'runtime/quality-config.ts',
      'runtime/receiver-config.ts',
      'runtime/stow-config.ts',
      'runtime/update-config.ts',
    ],
  },
  {
    from: 'runtime/inference-config.ts',
    may: ['runtime/config-value.ts', 'runtime/http-config.ts'],
  },
  {
    from: 'runtime/panel-config.ts',
    may: ['panel/settings.ts', 'runtime/config-value.ts'],
  },
  {
    from: 'runtime/panel-access.ts',
    may: ['device', 'panel', 'runtime/tls-files.ts'],
    typesOfEverything: true,
  },
  { from: 'runtime/config-value.ts', may: [] },
  {
    from: 'runtime/destination-config.ts',
    may: [
      'runtime/config-value.ts',
      'runtime/receiver-config.ts',
      'runtime/spool/outgoing-object.ts',
    ],
  },
  {
    from: 'runtime/fhir-config.ts',
    may: ['runtime/config-value.ts', 'runtime/destination-config.ts', 'runtime/http-config.ts'],
  },
  {
    from: 'runtime/hl7-config.ts',
    may: ['runtime/config-value.ts', 'runtime/destination-config.ts', 'runtime/receiver-config.ts'],
  },
  { from: 'runtime/http-config.ts', may: ['runtime/config-value.ts'] },
  {
    from: 'runtime/stow-config.ts',
    may: ['runtime/config-value.ts', 'runtime/destination-config.ts', 'runtime/http-config.ts'],
  },
  { from: 'runtime/receiver-config.ts', may: ['runtime/dicom', 'runtime/config-value.ts'] },
  {
    from: 'runtime/receiver-settings.ts',
    may: [
      'device',
      'runtime/dicom',
      'runtime/config.ts',
      'runtime/receiver-config.ts',
      'runtime/receiver-message.ts',
    ],
  },
  {
    from: 'runtime/tls-files.ts',
    may: ['device', 'runtime/dicom', 'runtime/inference/kserve/settings.ts', 'runtime/config.ts'],
    typesOfEverything: true,
  },
  {
    from: 'runtime/commitment',
    may: ['device', 'runtime/dicom', 'runtime/spool', 'runtime/outbox/delivery-table.ts'],
  },
  { from: 'runtime/procedure-steps.ts', may: ['device', 'runtime/dicom', 'runtime/spool'] },
  { from: 'runtime/normalized-services.ts', may: ['runtime/dicom'], typesOfEverything: true },
  { from: 'runtime/scanner-services.ts', may: product },
  {
    from: 'runtime/companion-makers.ts',
    may: ['device', 'runtime/dicom', 'runtime/report', 'runtime/study-report.ts'],
    typesOfEverything: true,
  },
  {
    from: 'runtime/study-companions.ts',
    may: ['runtime/companion-makers.ts', 'runtime/report', 'runtime/study-report.ts'],
    typesOfEverything: true,
  },
  {
    from: 'runtime/study-messages.ts',
    may: ['runtime/dicom', 'runtime/report'],
    typesOfEverything: true,
  },
  { from: 'runtime/delivery.ts', may: product },
  {
    from: 'runtime/study-report.ts',
    may: ['device', 'runtime/dicom', 'runtime/report', 'runtime/spool'],
    typesOfEverything: true,
  },
  {
    from: 'runtime/study-rules.ts',
    may: ['runtime/inference/schedule', 'runtime/study'],
    typesOfEverything: true,
  },
  {
    from: 'runtime/pipeline.ts',
    may: ['models', 'runtime/amendment.ts', 'runtime/device-conclusion.ts'],
    typesOfEverything: true,
  },
  { from: 'runtime/pipeline-ports.ts', may: [], typesOfEverything: true },
  { from: 'runtime/amendment.ts', may: [], typesOfEverything: true },
  { from: 'runtime/device-conclusion.ts', may: ['models'], typesOfEverything: true },
  { from: 'runtime/study-line.ts', may: product },
  { from: 'runtime/acts', may: ['device', 'panel', 'runtime/spool'] },
  { from: 'runtime/quality-config.ts', may: ['runtime/config-value.ts'] },
  {
    from: 'runtime/quality',
    may: ['device', 'models', 'quality', 'ota/trust', 'runtime/dicom', 'runtime/study'],
    typesOfEverything: true,
  },
  { from: 'runtime/panel-source.ts', may: product },
  { from: 'runtime/arrivals.ts', may: [], typesOfEverything: true },
  { from: 'runtime/exam-desk.ts', may: product },
  { from: 'runtime/device-source.ts', may: product },
  { from: 'runtime/audit-config.ts', may: ['runtime/config-value.ts'] },
  {
    from: 'runtime/audit-forwarding.ts',
    may: [
      'audit',
      'device',
      'runtime/dicom',
      'runtime/outbox/http-peer.ts',
      'runtime/tls-files.ts',
    ],
    typesOfEverything: true,
  },
  {
    from: 'runtime/audit-trail.ts',
    may: ['audit', 'device', 'runtime/audit-forwarding.ts'],
    typesOfEverything: true,
  },
  { from: 'runtime/audit-record.ts', may: ['device', 'runtime/study'], typesOfEverything: true },
  { from: 'runtime/receiving-tally.ts', may: [], typesOfEverything: true },
  {
    from: 'runtime/recorder.ts',
    may: ['device', 'runtime/audit-record.ts', 'runtime/receiving-tally.ts'],
    typesOfEverything: true,
  },
  {
    from: 'runtime/exam-pictures.ts',
    may: ['runtime/preview', 'runtime/report'],
    typesOfEverything: true,
  },
  { from: 'runtime/exam-outcome.ts', may: ['models', 'runtime/study'], typesOfEverything: true },
  { from: 'runtime/exam-detail.ts', may: ['runtime/exam-outcome.ts'], typesOfEverything: true },
  { from: 'runtime/receiver-message.ts', may: [], typesOfEverything: true },
  { from: 'runtime/receiver-link.ts', may: ['device', 'runtime/receiver-message.ts'] },
  {
    from: 'runtime/storage.ts',
    may: ['device', 'runtime/config.ts', 'runtime/outbox', 'runtime/spool'],
  },
  {
    from: 'runtime/housekeeping.ts',
    may: ['device', 'runtime/config.ts', 'runtime/outbox', 'runtime/spool', 'runtime/storage.ts'],
  },
  { from: 'runtime/image-analysis.ts', may: ['device', 'models'], typesOfEverything: true },
  { from: 'runtime/certificates.ts', may: ['device'], typesOfEverything: true },
  {
    from: 'runtime/device-conditions.ts',
    may: ['device', 'runtime/config.ts'],
    typesOfEverything: true,
  },
  {
    from: 'runtime/device-detail.ts',
    may: ['panel', 'runtime/config.ts', 'runtime/device-conditions.ts'],
    typesOfEverything: true,
  },
  { from: 'runtime/model-views.ts', may: [], typesOfEverything: true },
  {
    from: 'runtime/device-view.ts',
    may: ['panel', 'runtime/device-conditions.ts'],
    typesOfEverything: true,
  },
  {
    from: 'runtime/exam-list.ts',
    may: [
      'device',
      'models',
      'panel',
      'runtime/exam-outcome.ts',
      'runtime/outbox',
      'runtime/spool',
      'runtime/study',
    ],
  },
  { from: 'runtime/metrics-config.ts', may: ['runtime/config-value.ts'] },
  {
    from: 'runtime/metrics.ts',
    may: ['device', 'runtime/latency-sketch.ts'],
    typesOfEverything: true,
  },
  { from: 'runtime/mqtt-config.ts', may: ['runtime/config-value.ts'] },
  { from: 'runtime/latency-sketch.ts', may: [] },
  {
    from: 'runtime/exam-tally.ts',
    may: ['device', 'quality', 'runtime/latency-sketch.ts'],
    typesOfEverything: true,
  },
  { from: 'runtime/telemetry.ts', may: ['runtime/device-conditions.ts'], typesOfEverything: true },
  {
    from: 'runtime/fleet-link.ts',
    may: [
      'audit',
      'device',
      'ota',
      'runtime/device-conditions.ts',
      'runtime/exam-tally.ts',
      'runtime/metrics.ts',
      'runtime/telemetry.ts',
      'runtime/tls-files.ts',
    ],
    typesOfEverything: true,
  },
  { from: 'runtime/appliance.ts', may: [], typesOfEverything: true },
  { from: 'runtime/surroundings.ts', may: ['device'], typesOfEverything: true },
  { from: 'runtime/health.ts', may: ['device', 'runtime/config.ts'], typesOfEverything: true },
  { from: 'runtime/update-config.ts', may: ['runtime/config-value.ts', 'runtime/http-config.ts'] },
  { from: 'runtime/model-exchange.ts', may: product },
  { from: 'runtime/updates.ts', may: product },
  { from: 'runtime/compose.ts', may: product },
  { from: 'runtime/main.ts', may: product },
  { from: 'runtime/receiver-process.ts', may: product },
  { from: 'runtime/service.ts', may: product },
  { from: 'demo', may: product },
  { from: 'cli', may: [...product, 'demo'] },
];

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
