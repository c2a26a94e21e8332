import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { disk } from '../device/files.ts';
import {
  describeConfiguration,
  isProved,
  listUnsafe,
  loadConfiguration,
  parseConfiguration,
} from './config.ts';

const pacs = { name: 'main', host: 'pacs', port: 104, aeTitle: 'PACS' };
const archive = { protocol: 'stow', name: 'archive', url: 'https://pacs.example/dicom-web' };

test('an empty file is the embedded defaults, and they reach this machine alone', () => {
  const { receiver, panel, destinations } = parseConfiguration({});
  expect([receiver.host, panel.host, destinations]).toEqual(['127.0.0.1', '127.0.0.1', []]);
});

test.each([
  [{ receiver: { port: 'x' } }, /receiver\.port = "x"; expected: .*number/],
  [
    { receiver: { aeTitle: 'SEVENTEEN_LETTERS' } },
    /receiver\.aeTitle = "SEVENTEEN_LETTERS"; expected: 1 to 16/,
  ],
  [{ reciever: {} }, /reciever: not a key of this version/],
  [{ study: { quiet: 3 } }, /study\.quiet: not a key/],
  [{ destinations: [{ name: 'a' }] }, /destinations\.0\.host = missing/],
  [{ receiver: { plain: false } }, /receiver = .*expected: a port to listen on/],
  [
    { receiver: { callers: [{ aeTitle: 'CT1', networks: ['10.0.0.0/33'] }] } },
    /receiver\.callers\.0\.networks\.0 = "10\.0\.0\.0\/33"; expected: .*CIDR/,
  ],
  [
    { receiver: { callers: [{ aeTitle: 'CT1', networks: ['::1'], sopClasses: ['CT'] }] } },
    /receiver\.callers\.0\.sopClasses\.0 = "CT"; expected: .*name of a SOP class/,
  ],
  [{ destinations: [{ ...archive, host: 'pacs' }] }, /destinations\.0\.host: not a key/],
  [
    { destinations: [pacs, { ...archive, protocol: 'dicomweb' }] },
    /destinations\.1\.protocol = "dicomweb"; expected: dicom, stow, hl7 or fhir/,
  ],
  [{ destinations: [{ ...archive, url: 'ftp://pacs' }] }, /\.0\.url = .*http:\/\/ or https:\/\//],
  [
    { destinations: [{ ...archive, url: 'https://eva:secret@pacs' }] },
    /\.0\.url = .*without user, question mark or hash/,
  ],
  [
    { destinations: [{ ...archive, url: 'http://pacs', tokenFile: 'token' }] },
    /\.0\.url = .*an https address, because a token is sent/,
  ],
  [
    { destinations: [{ ...archive, tls: { certificateFile: 'own.pem' } }] },
    /\.0\.tls = .*certificateFile and keyFile together/,
  ],
  [{ destinations: [pacs, { ...archive, name: pacs.name }] }, /every destination has its own/],
  [{ destinations: [pacs, pacs] }, /every destination has its own name/],
  [
    { inference: { stat: { rules: [{}] } } },
    /inference\.stat\.rules\.0 = \{\}; expected: a rule names at least one/,
  ],
  [{ inference: { kserve: { url: 'ftp://a' } } }, /inference\.kserve\.url = .*http:\/\//],
  [
    { inference: { kserve: { url: 'https://a', tls: { keyFile: 'k' } } } },
    /inference\.kserve\.tls = .*certificateFile and keyFile together/,
  ],
  [[], /the file = \[\]/],
])('names key, value and expectation of %j', (input, message) => {
  expect(() => parseConfiguration(input)).toThrow(message);
});

test('a file that is not JSON names its path', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'scanside-')), 'site.json');
  writeFileSync(path, '{ receiver: ');
  expect(() => loadConfiguration(path, disk)).toThrow(/CONFIG_UNREADABLE.*site\.json/);
  expect(() => loadConfiguration('/nowhere/site.json', disk)).toThrow(/CONFIG_UNREADABLE/);
});

test('nothing need be said of inference: the processor serves, and scanners are believed', () => {
  const { inference } = parseConfiguration({});
  expect(inference).toMatchObject({
    engine: 'auto',
    accelerator: 'auto',
    threads: 1,
    deadlineSeconds: { image: 5, series: 30 },
    stat: { fromScanner: true, rules: [] },
  });
  expect([inference.library, inference.kserve]).toEqual([undefined, undefined]);
});

test('a destination without a protocol speaks DICOM, as in files from before there were others', () => {
  const { destinations } = parseConfiguration({ destinations: [pacs, archive] });
  expect(destinations).toMatchObject([
    { protocol: 'dicom', commitment: true },
    { protocol: 'stow', verify: 'query', form: 'auto', timeoutSeconds: 60 },
  ]);
  expect(destinations.map(isProved)).toEqual([true, true]);
});

test('a token may stay on this machine', () => {
  const here = { ...archive, url: 'http://[::1]:8042/dicom-web', tokenFile: 'token' };
  expect(parseConfiguration({ destinations: [here] }).destinations).toHaveLength(1);
});

test('the reference page tells of every protocol of a destination', () => {
  const page = describeConfiguration();
  for (const [protocol, key] of [
    ['dicom', 'aeTitle'],
    ['stow', 'verify'],
  ]) {
    const [, section = ''] = page.split(`## Destinations of protocol \`${protocol}\`\n`);
    expect(section.split('## ')[0]).toContain(`| \`destinations[].${key}\` |`);
  }
});

test('an archive that is not proved or not protected is not yet safe', () => {
  const open = parseConfiguration({
    destinations: [{ ...archive, url: 'http://pacs.example', verify: 'none' }],
  });
  expect(listUnsafe(open).join()).toMatch(/no tls.*no storage commitment/);
  const closed = parseConfiguration({
    destinations: [
      { ...archive, url: 'HTTPS://pacs.example' },
      { ...archive, name: 'here', url: 'http://[::1]/rs' },
    ],
  });
  expect(listUnsafe(closed).join()).not.toMatch(/no tls|no storage commitment/);
});

test('what is not yet safe is listed', () => {
  const open = parseConfiguration({
    receiver: { host: '0.0.0.0' },
    panel: { host: '0.0.0.0' },
    destinations: [{ ...pacs, commitment: false }],
  });
  expect(listUnsafe(open).join()).toMatch(/any caller.*panel\.https.*no storage commitment/);
});

test('the panel is served without TLS to this machine alone', () => {
  const parse = (panel: unknown) => () => parseConfiguration({ panel });
  expect(parse({ https: 'off' })).not.toThrow();
  expect(parse({ https: 'off', host: '0.0.0.0' })).toThrow(/panel\.https = "off"; expected: `off`/);
  expect(parse({ https: 'files' })).toThrow(/panel\.https = "files"; expected: `files` with/);
  expect(parse({ https: 'files', certificateFile: 'a' })).toThrow(/together or neither/);
  expect(parse({ certificateFile: 'a', keyFile: 'b' })).toThrow(/with nothing else/);
  expect(parse({ names: ['https://scan.example'] })).toThrow(/without scheme/);
});
