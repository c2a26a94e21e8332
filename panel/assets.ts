import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ScansideError } from '../device/errors.ts';
import { disk } from '../device/files.ts';
import type { Shipment } from './view/pages/about.ts';

/** A file of the panel, ready to send. `immutable`: its name changes with its content. */
export interface Asset {
  path: string;
  type: string;
  bytes: Buffer;
  gzipped: Buffer;
  immutable: boolean;
}

/** The files that a page names, and all that can be asked for. */
export interface Assets {
  script: string;
  /** What the script cannot run without: asked for at the same time. */
  preloads: string[];
  styles: string[];
  files: Asset[];
  /** What the product consists of. */
  shipment: Shipment;
}

interface ManifestEntry {
  file: string;
  css?: string[];
  /** Keys of the manifest. */
  imports?: string[];
  isEntry?: boolean;
}

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Where the panel's build lies, from the sources and from `dist` alike. */
const folder = join(import.meta.dirname, 'assets');

/** Reads what the panel's build made. Throws PANEL_NOT_BUILT where there is none. */
export function readAssets(): Assets {
  const manifestFile = join(folder, 'manifest.json');
  if (!disk.exists(manifestFile)) throw new ScansideError('PANEL_NOT_BUILT', folder);
  const manifest = JSON.parse(disk.readText(manifestFile)) as Record<string, ManifestEntry>;
  const entry = Object.values(manifest).find(({ isEntry }) => isEntry);
  if (!entry) throw new ScansideError('PANEL_NOT_BUILT', manifestFile);
  const named = Object.values(manifest).flatMap(({ file, css = [] }) => [file, ...css]);
  const files = [...new Set(named)].map((name) => readAsset(name, true));
  const styles = (entry.css ?? []).map((name) => `/assets/${name}`);
  return {
    script: `/assets/${entry.file}`,
    preloads: (entry.imports ?? []).map((key) => `/assets/${manifest[key]?.file}`),
    styles,
    files: [...files, readAsset('icon.svg', false)],
    shipment: JSON.parse(disk.readText(join(folder, 'shipment.json'))) as Shipment,
  };
}

function readAsset(name: string, immutable: boolean): Asset {
  const bytes = disk.readBytes(join(folder, name));
  const type = types[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
  return {
    path: `/assets/${name}`,
    type,
    bytes,
    gzipped: gzipSync(bytes, { level: 9 }),
    immutable,
  };
}
