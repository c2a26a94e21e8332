import type { Files } from '../files.ts';

/** What the readers of the machine need of the disk. */
export type MachineFiles = Pick<Files, 'list' | 'readText'>;

/** Where the kernel's and the host's files lie. A container may have the host's /etc and /var elsewhere. */
export interface MachineRoots {
  sysRoot: string;
  procRoot: string;
  /** Folder that holds the host's etc/ and var/; empty where it is the root itself. */
  hostRoot: string;
}

export const machineRoots: MachineRoots = { sysRoot: '/sys', procRoot: '/proc', hostRoot: '' };

/**
 * The text of a kernel file without blanks and closing zero bytes. Undefined where it is missing, empty, a folder, not
 * ours to read, or answers with an error of its own: the sensor of a part without power gives EAGAIN.
 */
export function readAttribute(files: MachineFiles, path: string): string | undefined {
  try {
    const text = files.readText(path).replace(/\0+$/, '').trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}

/** A whole number, or undefined where the file holds anything else. */
export function readInteger(files: MachineFiles, path: string): number | undefined {
  const text = readAttribute(files, path);
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Names in a folder; none where it cannot be read. */
export function listNames(files: MachineFiles, folder: string): string[] {
  try {
    return files.list(folder);
  } catch {
    return [];
  }
}

/** Folders in /sys/class/hwmon whose driver calls itself `name`. Their numbers change from start to start. */
export function findMonitors(files: MachineFiles, sysRoot: string, name: string): string[] {
  const folder = `${sysRoot}/class/hwmon`;
  return listNames(files, folder)
    .map((entry) => `${folder}/${entry}`)
    .filter((path) => readAttribute(files, `${path}/name`) === name);
}
