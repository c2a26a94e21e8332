import { join } from 'node:path';
import { disk } from '../device/files.ts';

/** A static file of the panel, ready to send. */
export interface WebFile {
  path: string;
  type: string;
  content: string;
}

const types: Readonly<Record<string, string>> = {
  'panel.css': 'text/css; charset=utf-8',
  'panel.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
};

/** Reads the panel's static files once. They lie beside the sources; compiled code finds them from `dist/panel`. */
export function readWebFiles(): WebFile[] {
  const here = join(import.meta.dirname, 'web');
  const folder = disk.exists(here) ? here : join(import.meta.dirname, '..', '..', 'panel', 'web');
  return Object.entries(types).map(([name, type]) => {
    return { path: `/${name}`, type, content: disk.readText(join(folder, name)) };
  });
}
