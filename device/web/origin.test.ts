import { expect, it } from 'vitest';
import { isOwnAsker, ownPath, type Asker } from './origin.ts';

const own: Asker = {
  method: 'POST',
  host: 'scan.example:8443',
  origin: 'https://scan.example:8443',
  site: 'same-origin',
  mode: 'cors',
};

it.each<[string, Partial<Asker>]>([
  ['a script of ours', {}],
  ['a browser without Sec-Fetch', { site: undefined, mode: undefined }],
  ['a form of ours whose page names no referrer', { origin: 'null', mode: 'navigate' }],
  ['the usual port', { host: 'scan.example:443', origin: 'https://scan.example' }],
  ['a read', { method: 'GET', origin: undefined }],
  ['an address typed in', { method: 'GET', origin: undefined, site: 'none', mode: 'navigate' }],
  ['a link elsewhere', { method: 'GET', origin: undefined, site: 'cross-site', mode: 'navigate' }],
  ['a program', { method: 'GET', origin: undefined, site: undefined, mode: undefined }],
])('takes %s for our own', (_, change) => {
  expect(isOwnAsker({ ...own, ...change }, 'https')).toBe(true);
});

it.each<[string, Partial<Asker>]>([
  ['another site', { origin: 'https://evil.example', site: 'cross-site' }],
  ['another site in an old browser', { origin: 'https://evil.example', site: undefined }],
  ['another port of this host', { origin: 'https://scan.example:9000', site: 'same-site' }],
  ['another port in an old browser', { origin: 'https://scan.example:9000', site: undefined }],
  ['plain HTTP of this host', { origin: 'http://scan.example:8443', site: undefined }],
  ['nobody', { origin: undefined, site: undefined }],
  ['a sandboxed page', { origin: 'null', site: 'cross-site' }],
  ['a sandboxed page in an old browser', { origin: 'null', site: undefined }],
  ['what is no origin', { origin: 'scan.example:8443', site: undefined }],
  ['no host', { host: undefined, site: undefined }],
  ['an image of ours on another site', { method: 'GET', origin: undefined, site: 'cross-site' }],
  ['a script of another port', { method: 'GET', origin: undefined, site: 'same-site' }],
  [
    'a script of another site',
    { method: 'GET', origin: 'https://evil.example', site: undefined, mode: undefined },
  ],
])('refuses %s', (_, change) => {
  expect(isOwnAsker({ ...own, ...change }, 'https')).toBe(false);
});

it('leads to nothing but a page of the panel', () => {
  expect(ownPath('/exams/1.2.3?show=all', '/')).toBe('/exams/1.2.3?show=all');
  for (const to of ['//evil.example', '/\\evil.example', 'https://evil.example', '', undefined, 7])
    expect(ownPath(to, '/home')).toBe('/home');
  for (const to of ['/a\r\nset-cookie: x', '/%0d%0a"', `/${'a'.repeat(300)}`, '/<script>'])
    expect(ownPath(to, '/home')).toBe('/home');
});
