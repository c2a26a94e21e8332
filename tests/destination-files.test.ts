import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { disk } from '../device/files.ts';
import { parseConfiguration } from '../runtime/config.ts';
import { readDestinations } from '../runtime/tls-files.ts';
import { makeDataFolder } from './appliance.ts';

function readArchive(more: object) {
  const archive = { protocol: 'stow', name: 'archive', url: 'https://pacs.example/rs', ...more };
  const [destination] = readDestinations(parseConfiguration({ destinations: [archive] }), disk);
  if (destination?.protocol !== 'stow') throw new Error('another destination');
  return destination;
}

it('a token is read anew each time, without the end of its line', () => {
  const tokenFile = join(makeDataFolder(), 'token');
  writeFileSync(tokenFile, 'first\n');
  const { token } = readArchive({ tokenFile });
  writeFileSync(tokenFile, 'second\n');
  expect(token?.()).toBe('second');
  rmSync(tokenFile);
  expect(() => token?.()).toThrow(/CONFIG_INVALID.*\n.*destinations\.0\.tokenFile = .*ENOENT/);
});

it('a file that is missing or is none stops the start with its key and path', () => {
  const file = join(makeDataFolder(), 'file');
  const missing = /destinations\.0\.tokenFile = .*expected: a readable file \(ENOENT\)/;
  expect(() => readArchive({ tokenFile: file })).toThrow(missing);
  writeFileSync(file, 'no certificate');
  const wrong = /destinations\.0\.tls\.authorityFile = .*expected: a certificate in PEM/;
  expect(() => readArchive({ tls: { authorityFile: file } })).toThrow(wrong);
});

it('an archive needs neither token nor certificates', () => {
  expect(readArchive({})).toMatchObject({ token: undefined, tls: undefined });
});
