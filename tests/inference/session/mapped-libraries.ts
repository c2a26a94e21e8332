import { readFileSync } from 'node:fs';

/** Files that this process has mapped into its memory, shared libraries among them. */
export function readMapped(): string[] {
  const lines = readFileSync('/proc/self/maps', 'utf8').split('\n');
  return [...new Set(lines.map((line) => line.slice(line.indexOf('/'))))].filter((path) =>
    path.startsWith('/'),
  );
}
