import { expect, test } from 'vitest';
import { judgePanel } from './panel-check.ts';

const good = { url: 'https://10.0.0.42:8443/', status: 200, certificate: 'AB:CD', accounts: 3 };

test.each([
  [{}, 'pass', undefined],
  [{ accounts: 0 }, 'warn', 'PANEL_WITHOUT_ACCOUNTS'],
  [{ status: 503 }, 'fail', 'PANEL_SILENT'],
])('a panel with %j is a %s', (change, state, code) => {
  const { facts, ...verdict } = judgePanel({ ...good, ...change });
  expect([verdict.state, verdict.code]).toEqual([state, code]);
  expect(facts).toMatchObject({ url: good.url, certificate: 'AB:CD' });
});

test('plain HTTP is said to have no certificate', () => {
  expect(judgePanel({ ...good, certificate: '' }).facts['certificate']).toBe('none: plain HTTP');
});
