import { join } from 'node:path';
import { z } from 'zod';
import { ScansideError } from './errors.ts';
import type { Files } from './files.ts';

/** A release of Jetson Linux (L4T): 36.4.3 is that of JetPack 6.2, 39.2.0 that of 7.2. */
export interface Release {
  major: number;
  minor: number;
  patch: number | undefined;
}

/** What this machine is: a Jetson whose L4T is known, one that does not tell it, or another machine. */
export type Host = { kind: 'jetson'; release: Release | undefined } | { kind: 'other' };

/** What the image was built for; `driver` says whether the GPU's driver is the host's or part of the image. */
export type Platform = z.output<typeof platformSchema>;

const platformSchema = z.object({
  jetpack: z.string(),
  l4t: z.string().regex(/^\d+\.\d+(\.\d+)?$/),
  driver: z.enum(['host', 'image']),
});

/** The first line of /etc/nv_tegra_release: `# R36 (release), REVISION: 4.3, GCID: …`. */
export function parseTegraRelease(text: string): Release | undefined {
  const [, major, minor, patch] =
    /^# R(\d{1,3}) \(release\), REVISION: (\d{1,3})(?:\.(\d{1,3}))?/.exec(text) ?? [];
  return toRelease(major, minor, patch);
}

/** The kernel's release where its maker names L4T in it, as balenaOS does: `5.15.148-l4t-r36.4.4-…`. */
export function parseKernelRelease(text: string): Release | undefined {
  const [, major, minor, patch] = /-l4t-r(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?/.exec(text) ?? [];
  return toRelease(major, minor, patch);
}

function toRelease(major?: string, minor?: string, patch?: string): Release | undefined {
  if (major === undefined || minor === undefined) return undefined;
  return {
    major: Number(major),
    minor: Number(minor),
    patch: patch === undefined ? undefined : Number(patch),
  };
}

/**
 * What this machine says of itself. NVIDIA's container runtime mounts /etc/nv_tegra_release; no image of ours holds
 * one, or it would be compared with itself. `root` is where /etc and /proc lie.
 */
export function readHost(files: Files, root = '/'): Host {
  const read = (path: string) => readIfThere(files, join(root, path));
  const release =
    parseTegraRelease(read('etc/nv_tegra_release')) ??
    parseKernelRelease(read('proc/sys/kernel/osrelease'));
  if (release) return { kind: 'jetson', release };
  const isJetson =
    read('proc/device-tree/compatible').includes('nvidia,tegra') ||
    read('proc/sys/kernel/osrelease').includes('-tegra');
  return isJetson ? { kind: 'jetson', release: undefined } : { kind: 'other' };
}

/** What the image was built for; undefined where it brings no GPU libraries, and so runs anywhere. */
export function readPlatform(files: Files, programFolder: string): Platform | undefined {
  const text = readIfThere(files, join(programFolder, 'platform.json'));
  return text === '' ? undefined : platformSchema.parse(JSON.parse(text));
}

function readIfThere(files: Files, path: string): string {
  try {
    return files.readText(path);
  } catch {
    return '';
  }
}

/**
 * Why the image's GPU libraries must not be used on this machine, as PLATFORM_MISMATCH; undefined where they may. A
 * driver that is the host's works with libraries of the same major release. One that the image brings speaks to the
 * kernel of its own release alone. A Jetson that does not tell its L4T is not refused: a failing probe will tell.
 */
export function compareRelease(platform: Platform, host: Host): ScansideError | undefined {
  const wanted = toRelease(...(platform.l4t.split('.') as [string, string]));
  if (!wanted) return undefined;
  const builtFor = `the image is for JetPack ${platform.jetpack} (L4T ${platform.l4t})`;
  if (host.kind === 'other')
    return new ScansideError('PLATFORM_MISMATCH', `${builtFor}, and this machine is no Jetson`);
  if (!host.release || fits(platform, wanted, host.release)) return undefined;
  const runs = `the device runs L4T ${formatRelease(host.release)}`;
  return new ScansideError('PLATFORM_MISMATCH', `${builtFor}, ${runs}`);
}

function fits({ driver }: Platform, wanted: Release, found: Release): boolean {
  if (driver === 'host') return wanted.major === found.major;
  const samePatch = [wanted.patch, found.patch].includes(undefined) || wanted.patch === found.patch;
  return wanted.major === found.major && wanted.minor === found.minor && samePatch;
}

export function formatRelease({ major, minor, patch }: Release): string {
  return [major, minor, patch].filter((part) => part !== undefined).join('.');
}

/**
 * The check at the start: the error to show, with which networks run on the CPU, or undefined. Throws nothing: an image
 * whose description cannot be read is refused the GPU too.
 */
export function checkPlatform(files: Files, programFolder: string): ScansideError | undefined {
  try {
    const platform = readPlatform(files, programFolder);
    return platform && compareRelease(platform, readHost(files));
  } catch (cause) {
    return new ScansideError('PLATFORM_MISMATCH', 'platform.json cannot be read', { cause });
  }
}
