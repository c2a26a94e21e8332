import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { updateCommands } from '../cli/update.ts';
import { makePhantomInstance } from '../demo/phantom-study.ts';
import { sendStudy } from '../demo/virtual-scanner.ts';
import { systemClock } from '../device/clock.ts';
import { createSigningKey } from '../ota/fleet/signing-key.ts';
import { describe as describeTarget } from '../ota/fleet/metadata.ts';
import { storedName } from '../ota/trust/target.ts';
import { programFolder } from '../runtime/service.ts';
import {
  isTerminal,
  journey,
  killNow,
  makeDataFolder,
  type RunningAppliance,
  startTestAppliance,
} from './appliance.ts';
import { temporaryFolder, until } from './peers/process.ts';
import { assign, directorFile, UpdateRepository } from './update-repository.ts';

/** A publisher with a web server, who has published a newer release of the model of phantoms. */
async function publish() {
  const now = systemClock.now();
  const repository = new UpdateRepository();
  repository.now = now;
  repository.familyKeys['chest-demo'] = [createSigningKey()];
  const served = new Map<string, Buffer>();
  const put = (role: string, path: string, bytes: Buffer, custom?: Record<string, unknown>) => {
    const target = { ...describeTarget(bytes), ...(custom && { custom }) };
    (repository.targets[role] ??= {})[path] = target;
    served.set(`/targets/${storedName({ path, hashes: target.hashes })}`, bytes);
    return { target: path, sha256: target.hashes.sha256, length: bytes.length };
  };
  const folder = join(programFolder, 'models/bundles/chest-demo/1.0.0');
  const manifest = JSON.parse(fs.readFileSync(join(folder, 'manifest.json'), 'utf8'));
  manifest.identity.version = '1.0.1';
  const prefix = 'models/chest-demo/1.0.1';
  for (const name of Object.keys(manifest.files))
    put('models.chest-demo', `${prefix}/${name}`, fs.readFileSync(join(folder, name)));
  const bytes = Buffer.from(JSON.stringify(manifest));
  const custom = { group: 'chest-demo', version: '1.0.1', counter: 1 };
  const item = put('models.chest-demo', `${prefix}/manifest.json`, bytes, custom);
  put('targets', 'director.json', directorFile(repository.director));
  repository.publishRoot();
  repository.publish();
  const assignment = { device: 'DEMO-0001', issued: now, expires: now + 3600_000 };
  const items = [{ group: 'chest-demo', ...item }];
  served.set(
    '/assignments/DEMO-0001.json',
    assign(repository.director, { ...assignment, seq: 1, assignments: items }),
  );
  for (const [name, content] of repository.files) served.set(`/metadata/${name}`, content);
  return { served, root: repository.files.get('1.root.json')!, hash: item.sha256, manifest };
}

/** Serves ranges, as any web server does. */
async function serve(served: ReadonlyMap<string, Buffer>): Promise<string> {
  const server = http.createServer((request, response) => {
    const bytes = served.get(decodeURIComponent(request.url ?? ''));
    if (!bytes) return void response.writeHead(404).end();
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    if (first === undefined) return void response.end(bytes);
    const part = bytes.subarray(Number(first), Number(last) + 1);
    const range = `bytes ${first}-${Number(first) + part.length - 1}/${bytes.length}`;
    const etag = `"${createHash('sha256').update(bytes).digest('hex')}"`;
    return void response.writeHead(206, { 'content-range': range, etag }).end(part);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function startUpdated(updates: Record<string, unknown> = {}) {
  const { served, root, hash } = await publish();
  const { path, remove } = temporaryFolder();
  onTestFinished(() => remove());
  const rootFile = join(path, 'root.json');
  fs.writeFileSync(rootFile, root);
  const settings = {
    dataFolder: makeDataFolder(),
    updates: { repository: await serve(served), rootFile, trialMinutes: 0.02, ...updates },
  };
  return { settings, hash, appliance: await startTestAppliance(settings) };
}

/** What `scanside update status` says while the appliance runs. */
async function statusOf(dataFolder: string): Promise<unknown> {
  const config = join(dataFolder, 'site.json');
  fs.writeFileSync(config, JSON.stringify({ dataFolder }));
  const said: string[] = [];
  const io = { out: (text: string) => void said.push(text), error: () => undefined };
  expect(await updateCommands['status']!.run(['--config', config, '--json'], io)).toBe(0);
  return JSON.parse(said.join('\n'));
}

async function waitFor(condition: () => boolean): Promise<void> {
  expect(await until(condition, 90_000)).toBe(true);
}

function isDone(appliance: RunningAppliance, id: string): boolean {
  const exam = appliance.exam(id);
  return exam !== undefined && isTerminal(exam);
}

const study = (seed: number) => [
  makePhantomInstance({
    seed,
    size: 256,
    patient: { name: 'DEMO^TEST', id: `DEMO-${seed}` },
    studyInstanceUid: `2.25.${seed}`,
    instanceNumber: 1,
  }),
];

it(
  'an appliance fetches, proves, tries and keeps a model that was assigned to it, also over a restart',
  journey,
  async () => {
    const { appliance, settings, hash } = await startUpdated();
    const lines = (text: string) => appliance.log.filter((line) => line.startsWith(text));
    let sent = 0;
    while (!lines('update committed').length) {
      await sendStudy(study(9100 + sent), appliance.scanner);
      sent += 1;
      const id = `2.25.${9099 + sent}`;
      await waitFor(() => isDone(appliance, id));
    }
    expect(appliance.source.models().map(({ version }) => version)).toEqual(['1.0.1']);
    expect(appliance.exams()).toHaveLength(sent);
    expect(appliance.exams().map(({ outcome }) => outcome.state)).not.toContain('not-analysed');
    expect(await statusOf(settings.dataFolder)).toMatchObject({
      groups: { 'chest-demo': { committed: { sha256: hash, counter: 1 } } },
      ended: [{ state: 'committed' }],
      unsentReports: 0,
    });
    await appliance.stop();
    const again = await startTestAppliance(settings);
    expect(again.source.models().map(({ version }) => version)).toEqual(['1.0.1']);
  },
);

it(
  'a model whose engine is killed twice in its trial goes, and the one before answers again',
  journey,
  async () => {
    const { appliance } = await startUpdated({ trialMinutes: 60 });
    const line = (text: string) => appliance.log.some((each) => each.startsWith(text));
    await waitFor(() => line('update trial') && line('model exchanged'));
    const ends = () => appliance.log.filter((each) => each.startsWith('engine ended')).length;
    for (const kills of [1, 2]) {
      await waitFor(() => appliance.pids.engine !== undefined);
      killNow(appliance.pids.engine);
      await waitFor(() => ends() === kills);
    }
    await waitFor(() => line('update rolled-back'));
    expect(appliance.source.models().map(({ version }) => version)).toEqual(['1.0.0']);
    await sendStudy(study(9200), appliance.scanner);
    await waitFor(() => isDone(appliance, '2.25.9200'));
    expect(appliance.exam('2.25.9200')!.outcome.state).not.toBe('not-analysed');
  },
);
