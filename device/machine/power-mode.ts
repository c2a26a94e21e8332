import { readAttribute, type MachineFiles } from './attribute.ts';

/**
 * The power mode that the host has set, by its name (15W, MAXN_SUPER) where nvpmodel.conf tells it, otherwise by its
 * number. What has been learned of speed holds for one mode. It is never changed here.
 */
export function readPowerMode(files: MachineFiles, hostRoot: string): string | undefined {
  const status = readAttribute(files, `${hostRoot}/var/lib/nvpmodel/status`) ?? '';
  const number = /^pmode:0*(\d+)/m.exec(status)?.[1];
  if (number === undefined) return undefined;
  const table = readAttribute(files, `${hostRoot}/etc/nvpmodel.conf`) ?? '';
  const name = new RegExp(String.raw`^<\s*POWER_MODEL\s+ID=0*${number}\s+NAME=(\S+)\s*>`, 'm');
  return name.exec(table)?.[1] ?? `mode ${number}`;
}
