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
import { directorFile, UpdateRepository } from './update-repository.ts';

/** A publisher with a web server, who has published a newer release of the model of phantoms, or what `folder` holds. */
export function publish({
  folder = join(programFolder, 'models/bundles/chest-demo/1.0.0'),
  shadow,
}: { folder?: string; shadow?: Record<string, number | string> } = {}) {
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
  const manifest = JSON.parse(fs.readFileSync(join(folder, 'manifest.json'), 'utf8'));
  manifest.identity.version = '1.0.1';
  const prefix = 'models/chest-demo/1.0.1';
  for (const name of Object.keys(manifest.files))
    put('models.chest-demo', `${prefix}/${name}`, fs.readFileSync(join(folder, name)));
  const bytes = Buffer.from(JSON.stringify(manifest));
  const release = { group: 'chest-demo', version: '1.0.1', counter: 1 };
  const custom = { ...release, ...(shadow && { shadow }) };
  const manifestFile = put('models.chest-demo', `${prefix}/manifest.json`, bytes, custom);
  put('targets', 'director.json', directorFile(repository.director));
  repository.publishRoot();
  repository.publish();
  for (const [name, content] of repository.files) served.set(`/metadata/${name}`, content);
  const { director } = repository;
  const item = { group: 'chest-demo', ...manifestFile };
  return { served, root: repository.files.get('1.root.json')!, item, director };
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
