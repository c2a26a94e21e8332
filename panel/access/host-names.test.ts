import { expect, it } from 'vitest';
import { hostNamesOf } from './host-names.ts';

const facts = { host: '0.0.0.0', names: [], hostname: 'Bay-3', addresses: ['192.0.2.7'] };

it('needs the machine’s name and the site’s, and takes its addresses as they are', () => {
  expect(hostNamesOf({ ...facts, names: ['Scan.Example'] })).toEqual({
    needed: ['bay-3', 'scan.example'],
    further: ['bay-3.local', 'localhost', '127.0.0.1', '::1', '192.0.2.7'],
  });
});

it('needs the address that it listens on, where that is one', () => {
  expect(hostNamesOf({ ...facts, host: '192.0.2.9' }).needed).toEqual(['bay-3', '192.0.2.9']);
});

it('leaves out what no certificate can bear', () => {
  const odd = { ...facts, hostname: 'box_1', addresses: ['fe80::1%eth0'] };
  expect(hostNamesOf(odd)).toEqual({
    needed: [],
    further: ['localhost', '127.0.0.1', '::1'],
  });
});
