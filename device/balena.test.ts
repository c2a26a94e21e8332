import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Supervisor } from './balena.ts';
import { connectSupervisor, readSupervisorAddress } from './balena.ts';
import { systemClock } from './clock.ts';
import { ManualClock } from './manual-clock.ts';

const key = 'a1b2c3-key-of-the-service';
type Reply = (request: IncomingMessage, response: ServerResponse) => void;

const json =
  (status: number, body: unknown): Reply =>
  (_, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(typeof body === 'string' ? body : JSON.stringify(body));

/** Answers as balena's supervisor documents them. */
const answers: Record<string, Reply> = {
  'GET /v1/device': json(200, {
    api_port: 48484,
    commit: '414e65cd378a69a96f403b75f14b40b55856f860',
    status: 'Downloading',
    download_progress: 84,
    os_version: 'balenaOS 6.12.3',
    supervisor_version: '17.3.2',
    update_pending: true,
    update_downloaded: false,
    update_failed: false,
  }),
  'GET /v2/state/status': json(200, {
    status: 'success',
    appState: 'applied',
    overallDownloadProgress: null,
    containers: [{ status: 'Running', serviceName: 'scanside', appId: 7, imageId: 1 }],
    images: [{ status: 'Downloaded', downloadProgress: null, appId: 7, imageId: 1 }],
    release: '7fc9c5bea8e361acd49886fe6cc1e1cd',
  }),
  'GET /v2/applications/state': json(200, {
    fleet: { appId: 7, commit: 'c', services: { scanside: { status: 'Running', releaseId: 1 } } },
  }),
  'POST /v1/update': (_, response) => void response.writeHead(204).end(),
  'POST /v1/reboot': json(202, { Data: 'OK', Error: '' }),
  'POST /v1/shutdown': json(202, { Data: 'OK', Error: '' }),
  'POST /v2/applications/7/restart-service': json(200, 'OK'),
};

describe('the supervisor', () => {
  let server: Server;
  let url = '';
  let supervisor: Supervisor;
  let seen: { path: string; body: string }[] = [];
  /** Answers instead of the documented one. */
  let instead: Reply | undefined;

  beforeAll(async () => {
    server = createServer((request, response) => void serve(request, response));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    supervisor = connectSupervisor({ url, key }, systemClock);
  });
  beforeEach(() => {
    seen = [];
    instead = undefined;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://supervisor');
    let body = '';
    for await (const chunk of request) body += String(chunk);
    seen.push({ path: `${request.method} ${pathname}`, body });
    if (searchParams.get('apikey') !== key) return void response.writeHead(401).end('Unauthorized');
    (instead ?? answers[`${request.method} ${pathname}`] ?? json(404, ''))(request, response);
  }

  it('tells the state of the device, of the application and of its services', async () => {
    expect(await supervisor.device()).toMatchObject({
      update_pending: true,
      download_progress: 84,
    });
    expect((await supervisor.status()).containers[0]?.serviceName).toBe('scanside');
    expect((await supervisor.services())['fleet']?.services['scanside']?.status).toBe('Running');
  });

  it('updates, reboots, shuts down and restarts', async () => {
    await supervisor.update();
    await supervisor.reboot({ force: true });
    await supervisor.shutdown();
    await supervisor.restartService(7, 'scanside', { force: true });
    expect(seen).toEqual([
      { path: 'POST /v1/update', body: '{}' },
      { path: 'POST /v1/reboot', body: '{"force":true}' },
      { path: 'POST /v1/shutdown', body: '{}' },
      {
        path: 'POST /v2/applications/7/restart-service',
        body: '{"serviceName":"scanside","force":true}',
      },
    ]);
  });

  it('says that an update lock is held, and by its own words', async () => {
    instead = json(423, { Data: '', Error: 'Updates are locked: EEXIST' });
    await expect(supervisor.reboot()).rejects.toMatchObject({
      code: 'SUPERVISOR_LOCKED',
      message: expect.stringContaining('Updates are locked: EEXIST'),
    });
  });

  it.each<[string, string, Reply]>([
    ['SUPERVISOR_REFUSED', 'an application of others', json(409, 'Conflict')],
    ['SUPERVISOR_FAILED', 'a fault of its own', json(503, { status: 'failed', message: 'busy' })],
    ['SUPERVISOR_FAILED', 'what is no JSON', json(200, '<html>')],
    ['SUPERVISOR_FAILED', 'nothing', json(200, '')],
    ['SUPERVISOR_FAILED', 'another object', json(200, { status: 3 })],
    [
      'SUPERVISOR_FAILED',
      'progress past the end',
      json(200, { status: 'x', download_progress: 1e3 }),
    ],
    ['SUPERVISOR_FAILED', 'an answer without end', json(200, ' '.repeat((1 << 20) + 1))],
    ['SUPERVISOR_UNREACHABLE', 'a broken line', (request) => void request.socket.destroy()],
    [
      'SUPERVISOR_UNREACHABLE',
      'a way elsewhere',
      (_, response) => void response.writeHead(302, { location: '/v1/device' }).end(),
    ],
  ])('is %s for %s', async (code, _, reply) => {
    instead = reply;
    await expect(supervisor.device()).rejects.toMatchObject({ code, remedy: expect.any(String) });
  });

  it('refuses another key, which no message repeats', async () => {
    const wrong = 'not-the-key-at-all';
    const error = await connectSupervisor({ url, key: wrong }, systemClock)
      .device()
      .catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'SUPERVISOR_REFUSED' });
    expect(String(error) + JSON.stringify(error)).not.toContain(wrong);
  });

  it('is given up when it hangs', async () => {
    const clock = new ManualClock();
    const asked = new Promise<void>((resolve) => {
      instead = () => resolve();
    });
    const answer = connectSupervisor({ url, key }, clock).status();
    await asked;
    clock.advance(30_000);
    await expect(answer).rejects.toMatchObject({
      code: 'SUPERVISOR_UNREACHABLE',
      message: expect.stringContaining('no answer in 30 s'),
    });
  });

  it('is unreachable where nothing listens', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => {
      gone.listen(0, '127.0.0.1', resolve);
    });
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => {
      gone.close(resolve);
    });
    const nobody = connectSupervisor({ url: `http://127.0.0.1:${port}`, key }, systemClock);
    await expect(nobody.device()).rejects.toMatchObject({
      code: 'SUPERVISOR_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe('the address of the supervisor', () => {
  it('is what balena puts into the environment, or nothing', () => {
    const environment = {
      BALENA_SUPERVISOR_ADDRESS: 'http://127.0.0.1:48484',
      BALENA_SUPERVISOR_API_KEY: key,
    };
    expect(readSupervisorAddress(environment)).toEqual({ url: 'http://127.0.0.1:48484', key });
    expect(readSupervisorAddress({})).toBeUndefined();
    expect(readSupervisorAddress({ BALENA_SUPERVISOR_ADDRESS: 'http://x' })).toBeUndefined();
  });
});
