import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { disk } from './files.ts';
import type { Platform } from './l4t.ts';
import {
  checkPlatform,
  compareRelease,
  parseKernelRelease,
  parseTegraRelease,
  readHost,
  readPlatform,
} from './l4t.ts';

const tegraRelease =
  '# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic, EABI: aarch64, DATE: Wed Jan 8 2025\n';

describe('a release', () => {
  it.each([
    [tegraRelease, '36.4.3'],
    ['# R36 (release), REVISION: 5.0, GCID: 1', '36.5.0'],
    ['# R39 (release), REVISION: 2.0, GCID: 1', '39.2.0'],
    ['# R36 (release), REVISION: 4, GCID: 1', '36.4'],
    ['# R36', ''],
    ['', ''],
    ['\0\0', ''],
    [`# R${'9'.repeat(400)} (release), REVISION: 4.3`, ''],
  ])('is read of %j', (text, release) => {
    const found = parseTegraRelease(text);
    const parts = found ? [found.major, found.minor, found.patch] : [];
    expect(parts.filter((part) => part !== undefined).join('.')).toBe(release);
  });

  it.each([
    ['5.15.136-l4t-r36.3-1012.12+g93b3f9ee2b46', { major: 36, minor: 3, patch: undefined }],
    ['5.15.148-l4t-r36.4.4-1012+g', { major: 36, minor: 4, patch: 4 }],
    ['5.15.148-tegra', undefined],
    ['6.1.0-25-amd64', undefined],
  ])('is read of the kernel %s', (text, release) => {
    expect(parseKernelRelease(text)).toEqual(release);
  });
});

describe('this machine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'scanside-test-'));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function lay(files: Record<string, string>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  }
  const host = (files: Record<string, string>) => {
    lay(files);
    return readHost(disk, folder);
  };

  it('is a Jetson by the file that the container runtime mounts', () => {
    const release = { major: 36, minor: 4, patch: 3 };
    expect(host({ 'etc/nv_tegra_release': tegraRelease })).toEqual({ kind: 'jetson', release });
  });

  it('is a Jetson by its kernel, on balenaOS', () => {
    const files = { 'proc/sys/kernel/osrelease': '5.15.148-l4t-r36.4.4\n' };
    expect(host(files)).toMatchObject({ kind: 'jetson', release: { patch: 4 } });
  });

  it.each([
    [{ 'proc/sys/kernel/osrelease': '5.15.148-tegra\n' }],
    [{ 'proc/device-tree/compatible': 'nvidia,p3768-0000+p3767-0005\0nvidia,tegra234\0' }],
    [{ 'etc/nv_tegra_release': 'garbage', 'proc/sys/kernel/osrelease': '5.15.148-tegra' }],
  ])('is a Jetson that does not tell its release: %j', (files) => {
    expect(host(files)).toEqual({ kind: 'jetson', release: undefined });
  });

  it('is another one', () => {
    expect(host({ 'proc/sys/kernel/osrelease': '6.1.0-25-amd64\n' })).toEqual({ kind: 'other' });
    expect(readHost(disk, join(folder, 'nowhere'))).toEqual({ kind: 'other' });
  });

  it('reads what the image was built for, if it says so', () => {
    expect(readPlatform(disk, folder)).toBeUndefined();
    lay({ 'platform.json': '{"jetpack":"6.2","l4t":"36.4","driver":"host"}\n' });
    expect(readPlatform(disk, folder)).toEqual({ jetpack: '6.2', l4t: '36.4', driver: 'host' });
  });

  it('refuses the GPU to an image whose description is damaged, without throwing', () => {
    expect(checkPlatform(disk, folder)).toBeUndefined();
    lay({ 'platform.json': '{"jetpack":' });
    expect(checkPlatform(disk, folder)).toMatchObject({ code: 'PLATFORM_MISMATCH' });
  });
});

describe('image and device', () => {
  const platform: Platform = { jetpack: '6.2', l4t: '36.4', driver: 'host' };
  const jetson = (major: number, minor: number, patch?: number) => ({
    kind: 'jetson' as const,
    release: { major, minor, patch },
  });

  it.each([
    ['host', '36.4', jetson(36, 4, 3), true],
    ['host', '36.4', jetson(36, 5, 0), true],
    ['host', '36.4', jetson(35, 6, 0), false],
    ['host', '36.4', jetson(39, 2, 0), false],
    ['host', '39.2', jetson(36, 4, 3), false],
    ['image', '36.4', jetson(36, 4, 4), true],
    ['image', '36.4', jetson(36, 5, 0), false],
    ['image', '36.4.4', jetson(36, 4, 4), true],
    ['image', '36.4.4', jetson(36, 4, 3), false],
    ['image', '36.4.4', jetson(36, 4), true],
  ] as const)('with the driver of the %s, L4T %s, %j: %s', (driver, l4t, host, fits) => {
    expect(compareRelease({ ...platform, driver, l4t }, host) === undefined).toBe(fits);
  });

  it('are not refused where the device does not tell its release', () => {
    expect(compareRelease(platform, { kind: 'jetson', release: undefined })).toBeUndefined();
  });

  it('are refused with both releases named', () => {
    expect(compareRelease(platform, jetson(39, 2, 0))).toMatchObject({
      code: 'PLATFORM_MISMATCH',
      kind: 'caller',
      message: expect.stringMatching(/JetPack 6\.2 \(L4T 36\.4\).*L4T 39\.2\.0/),
      remedy: expect.stringContaining('CPU'),
    });
    expect(compareRelease(platform, { kind: 'other' })?.message).toContain('no Jetson');
  });
});
