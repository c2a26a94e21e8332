import { spawnSync } from 'node:child_process';
import { readFileSync, statfsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, availableParallelism, loadavg, totalmem } from 'node:os';
import process from 'node:process';
import { findProgram } from '../tests/outside.ts';

/** Above this load average before the start, figures say more of the neighbours than of the programs. */
const quietLoad = 1.5;

/** Processes that wanted to run, averaged over the last minute. */
export function readLoad(): number {
  return loadavg()[0] ?? NaN;
}

/** The load average as it is printed beside every result. */
export function describeLoad(before: number, after: number): string {
  const mark = before > quietLoad ? ' **loaded: not to be quoted**' : '';
  return `load average ${before.toFixed(1)} before, ${after.toFixed(1)} after${mark}`;
}

/** The mount of the longest matching path; `mounts` is /proc/self/mounts. */
export function findMount(mounts: string, path: string): { point: string; type: string } {
  const all = mounts.split('\n').map((line) => line.split(' '));
  const holds = (point: string): boolean =>
    point === '/' || path === point || path.startsWith(`${point}/`);
  const [best] = all
    .filter(([, point]) => point !== undefined && holds(point))
    .toSorted((a, b) => b[1]!.length - a[1]!.length);
  return { point: best?.[1] ?? '?', type: best?.[2] ?? '?' };
}

/** What the folder lies on: file system and the kernel's number for it (statfs). */
export function describeDisk(folder: string): string {
  const { point, type } = findMount(readFileSync('/proc/self/mounts', 'utf8'), folder);
  return `${type} (statfs 0x${statfsSync(folder).type.toString(16)}) mounted at ${point}`;
}

/** The class of the machine, in words; nothing that tells one machine from another. */
export function describeMachine(): string {
  const gigabytes = Math.round(totalmem() / 1e9);
  return `${availableParallelism()} cores (${arch()}), ${gigabytes} GB of memory, Linux`;
}

/** Node's own version and those of the peers that are installed. */
export function describeVersions(): string {
  const require = createRequire(import.meta.url);
  const { version } = require('dcmjs-dimse/package.json') as { version: string };
  const programs = ['storescp', 'Orthanc'].map((name) => firstVersion(name));
  return [`Node ${process.version}`, `dcmjs-dimse ${version}`, ...programs].join(', ');
}

function firstVersion(name: string): string {
  const path = findProgram(name);
  if (!path) return `${name} absent`;
  const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  return `${name} ${/\d+(\.\d+)+/.exec(stdout ?? '')?.[0] ?? 'of unknown version'}`;
}
