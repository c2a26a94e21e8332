import { describe, expect, it } from 'vitest';
import { memoryLimit, memoryReserve } from './memory-limit.ts';
import { readProcessMemory } from './process-memory.ts';
import { disk } from './files.ts';
import { treeFiles } from '../tests/fixtures/machines/tree.ts';

const mebibyte = 2 ** 20;

function limit(availableMegabytes: number | undefined, engineMegabytes = 500): number {
  const bytes = memoryLimit({
    availableBytes: availableMegabytes === undefined ? undefined : availableMegabytes * mebibyte,
    totalBytes: 8192 * mebibyte,
    engineBytes: engineMegabytes * mebibyte,
    peakMegabytes: [250, 150],
  });
  return bytes / mebibyte;
}

describe('the limit of the engine’s memory', () => {
  it('is what the bundles say with a margin, where there is plenty or it is not known', () => {
    expect(limit(5000)).toBe(1000);
    expect(limit(undefined)).toBe(1000);
  });

  it('leaves the machine its reserve', () => {
    expect(limit(606)).toBe(850);
  });

  it('is never less than what the bundles say', () => {
    expect(limit(0)).toBe(800);
    expect(limit(100, 3000)).toBe(1000);
  });

  it('reserves more on a larger machine', () => {
    expect(memoryReserve(undefined)).toBe(256 * mebibyte);
    expect(memoryReserve(64e9)).toBe(1.92e9);
  });
});

describe('the memory of a process', () => {
  it('is what is resident', () => {
    const files = treeFiles({
      '/proc/42/status': 'Name:\tnode\nVmHWM:\t  900000 kB\nVmRSS:\t  812344 kB\nVmData:\t 1 kB\n',
    });
    expect(readProcessMemory(files, 42)).toBe(812_344 * 1024);
  });

  it('is unknown of one that has ended, or has ended and was not taken leave of', () => {
    const files = treeFiles({ '/proc/43/status': 'Name:\tnode\nState:\tZ (zombie)\n' });
    expect(readProcessMemory(files, 42)).toBeUndefined();
    expect(readProcessMemory(files, 43)).toBeUndefined();
  });

  it('of this process is about what Node says', () => {
    const resident = readProcessMemory(disk, process.pid) ?? 0;
    expect(resident).toBeGreaterThan(process.memoryUsage.rss() / 2);
    expect(resident).toBeLessThan(process.memoryUsage.rss() * 2);
  });
});
