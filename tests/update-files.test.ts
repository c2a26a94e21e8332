import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { disk } from '../device/files.ts';
import { keyLength, keysOf } from '../device/keys.ts';
import { parseConfiguration } from '../runtime/config.ts';
import { checkUpdateFiles } from '../runtime/updates.ts';
import { makeDataFolder } from './appliance.ts';
import { publish } from './update-site.ts';

const root = () => keysOf(Buffer.alloc(keyLength, 1));

const check = (more: object) => {
  const updates = { repository: 'https://updates.example', ...more };
  return () => checkUpdateFiles(parseConfiguration({ updates }), disk, root);
};

it('a root that is missing or is none stops the start with its key and path', () => {
  const rootFile = join(makeDataFolder(), 'root.json');
  const wrong = /CONFIG_INVALID.*updates\.rootFile: .*root\.json must be a repository's root/;
  expect(check({ rootFile })).toThrow(wrong);
  writeFileSync(rootFile, '{}');
  expect(check({ rootFile })).toThrow(wrong);
  writeFileSync(rootFile, publish().root);
  expect(check({ rootFile })).not.toThrow();
});

it('a certificate that is missing or is none stops the start too', () => {
  const folder = makeDataFolder();
  const [rootFile, authorityFile] = [join(folder, 'root.json'), join(folder, 'ca.pem')];
  writeFileSync(rootFile, publish().root);
  writeFileSync(authorityFile, 'no certificate');
  expect(check({ rootFile, tls: { authorityFile } })).toThrow(/updates\.tls\.authorityFile/);
});

it('without updates nothing is looked at', () => {
  expect(() => checkUpdateFiles(parseConfiguration({}), disk, root)).not.toThrow();
});
