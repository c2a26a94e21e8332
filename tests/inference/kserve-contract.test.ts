import { afterAll, beforeAll, describe, it } from 'vitest';
import { systemClock } from '../../device/clock.ts';
import { createFallbackRuntime } from '../../runtime/inference/kserve/fallback-runtime.ts';
import { createKserveRuntime } from '../../runtime/inference/kserve/kserve-runtime.ts';
import {
  openOrtRuntime,
  packagedLibrary,
} from '../../runtime/inference/session/ort-capi/ort-runtime.ts';
import type { Runtime } from '../../runtime/inference/session/session-port.ts';
import { describeWith } from '../outside.ts';
import { type InferencePeer, mlserver, startMlserver } from '../peers/inference-servers.ts';
import { temporaryFolder } from '../peers/process.ts';
import { settingsFor } from './kserve-cases.ts';
import { contract } from './session/contract.ts';
import { late, long, projection, sum } from './session/networks.ts';

const graphs = new Map([
  [projection, 'projection'],
  [sum, 'sum'],
  [late, 'late'],
  [long, 'long'],
]);

/** The contract calls every network alike; a server knows each by a name of its own. */
function naming(runtime: Runtime): Runtime {
  const open: Runtime['open'] = (graph, settings) =>
    runtime.open(graph, { ...settings, name: graphs.get(graph) ?? 'unknown' });
  return { ...runtime, cancellable: runtime.cancellable, open, close: () => runtime.close() };
}

/** What has no number in JSON: a server's fault here, which the device that stands in for it answers. */
const unanswered = 'passes on what is no number, and answers the next input rightly';

describeWith([mlserver], 'the contract of runtimes, on MLServer', () => {
  const folder = temporaryFolder();
  let server: InferencePeer;

  beforeAll(async () => {
    const served = [...graphs].map(([graph, name]) => ({ name, graph }));
    server = await startMlserver(folder.path, served);
  }, 90_000);

  afterAll(async () => {
    await server.stop();
    folder.remove();
  });

  const connect = (): Runtime =>
    createKserveRuntime(settingsFor(server.url, { timeoutMs: 120_000 }), { clock: systemClock });

  describe('a server alone', () => {
    let runtime: Runtime;
    beforeAll(() => {
      runtime = naming(connect());
    });

    for (const { name, check } of contract)
      if (name !== unanswered) it(name, () => check(runtime), 120_000);
  });

  describe('a server that the device stands in for', () => {
    let runtime: Runtime;
    beforeAll(() => {
      const settings = { pauseMs: 60_000, longestPauseMs: 60_000, agreement: 0.02 };
      const local = openOrtRuntime(packagedLibrary());
      const parts = { remote: connect(), local, clock: systemClock, settings };
      runtime = naming(createFallbackRuntime(parts));
    });

    for (const { name, check } of contract) it(name, () => check(runtime), 120_000);
  });
});
