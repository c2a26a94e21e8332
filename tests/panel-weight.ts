import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** What Vite writes of each part, as far as it matters here. */
export interface ManifestPart {
  file: string;
  isEntry?: boolean;
  /** Parts that it cannot run without. */
  imports?: string[];
  css?: string[];
}

export type Manifest = Record<string, ManifestPart>;

/** Bytes of the panel as they are sent, compressed. */
export interface Weight {
  /** What has to have come before a page is alive. */
  firstScript: number;
  allScripts: number;
  allStyles: number;
}

/** What the parts of a panel weigh; `bytesOf` tells the compressed size of a file. */
export function weigh(manifest: Manifest, bytesOf: (file: string) => number): Weight {
  const parts = Object.values(manifest);
  const sum = (files: Iterable<string>) =>
    [...new Set(files)].reduce((bytes, file) => bytes + bytesOf(file), 0);
  const first = new Set<string>();
  const follow = (name: string): void => {
    if (first.has(name)) return;
    first.add(name);
    manifest[name]?.imports?.forEach(follow);
  };
  for (const [name, { isEntry }] of Object.entries(manifest)) if (isEntry) follow(name);
  const scripts = (some: ManifestPart[]) =>
    some.map(({ file }) => file).filter((file) => file.endsWith('.js'));
  return {
    firstScript: sum(scripts([...first].map((name) => manifest[name]!))),
    allScripts: sum(scripts(parts)),
    allStyles: sum(
      parts.flatMap(({ file, css = [] }) => [file, ...css].filter((name) => name.endsWith('.css'))),
    ),
  };
}

/** The panel as it was built. */
export function weighPanel(): Weight {
  const folder = join(import.meta.dirname, '..', 'panel', 'assets');
  const read = (file: string) => readFileSync(join(folder, file));
  const manifest = JSON.parse(read('manifest.json').toString()) as Manifest;
  return weigh(manifest, (file) => gzipSync(read(file), { level: 9 }).length);
}
