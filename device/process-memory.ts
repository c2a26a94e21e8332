import { machineRoots, readAttribute, type MachineFiles } from './machine/attribute.ts';

/**
 * Bytes of memory that a process has in use (VmRSS of /proc/PID/status); undefined where it has ended. What the GPU of
 * a Jetson takes for it through NvMap is not among them: that shows in the machine's MemAvailable alone.
 */
export function readProcessMemory(
  files: MachineFiles,
  pid: number,
  procRoot: string = machineRoots.procRoot,
): number | undefined {
  const status = readAttribute(files, `${procRoot}/${pid}/status`) ?? '';
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}
