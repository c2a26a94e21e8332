import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from './outside.ts';
import { type Finished, runProgram, startProgram, temporaryFolder } from './peers/process.ts';

const runtime = join(import.meta.dirname, '..', 'runtime');

/** A configuration file in a folder of its own, which goes with the test. */
function configure(panel: object, receiver: object = { port: 0 }): Record<string, string> {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  const path = join(folder.path, 'scanside.json');
  const dataFolder = join(folder.path, 'data');
  writeFileSync(path, JSON.stringify({ dataFolder, receiver, panel }));
  return { SCANSIDE_CONFIG: path };
}

function askHealth(environment: Record<string, string>): Promise<Finished> {
  return runProgram(process.execPath, [join(runtime, 'health.ts')], 60_000, environment);
}

/** Something else on the panel's port. */
async function serve(answer: RequestListener): Promise<number> {
  const server = createServer(answer);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

it.each([
  ['HTTPS with the device’s own certificate', { https: 'device', host: '0.0.0.0' }],
  ['plain HTTP', { https: 'off' }],
])('an appliance over %s is well while it runs', { timeout: 180_000 }, async (_name, how) => {
  const environment = configure({ ...how, port: await freePort() });
  const appliance = await startProgram(
    process.execPath,
    [join(runtime, 'main.ts')],
    (output) => output.includes('"msg":"ready"'),
    120_000,
    environment,
  );
  onTestFinished(() => appliance.stop());
  expect(await askHealth(environment)).toEqual({ code: 0, output: '' });
  await appliance.stop();
  const down = await askHealth(environment);
  expect(down.code).toBe(1);
  expect(down.output).toMatch(/^connect ECONNREFUSED 127\.0\.0\.1:\d+\n$/);
});

it('a panel that answers anything but success is not well', async () => {
  const port = await serve((_request, reply) => reply.writeHead(503).end());
  expect(await askHealth(configure({ https: 'off', port }))).toEqual({
    code: 1,
    output: 'the panel answers with status 503\n',
  });
});

it('a panel that says nothing is not well', async () => {
  const port = await serve(() => undefined);
  expect(await askHealth(configure({ https: 'off', port }))).toEqual({
    code: 1,
    output: 'the panel is silent for 3 s\n',
  });
});

it('what is no configuration is said in one line', async () => {
  const { code, output } = await askHealth(configure({ port: 'eleven' }));
  expect(code).toBe(1);
  expect(output).toMatch(/^CONFIG_INVALID[^\n]*panel\.port = "eleven"[^\n]*\n$/);
});
