import os from 'node:os';
import { disk } from '../../device/files.ts';

/** How far the engine stands behind whoever takes in images and answers people, on the scale of nice(1). */
const behind = 5;

/** Argument of an engine process that is to step back. */
export const lastInLine = 'last-in-line';

/** For a process that may use every core: a socket that is not read and a page that is not answered come first. */
export function giveWay(): void {
  os.setPriority(behind);
}

/** For a process that may wait: everything else goes first; and when memory runs out, this is what the kernel takes. */
export function stepBack(): void {
  os.setPriority(os.constants.priority.PRIORITY_LOW);
  try {
    const fd = disk.openToUpdate('/proc/self/oom_score_adj');
    const most = Buffer.from('1000');
    disk.write(fd, most, 0, most.length);
    disk.close(fd);
  } catch {
    // A container may forbid it; the limits of the parent are there all the same.
  }
}
