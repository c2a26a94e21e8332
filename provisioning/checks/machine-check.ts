import { type MachineFiles, type MachineRoots } from '../../device/machine/attribute.ts';
import { readMachine } from '../../device/machine/readings.ts';
import type { Files } from '../../device/files.ts';
import type { SiteAnswers } from '../site/site-file.ts';
import { type Check, fail, pass, type Verdict } from './verdict.ts';

type Expectation = SiteAnswers['expect'];
const gigabyte = 1e9;

/** Which provider a trial run of the accelerator has left in charge, and why. */
export interface AcceleratorFinding {
  provider: string;
  because: string;
}

export function judgeDisk(
  space: { free: number; total: number },
  { freeGigabytes }: Expectation,
): Verdict {
  const facts = { freeGigabytes: whole(space.free), totalGigabytes: whole(space.total) };
  if (space.free >= freeGigabytes * gigabyte) return pass(facts);
  return fail('DISK_SHORT', `${words(space.free)} free, ${freeGigabytes} GB wanted`, facts);
}

export function judgeMemory(
  {
    totalBytes,
    availableBytes,
  }: { totalBytes: number | undefined; availableBytes: number | undefined },
  { memoryGigabytes }: Expectation,
): Verdict {
  if (totalBytes === undefined || availableBytes === undefined)
    return pass({ memory: 'not told by this machine' });
  const facts = { availableGigabytes: whole(availableBytes), totalGigabytes: whole(totalBytes) };
  if (availableBytes >= memoryGigabytes * gigabyte) return pass(facts);
  const short = `${words(availableBytes)} available, ${memoryGigabytes} GB wanted`;
  return fail('MEMORY_SHORT', short, facts);
}

export function judgePowerMode(mode: string | undefined, { powerMode }: Expectation): Verdict {
  const facts = { powerMode: mode ?? 'not told by this machine' };
  if (powerMode === undefined || powerMode === mode) return pass(facts);
  return fail('POWER_MODE_OTHER', `${facts.powerMode}, ${powerMode} wanted`, facts);
}

export function judgeAccelerator(
  { provider, because }: AcceleratorFinding,
  { accelerator }: Expectation,
): Verdict {
  const facts = { provider, because };
  if (accelerator === 'processor' || provider === accelerator) return pass(facts);
  return fail('ACCELERATOR_MISSING', because, facts);
}

/** What the checks of this machine need. */
export interface MachinePorts {
  files: Pick<Files, 'space'> & MachineFiles;
  roots: MachineRoots;
  dataFolder: string;
  /** Tries the accelerator by using it. */
  tryAccelerator(): Promise<AcceleratorFinding>;
}

/** Whether this machine is what the site counts on. */
export function machineChecks(expectation: Expectation, ports: MachinePorts): Check[] {
  const { files, roots, dataFolder } = ports;
  const read = () => readMachine(files, roots);
  return [
    check('power-mode', 'Power mode', () => judgePowerMode(read().powerMode, expectation)),
    check('disk', 'Room on the disk', () => judgeDisk(files.space(dataFolder), expectation)),
    check('memory', 'Memory', () => judgeMemory(read().memory, expectation)),
    {
      name: 'accelerator',
      title: 'Accelerator, by a trial run',
      run: async () => judgeAccelerator(await ports.tryAccelerator(), expectation),
    },
  ];
}

function check(name: string, title: string, judge: () => Verdict): Check {
  return { name, title, run: () => Promise.resolve(judge()) };
}

function whole(bytes: number): number {
  return Math.round((bytes / gigabyte) * 10) / 10;
}

function words(bytes: number): string {
  return `${whole(bytes)} GB`;
}
