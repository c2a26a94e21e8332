import { readAttribute, type MachineFiles } from './attribute.ts';

export interface MemoryReadings {
  totalBytes: number | undefined;
  /** What a program can still take without swapping. On a Jetson the GPU takes from the same memory. */
  availableBytes: number | undefined;
  /** Share of the last ten seconds in which every task waited for memory, 0 to 1 (PSI, "full avg10"). */
  stalled: number | undefined;
  /** Processes killed for want of memory since the machine started. */
  oomKills: number | undefined;
}

/** Memory as /proc tells it. Kernels without pressure stall information leave `stalled` undefined. */
export function readMemory(files: MachineFiles, procRoot: string): MemoryReadings {
  const info = readAttribute(files, `${procRoot}/meminfo`) ?? '';
  const pressure = readAttribute(files, `${procRoot}/pressure/memory`) ?? '';
  const counters = readAttribute(files, `${procRoot}/vmstat`) ?? '';
  const percent = find(pressure, /^full avg10=(\d+\.\d+) /m);
  return {
    totalBytes: kibibytes(find(info, /^MemTotal:\s+(\d+) kB$/m)),
    availableBytes: kibibytes(find(info, /^MemAvailable:\s+(\d+) kB$/m)),
    stalled: percent === undefined ? undefined : percent / 100,
    oomKills: find(counters, /^oom_kill (\d+)$/m),
  };
}

function find(text: string, pattern: RegExp): number | undefined {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

function kibibytes(count: number | undefined): number | undefined {
  return count === undefined ? undefined : count * 1024;
}
