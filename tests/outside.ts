import { randomInt } from 'node:crypto';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { describe, it } from 'vitest';

/** Where Debian installs servers; an ordinary user's PATH often lacks it. */
const serverFolders = ['/usr/sbin', '/usr/local/sbin', '/sbin'];

/** Absolute path of a program on PATH or in a server folder, or undefined where it is not installed. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).concat(serverFolders);
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Folder of the samples and tools that lie beside a checkout and are not part of it, or undefined. */
export function sharedFolder(): string | undefined {
  const path = join(import.meta.dirname, '..', '..', 'shared');
  return existsSync(path) ? path : undefined;
}

/**
 * A suite that needs outside programs. Where one is missing one skipped test stands for the suite and its title
 * names what is missing; with SCANSIDE_NO_SKIP=1 it fails instead. A name with a slash is a file that must exist.
 */
export function describeWith(programs: string[], title: string, body: () => void): void {
  describeUnless(programs.filter(isMissing), title, body);
}

function isMissing(name: string): boolean {
  return name.includes('/') ? !existsSync(name) : findProgram(name) === undefined;
}

/** The same for a suite that needs the shared folder, whose absolute path it is given. */
export function describeWithShared(title: string, body: (shared: string) => void): void {
  const shared = sharedFolder();
  describeUnless(shared ? [] : ['../shared'], title, () => body(shared ?? ''));
}

function describeUnless(missing: string[], title: string, body: () => void): void {
  if (missing.length === 0) {
    describe(title, body);
    return;
  }
  const fails = process.env['SCANSIDE_NO_SKIP'] === '1';
  describe(`${title} (missing: ${missing.join(', ')})`, () => {
    it.skipIf(!fails)('has what it needs', () => {
      throw new Error(`Missing: ${missing.join(', ')}; SCANSIDE_NO_SKIP=1 forbids skipping.`);
    });
  });
}

/** Below where the kernel takes ports for connections that go out (ip_local_port_range): those would come in between. */
const servers = { first: 10_000, end: 32_768 };

/** A loopback TCP port that was free a moment ago, for programs that cannot listen on port 0. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(servers.first, servers.end);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
