import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { ManualClock } from '../device/manual-clock.ts';
import { HttpSource } from '../ota/trust/http-source.ts';
import { UpdateDevice } from './update-device.ts';
import { publishedRepository } from './update-repository.ts';

const clock = new ManualClock();

/** A source on a web server that answers so. */
async function serve(listener: RequestListener): Promise<HttpSource> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return new HttpSource({ address: `http://127.0.0.1:${port}/metadata/`, clock });
}

it('refreshes a device', async () => {
  const repository = publishedRepository();
  const source = await serve((request, response) => {
    const bytes = repository.files.get(request.url!.slice('/metadata/'.length));
    response.writeHead(bytes ? 200 : 404).end(bytes);
  });
  const versions = await new UpdateDevice(repository).refresh(source);
  expect(versions).toEqual({ root: 1, timestamp: 1, snapshot: 1, targets: 1 });
});

it.each([401, 403, 407, 301, 302, 304, 429, 500, 503, 206])(
  'takes status %i for no answer of the repository: UPDATE_UNREACHABLE',
  async (status) => {
    const repository = publishedRepository();
    const device = new UpdateDevice(repository);
    await device.refresh();
    const root = repository.publishRoot();
    const source = await serve((request, response) => {
      const isRoot = request.url!.endsWith('.root.json');
      const bytes = repository.files.get(request.url!.slice('/metadata/'.length));
      if (isRoot) response.writeHead(status, { location: '/other' }).end(root);
      else response.end(bytes);
    });
    await expect(device.refresh(source)).rejects.toMatchObject({ code: 'UPDATE_UNREACHABLE' });
  },
);

it('ends the connection to a server that does not stop sending: UPDATE_TOO_LONG', async () => {
  let closed: Promise<unknown> | undefined;
  const source = await serve((_, response) => {
    closed = once(response, 'close');
    const send = (): void => {
      while (response.write(Buffer.alloc(65_536)));
      response.once('drain', send);
    };
    send();
  });
  await expect(source.fetch('timestamp.json', 1_000_000)).rejects.toMatchObject({
    code: 'UPDATE_TOO_LONG',
  });
  await closed;
});

it('ends the connection to a server that is held up: UPDATE_TOO_SLOW', async () => {
  const source = await serve((_, response) => {
    response.writeHead(200).write('{');
    clock.advance(30_000);
  });
  await expect(source.fetch('timestamp.json', 100)).rejects.toMatchObject({
    code: 'UPDATE_TOO_SLOW',
  });
});

it('takes no part of a file for the whole: UPDATE_UNREACHABLE', async () => {
  const source = await serve((_, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('{');
    response.destroy();
  });
  await expect(source.fetch('timestamp.json', 1000)).rejects.toMatchObject({
    code: 'UPDATE_UNREACHABLE',
  });
});

it('says where nobody listens: UPDATE_UNREACHABLE', async () => {
  const source = new HttpSource({ address: 'http://127.0.0.1:9', clock });
  await expect(source.fetch('timestamp.json', 1)).rejects.toMatchObject({
    code: 'UPDATE_UNREACHABLE',
  });
});
