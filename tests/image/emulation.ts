import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finished } from '../peers/process.ts';
import { runProgram } from '../peers/process.ts';

/** What running an arm64 program on another machine takes: the emulator and the C and C++ libraries for arm64. */
export const emulation = [
  'qemu-aarch64',
  '/usr/aarch64-linux-gnu/lib/libc.so.6',
  '/usr/aarch64-linux-gnu/lib/libstdc++.so.6',
];

/** Of the CPUs that the emulator knows, the one nearest to the Cortex-A78 of an Orin. */
const cpu = 'cortex-a76';

const cpuInfo = `processor\t: 0
BogoMIPS\t: 62.50
Features\t: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: 0x3
CPU part\t: 0xd0b
CPU revision\t: 1

`;

/**
 * A root folder for the emulator, which looks there first for any absolute path. ONNX Runtime crashes where
 * /proc/cpuinfo is not an ARM's; the one here takes the place of this machine's without a mount and so without root.
 */
export function makeRoot(folder: string): string {
  const root = join(folder, 'arm64-root');
  mkdirSync(join(root, 'proc'), { recursive: true });
  symlinkSync('/usr/aarch64-linux-gnu/lib', join(root, 'lib'));
  writeFileSync(join(root, 'proc', 'cpuinfo'), cpuInfo);
  return root;
}

/** Runs an arm64 program to its end. */
export function runEmulated(root: string, command: string[], limitMs: number): Promise<Finished> {
  return runProgram('qemu-aarch64', ['-cpu', cpu, '-L', root, ...command], limitMs);
}
