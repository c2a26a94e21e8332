import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, expect, it } from 'vitest';
import { disk } from '../device/files.ts';
import { openUpdateLock } from '../device/update-lock.ts';
import { describeWith } from './outside.ts';
import { runProgram, startProgram, temporaryFolder } from './peers/process.ts';

const root = join(import.meta.dirname, '..');

describeWith(['flock'], 'the update lock and the host', () => {
  let folder = temporaryFolder();
  afterEach(() => {
    folder.remove();
    folder = temporaryFolder();
  });
  const lockPath = () => join(folder.path, 'updates.lock');

  /** What the host's updater does before it reboots: 0 when it may, 1 when somebody holds the lock. */
  const hostAsks = async () => (await runProgram('flock', ['--nonblock', lockPath(), 'true'])).code;

  it('exclude each other', async () => {
    const lock = openUpdateLock(disk, lockPath());
    const letGo = lock.hold('exam');
    expect(lock.error()).toBeUndefined();
    expect(await hostAsks()).toBe(1);
    letGo();
    expect(existsSync(lockPath())).toBe(false);
    expect(await hostAsks()).toBe(0);
  });

  it('the host goes first: the lock says so, and is not touched', async () => {
    const args = ['--nonblock', '--no-fork', lockPath(), 'sh', '-c', 'echo held; exec sleep 60'];
    const host = await startProgram('flock', args, (output) => output.includes('held'));
    const lock = openUpdateLock(disk, lockPath());
    lock.hold('exam');
    expect(lock.error()).toMatchObject({ code: 'UPDATE_LOCK_UNAVAILABLE' });
    await host.stop();
    expect(existsSync(lockPath())).toBe(true);
  });

  it('the appliance is killed: the host is free at once, and the next start clears the rest', async () => {
    const program = `
      const { openUpdateLock } = await import('${root}/device/update-lock.ts');
      const { disk } = await import('${root}/device/files.ts');
      openUpdateLock(disk, '${lockPath()}').hold('exam');
      console.log('held');
      setInterval(() => {}, 1000);`;
    const args = ['--input-type=module', '--eval', program];
    const killed = await startProgram(process.execPath, args, (output) => output.includes('held'));
    expect(await hostAsks()).toBe(1);
    openUpdateLock(disk, lockPath());
    expect(existsSync(lockPath())).toBe(true);
    process.kill(killed.pid, 'SIGKILL');
    await killed.stop();
    expect(existsSync(lockPath())).toBe(true);
    expect(await hostAsks()).toBe(0);
    openUpdateLock(disk, lockPath());
    expect(existsSync(lockPath())).toBe(false);
  });
});
