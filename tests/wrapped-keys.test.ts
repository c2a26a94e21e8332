import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/**
 * Where the root key wraps. Whatever is wrapped must be wrapped anew when the root key is changed, or it is lost then: a
 * place that joins this list joins cli/root-key-change.ts and tests/root-key-change.test.ts too.
 */
const places = [
  'audit/segment-writer.ts',
  'audit/signing-key.ts',
  'audit/state.ts',
  'device/identity-key.ts',
  'device/root-key.ts',
  'device/sealed-content.ts',
  'device/wrapped-key.ts',
  'panel/access/account-store.ts',
  'panel/access/device-certificate.ts',
  'runtime/audit-trail.ts',
  'runtime/preview/picture-file.ts',
  'runtime/spool/segment-keys.ts',
];

test('whoever wraps with the root key is known to who changes it', () => {
  const found = globSync(
    '{device,models,audit,runtime,ota,quality,panel,provisioning,cli}/**/*.ts',
    {
      cwd: root,
    },
  )
    .filter((path) => !path.endsWith('.test.ts'))
    .filter((path) => /\.wrap\(|\bsealContent\(/.test(readFileSync(join(root, path), 'utf8')));
  expect(found.sort()).toEqual(places);
});
