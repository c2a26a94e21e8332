import { createHash } from 'node:crypto';
import process from 'node:process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../device/clock.ts';
import { disk } from '../../device/files.ts';
import { loadForUse } from '../../runtime/inference/analysis.ts';
import { createFallbackRuntime } from '../../runtime/inference/kserve/fallback-runtime.ts';
import { createServer } from '../../runtime/inference/kserve/inference-server.ts';
import { createKserveRuntime } from '../../runtime/inference/kserve/kserve-runtime.ts';
import type { KserveSettings } from '../../runtime/inference/kserve/settings.ts';
import { openNodeRuntime } from '../../runtime/inference/session/node-session.ts';
import type { Runtime, Session } from '../../runtime/inference/session/session-port.ts';
import { describeWith } from '../outside.ts';
import { type InferencePeer, mlserver, startMlserver } from '../peers/inference-servers.ts';
import { temporaryFolder, until } from '../peers/process.ts';
import {
  bundleFolder,
  largestDifference,
  named,
  noise,
  outputs,
  readGraph,
  settingsFor,
} from './kserve-cases.ts';

const seams = { clock: systemClock };
const [first, second] = ['member-1.fp32.onnx', 'member-2.fp32.onnx'].map(readGraph);
const digest = 'a'.repeat(64);

describeWith([mlserver], 'networks on MLServer', () => {
  const folder = temporaryFolder();
  const local: Runtime = openNodeRuntime();
  const opened: Runtime[] = [];
  let server: InferencePeer;
  let here: Session;

  const connect = (more: Partial<KserveSettings> = {}): Runtime => {
    const runtime = createKserveRuntime(settingsFor(server.url, more), seams);
    opened.push(runtime);
    return runtime;
  };

  const start = (port?: number): Promise<InferencePeer> =>
    startMlserver(
      folder.path,
      [
        { name: 'right.1.0.0.1', version: '1', graph: first! },
        { name: 'other.1.0.0.1', graph: second! },
        { name: 'unversioned.1.0.0.1', graph: first! },
        { name: 'digest.1.0.0.1', graph: first!, extra: { digest } },
        { name: 'slow.1.0.0.1', graph: first!, extra: { delayMs: 60_000 } },
        ...['1', '2'].map((member) => {
          const graph = readGraph(`member-${member}.int8.trt.onnx`);
          const sha256 = createHash('sha256').update(graph).digest('hex');
          return { name: `chest-child.1.0.0.${member}`, graph, extra: { digest: sha256 } };
        }),
      ],
      port,
    );

  beforeAll(async () => {
    server = await start();
    here = await local.open(first!, named('right.1.0.0.1'));
  }, 90_000);

  afterAll(async () => {
    for (const runtime of opened) await runtime.close();
    await local.close();
    await server.stop();
    folder.remove();
  });

  it.each([1, 8])('answers as this device does, %i at a time', async (batch) => {
    const there = await connect().open(first!, named('right.1.0.0.1'));
    expect(await largestDifference(here, there, batch)).toBeLessThan(1e-5);
  });

  it('is live and ready', async () => {
    const asked = createServer(settingsFor(server.url), seams);
    expect([await asked.isLive(), await asked.isReady()]).toEqual([true, true]);
    asked.close();
  });

  it('says who it is', async () => {
    const runtime = connect();
    expect(runtime.version).toBe('not reached yet');
    await runtime.open(first!, named('right.1.0.0.1'));
    expect(runtime.version).toMatch(/^mlserver 1\.7\.1$/);
  });

  it('serves a model without versions', async () => {
    const there = await connect().open(first!, named('unversioned.1.0.0.1'));
    expect(await largestDifference(here, there, 1)).toBeLessThan(1e-5);
  });

  it.each([
    ['a name that it does not have', 'absent.1.0.0.1', 'is not ready'],
    ['a graph of another digest', 'digest.1.0.0.1', 'graph_sha256'],
  ])('is refused for %s', async (_, name, words) => {
    await expect(connect().open(first!, named(name))).rejects.toThrow(words);
  });

  it('is refused for a version that it does not have', async () => {
    const opening = connect({ modelVersion: '7' }).open(first!, named('right.1.0.0.1'));
    await expect(opening).rejects.toThrow('INFERENCE_SERVER_FAULT');
  });

  it('is given up when it is too slow', async () => {
    const slow = await connect({ timeoutMs: 1_000 }).open(first!, named('slow.1.0.0.1'));
    await expect(slow.run(noise(1), outputs)).rejects.toThrow('PEER_TIMEOUT');
  });

  it('leaves a run that is ended, and takes the next', async () => {
    const slow = await connect().open(first!, named('slow.1.0.0.1'));
    const controller = new AbortController();
    const run = slow.run(noise(1), outputs, controller.signal);
    controller.abort();
    await expect(run).rejects.toThrow('MODEL_FAULT');
    await slow.close();
    await expect(slow.run(noise(1), outputs)).rejects.toThrow('closed');
  });

  it('passes the self-test of a bundle with the graphs that are meant for TensorRT', async () => {
    const host = { runtime: connect(), threads: 1, provider: () => ({ name: 'cpu' }) as const };
    const { bundle } = await loadForUse(bundleFolder, disk, host);
    expect(bundle.manifest.identity.name).toBe('chest-child');
  });

  it('fails the self-test with other networks under the names', async () => {
    const swapped = { modelName: 'other.1.0.0.1' };
    const runtime = connect(swapped);
    const host = { runtime, threads: 1, provider: () => ({ name: 'cpu' }) as const };
    await expect(loadForUse(bundleFolder, disk, host)).rejects.toThrow(/golden-(answer|result)/);
  });

  it('is stood in for when it is killed, and used again when it is back', async () => {
    const pauses = { pauseMs: 50, longestPauseMs: 400, agreement: 0.02 };
    const routes: string[] = [];
    const runtime = createFallbackRuntime({
      remote: createKserveRuntime(settingsFor(server.url), seams),
      local: openNodeRuntime(),
      clock: systemClock,
      settings: pauses,
      onChange: ({ route }) => routes.push(route),
    });
    opened.push(runtime);
    const session = await runtime.open(first!, named('right.1.0.0.1'));
    const runs = Array.from({ length: 12 }, async (_, at) => {
      if (at === 4) process.kill(server.pid, 'SIGKILL');
      return session.run(noise(1, at), ['logits']);
    });
    const answers = await Promise.all(runs);
    for (const [at, { logits }] of answers.entries()) {
      const { logits: ours } = await here.run(noise(1, at), ['logits']);
      expect(Math.abs(logits!.values[0]! - ours!.values[0]!)).toBeLessThan(1e-5);
    }
    expect(runtime.places()).toMatchObject([{ network: 'right.1.0.0.1' }]);
    expect(routes[0]).toBe('local');
    await server.stop();
    server = await start(server.port);
    const isBack = async () => {
      await session.run(noise(1), ['logits']);
      return routes.at(-1) === 'server';
    };
    expect(await until(isBack, 60_000)).toBe(true);
    expect(await largestDifference(here, session, 2)).toBeLessThan(1e-5);
    expect(runtime.places()[0]?.because).toBe('the server answers: mlserver 1.7.1');
  }, 120_000);
});
