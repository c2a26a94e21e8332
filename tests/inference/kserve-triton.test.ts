import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { layOutForTriton } from '../../cli/model-triton.ts';
import { systemClock } from '../../device/clock.ts';
import { disk } from '../../device/files.ts';
import { type Bundle, loadBundle, readBundleFile } from '../../models/bundle.ts';
import { graphFile } from '../../models/manifest.ts';
import { loadForUse } from '../../runtime/inference/analysis.ts';
import { createKserveRuntime } from '../../runtime/inference/kserve/kserve-runtime.ts';
import { openNodeRuntime } from '../../runtime/inference/session/node-session.ts';
import type { Runtime } from '../../runtime/inference/session/session-port.ts';
import { describeWith } from '../outside.ts';
import { readManifest } from '../kubernetes-manifests.ts';
import { startTriton, triton } from '../peers/inference-servers.ts';
import { temporaryFolder } from '../peers/process.ts';
import { bundleFolder, largestDifference, named, noise, settingsFor } from './kserve-cases.ts';

const name = 'chest-child.1.0.0.1';

/** Triton's arguments in the deployment, without those that say where it lies and listens. */
function deployedArguments(): string[] {
  const [container] = readManifest('deployment.yaml').spec.template.spec.containers;
  return container!.args.filter(
    (each) => !/^--(model-repository|http-port|metrics-port)=/.test(each),
  );
}

describeWith([triton], 'networks on Triton', () => {
  const folder = temporaryFolder();
  const local = openNodeRuntime();
  let server: Awaited<ReturnType<typeof startTriton>>;
  let remote: Runtime;
  let bundle: Bundle;

  const graph = (at: number): Uint8Array =>
    readBundleFile(bundle, graphFile(bundle.manifest, at, 'cpu'), disk);

  beforeAll(async () => {
    bundle = loadBundle(bundleFolder, disk);
    const wanted = { provider: 'cpu', instances: 1 } as const;
    layOutForTriton(bundle, join(folder.path, 'models'), wanted, disk);
    server = await startTriton(folder.path, deployedArguments());
    remote = createKserveRuntime(settingsFor(server.url), { clock: systemClock });
  }, 90_000);

  afterAll(async () => {
    await remote.close();
    await local.close();
    await server.stop();
    folder.remove();
  });

  it.each([1, 8])('answer in bytes as this device does, %i at a time', async (batch) => {
    const [here, there] = [
      await local.open(graph(0), named(name)),
      await remote.open(graph(0), named(name)),
    ];
    expect(await largestDifference(here, there, batch)).toBeLessThan(1e-5);
    expect(remote.version).toMatch(/^triton 2\./);
  });

  it('pass the self-test of their bundle', async () => {
    const host = { runtime: remote, threads: 1, provider: () => ({ name: 'cpu' }) as const };
    const loaded = await loadForUse(bundleFolder, disk, host);
    expect(loaded.bundle.hash).toBe(bundle.hash);
  });

  it('are refused where the graph is another, by its digest', async () => {
    const opening = remote.open(graph(1), named(name));
    await expect(opening).rejects.toThrow(/MODEL_MISMATCH.*graph_sha256/);
  });

  it('answer for the batch that was asked and no larger one', async () => {
    const there = await remote.open(graph(0), named(name));
    await expect(there.run(noise(9), ['logits'])).rejects.toThrow('INFERENCE_SERVER_FAULT');
  });

  it('are counted by the metric that the deployment scales on', async () => {
    const metrics = await (await fetch(server.metrics)).text();
    const [rule] = readManifest('prometheus-adapter.yaml').rules.custom;
    const series = [...rule!.metricsQuery.matchAll(/nv_\w+/g)].map(([each]) => each);
    expect(series).toHaveLength(2);
    for (const each of series) expect(metrics).toContain(`${each}{model="${name}"`);
  });
});
