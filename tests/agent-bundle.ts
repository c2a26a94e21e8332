import { describe, type Target } from '../ota/fleet/metadata.ts';
import type { Manifest } from '../models/manifest.ts';
import { hashSegments, segmentLength } from '../ota/agent/blob.ts';
import { storedName } from '../ota/trust/target.ts';
import { sampleManifest } from './fixtures/manifest.ts';
import type { UpdateRepository } from './update-repository.ts';

/** A release that an assignment can name. */
export interface Release {
  group: string;
  target: string;
  sha256: string;
  length: number;
}

/** Publishes a bundle whose files hold what is given; there is no network behind it. `cdn`: files by stored name. */
export function publishBundle(
  repository: UpdateRepository,
  cdn: Map<string, Buffer>,
  release: { group: string; counter: number; files: Record<string, Buffer>; custom?: object },
): Release {
  const { group, counter, files, custom } = release;
  const version = `${counter}.0.0`;
  const listed = Object.entries(files).map(([name, bytes]) => [
    name,
    { sha256: describe(bytes).hashes.sha256, size: bytes.length },
  ]);
  const manifest: Manifest = {
    ...sampleManifest,
    identity: { ...sampleManifest.identity, name: group, version },
    files: Object.fromEntries(listed),
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  const targets = repository.targets[`models.${group}`]!;
  const put = (name: string, content: Buffer, more: object): string => {
    const path = `models/${group}/${version}/${name}`;
    const target: Target = { ...describe(content), custom: { ...more } };
    targets[path] = target;
    cdn.set(storedName({ path, hashes: target.hashes }), content);
    return path;
  };
  for (const [name, content] of Object.entries(files))
    put(name, content, content.length > segmentLength ? { segments: hashSegments(content) } : {});
  const target = put('manifest.json', bytes, { group, counter, version, ...custom });
  return { group, target, sha256: describe(bytes).hashes.sha256, length: bytes.length };
}
