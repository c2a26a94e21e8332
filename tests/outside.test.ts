import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { findProgram, freePort } from './outside.ts';

it('finds a program by name and says so when there is none', () => {
  expect(findProgram('sh')).toMatch(/\/sh$/);
  expect(findProgram('no-such-program-anywhere')).toBeUndefined();
});

it('gives a port that can be listened on', async () => {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  expect(port).toBeGreaterThan(0);
  await new Promise((resolve) => server.close(resolve));
});
