import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../device/clock.ts';
import { describe as describeTarget } from '../ota/fleet/metadata.ts';
import { createSigningKey } from '../ota/fleet/signing-key.ts';
import { storedName } from '../ota/trust/target.ts';
import { programFolder } from '../runtime/service.ts';
import type { Assignment } from '../ota/trust/assignment.ts';
import { makeDataFolder } from './appliance.ts';
import { temporaryFolder } from './peers/process.ts';
import { assign, directorFile, UpdateRepository } from './update-repository.ts';

interface Made {
  /** What is in the release; the bundle that comes with the device if not given. */
  folder?: string;
  /** What the new model has to show beside the one that answers. */
  shadow?: Record<string, number | string>;
}

/** A publisher with a web server, who has published a newer release of the model of phantoms, or what `folder` holds. */
export function publish(made: Made = {}) {
  const { items, ...site } = publishReleases('chest-demo', ['1.0.1'], made);
  return { ...site, item: items[0]! };
}

/** A publisher with a web server, who has published releases of a model that comes with the device. */
export function publishReleases(name: string, versions: readonly string[], made: Made = {}) {
  const { folder = join(programFolder, `models/bundles/${name}/1.0.0`), shadow } = made;
  const now = systemClock.now();
  const repository = new UpdateRepository();
  repository.now = now;
  repository.familyKeys[name] = [createSigningKey()];
  const served = new Map<string, Buffer>();
  const put = (role: string, path: string, bytes: Buffer, custom?: Record<string, unknown>) => {
    const target = { ...describeTarget(bytes), ...(custom && { custom }) };
    (repository.targets[role] ??= {})[path] = target;
    served.set(`/targets/${storedName({ path, hashes: target.hashes })}`, bytes);
    return { target: path, sha256: target.hashes.sha256, length: bytes.length };
  };
  const manifest = JSON.parse(fs.readFileSync(join(folder, 'manifest.json'), 'utf8'));
  const items = versions.map((version, at) => {
    manifest.identity.version = version;
    const prefix = `models/${name}/${version}`;
    for (const file of Object.keys(manifest.files))
      put(`models.${name}`, `${prefix}/${file}`, fs.readFileSync(join(folder, file)));
    const custom = { group: name, version, counter: at + 1, ...(shadow && { shadow }) };
    const bytes = Buffer.from(JSON.stringify(manifest));
    return { group: name, ...put(`models.${name}`, `${prefix}/manifest.json`, bytes, custom) };
  });
  put('targets', 'director.json', directorFile(repository.director));
  repository.publishRoot();
  repository.publish();
  for (const [file, content] of repository.files) served.set(`/metadata/${file}`, content);
  const { director } = repository;
  return { served, root: repository.files.get('1.root.json')!, items, director };
}

/** Serves ranges, as any web server does. */
export async function serve(served: ReadonlyMap<string, Buffer>): Promise<string> {
  const server = http.createServer((request, response) => {
    const bytes = served.get(decodeURIComponent(request.url ?? ''));
    if (!bytes) return void response.writeHead(404).end();
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    if (first === undefined) return void response.end(bytes);
    if (Number(first) >= bytes.length) return void response.writeHead(416).end();
    const part = bytes.subarray(Number(first), Number(last) + 1);
    const range = `bytes ${first}-${Number(first) + part.length - 1}/${bytes.length}`;
    const etag = `"${createHash('sha256').update(bytes).digest('hex')}"`;
    return void response.writeHead(206, { 'content-range': range, etag }).end(part);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Settings of a device, with a data folder of its own, to which a release is assigned. */
export async function offerRelease({
  mode,
  release,
}: {
  mode: Assignment['mode'];
  release?: Parameters<typeof publish>[0];
}) {
  const { served, root, item, director } = publish(release);
  const now = systemClock.now();
  const assignment = { device: 'DEMO-0001', issued: now, expires: now + 3600_000, mode };
  const envelope = assign(director, { ...assignment, seq: 1, assignments: [item] });
  served.set('/assignments/DEMO-0001.json', envelope);
  const { path, remove } = temporaryFolder();
  onTestFinished(() => remove());
  const rootFile = join(path, 'root.json');
  fs.writeFileSync(rootFile, root);
  const updates = { repository: await serve(served), rootFile, trialMinutes: 0.02 };
  return { dataFolder: makeDataFolder(), updates, hash: item.sha256 };
}
