import process from 'node:process';
import type { Files } from '../device/files.ts';
import { Random } from './random-pdu.ts';

/** Where a process dies. */
export interface KillPoint {
  /** Number of the operation, from 1; 0 for none. */
  at: number;
  /** Says whether before it, in its midst or after it: three seeds in a row have each of them once at every point. */
  seed: number;
  /** Operations so far. */
  count: number;
}

/** What changes the disk, or makes a change durable. */
const changes = [
  'create',
  'write',
  'truncate',
  'sync',
  'syncFolder',
  'makeFolder',
  'createWhole',
  'replace',
  'remove',
  'removeFolder',
] as const;

type Change = (typeof changes)[number];

/** The real disk; at the point the process is killed with -9, as no handler can see. */
export function killingDisk(files: Files, point: KillPoint): Files {
  const killing = changes.map((name) => [
    name,
    (...args: unknown[]) =>
      dieAround(
        point,
        () => (files[name] as (...all: unknown[]) => unknown)(...args),
        (share) => beginOf(files, name, args, share),
      ),
  ]);
  return { ...files, ...Object.fromEntries(killing) };
}

/** Does something that counts as an operation, unless the process dies of it. `begin`: does a share of it, 0 to 1. */
export function dieAround<T>(
  point: KillPoint,
  does: () => T,
  begin: (share: number) => void = () => undefined,
): T {
  point.count += 1;
  if (point.count !== point.at) return does();
  const when = (point.at + point.seed) % 3;
  if (when === 1) begin(new Random(point.seed * 10_000 + point.at).below(1000) / 1000);
  if (when !== 2) return die();
  const result = does();
  return result instanceof Promise ? (result.then(die) as T) : die();
}

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('killed');
}

/** What is on the disk when the operation is cut off in its midst. */
function beginOf(files: Files, name: Change, args: unknown[], share: number): void {
  if (name === 'write') {
    const [fd, bytes, start, end] = args as [number, Uint8Array, number, number];
    files.write(fd, bytes, start, start + Math.floor((end - start) * share));
  }
  if (name === 'replace') {
    const [path, content] = args as [string, string | Uint8Array];
    const bytes = Buffer.from(content as string);
    files.remove(`${path}.tmp`);
    files.createWhole(`${path}.tmp`, bytes.subarray(0, Math.floor(bytes.length * share)));
  }
  if (name === 'removeFolder') {
    const [path] = args as [string];
    const names = files.list(path);
    for (const each of names.slice(0, Math.ceil(names.length * share)))
      files.remove(`${path}/${each}`);
  }
}
