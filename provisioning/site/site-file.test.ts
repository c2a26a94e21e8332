import { expect, it } from 'vitest';
import { siteExample } from './site-example.ts';
import { readSiteFile } from './site-file.ts';

it('reads the example, and the configuration as it stands there', () => {
  const { answers, configuration } = readSiteFile(siteExample);
  expect(answers.configuration.receiver.callers.map(({ aeTitle }) => aeTitle)).toEqual([
    'CT1',
    'PACS',
  ]);
  expect(answers.configuration.spool.keepDays).toBe(30);
  expect(configuration).not.toHaveProperty('spool');
});

const lineOf = (words: string) =>
  siteExample.split('\n').findIndex((line) => line.includes(words)) + 1;

it.each([
  ['a wrong value', 'port: 11112', 'port: many', 'port: 11112', 'configuration.receiver.port'],
  ['a wrong value in a list', 'port: 104', 'port: 0', 'port: 104', 'destinations.0.port'],
  ['a key that is none', 'freeGigabytes: 20', 'freeGigabyte: 20', 'freeGiga', 'freeGigabyte'],
  [
    'a key of the runtime that is none',
    'aeTitle: SCANSIDE',
    'aeTitel: X',
    'aeTitle: SCANSIDE',
    'aeTitel',
  ],
  ['what is missing, at what it belongs to', 'site: St. Elsewhere, Radiology', '', '', 'site'],
])('names the line of %s', (_, from, to, at, path) => {
  const line = at === '' ? 1 : lineOf(at);
  expect(() => readSiteFile(siteExample.replace(from, to))).toThrow(
    new RegExp(`SITE_FILE_INVALID[^]*line ${line}: [^\n]*${path}`),
  );
});

it.each([
  ['no YAML', 'site: [', /line \d+: /],
  ['a key twice', `${siteExample}\nsite: again\n`, /line \d+: .*unique/],
  ['nothing', '', /line 1: the file/],
  ['a bomb of references', 'a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n', /SITE_FILE_INVALID/],
])('refuses %s', (_, text, says) => {
  expect(() => readSiteFile(text)).toThrow(says);
});
