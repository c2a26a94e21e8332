import { readdirSync, readFileSync } from 'node:fs';

/** Linux reports processor time in hundredths of a second, whatever the kernel counts in. */
const msPerTick = 10;

/** One line of /proc/PID/stat, as far as it matters here. */
export interface ProcessStat {
  pid: number;
  parent: number;
  /** Processor time of the process and of its children that have ended and been waited for, milliseconds. */
  cpuMs: number;
}

/** proc(5): `pid (name) state ppid ...`; the name may hold anything, so what counts stands after the last `)`. */
export function parseStat(line: string): ProcessStat {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  // Counted from the state, field 3: parent 4, utime stime cutime cstime 14 to 17.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { pid: Number.parseInt(line, 10), parent: Number(fields[1]), cpuMs: ticks * msPerTick };
}

/** A process and all its descendants. */
export function treeOf(root: number, all: readonly ProcessStat[]): ProcessStat[] {
  const own = all.filter(({ pid }) => pid === root);
  const children = all.filter(({ parent }) => parent === root);
  return [...own, ...children.flatMap(({ pid }) => treeOf(pid, all))];
}

function readProcesses(): ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      const line = readProc(`/proc/${pid}/stat`);
      return line ? [parseStat(line)] : [];
    });
}

/** Empty where the process ended while it was looked at. */
function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Processor time so far of a process, its descendants, and those of them that have ended, milliseconds. */
export function readCpuMs(pid: number): number {
  return treeOf(pid, readProcesses()).reduce((sum, { cpuMs }) => sum + cpuMs, 0);
}

/** Resident memory now of a process and of each of its descendants by the program that it runs, megabytes (10^6). */
export function readMemory(pid: number): Map<string, number> {
  const found = new Map<string, number>();
  for (const member of treeOf(pid, readProcesses())) {
    const words = readProc(`/proc/${member.pid}/cmdline`).split('\0');
    const name =
      words
        .findLast((word) => /\.[jt]s$/.test(word))
        ?.split('/')
        .at(-1) ?? 'other';
    found.set(name, (found.get(name) ?? 0) + memoryOf(member.pid, 'VmRSS'));
  }
  return found;
}

/** Highest resident memory so far, summed over a process and its descendants that still live, megabytes (10^6). */
export function readPeakMemory(pid: number): number {
  const members = treeOf(pid, readProcesses());
  return members.reduce((sum, member) => sum + memoryOf(member.pid, 'VmHWM'), 0);
}

function memoryOf(pid: number, field: 'VmHWM' | 'VmRSS'): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm');
  return (Number(line.exec(readProc(`/proc/${pid}/status`))?.[1] ?? 0) * 1024) / 1e6;
}
