import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { disk } from '../device/files.ts';
import { keyLength, openKeyFile } from '../device/keys.ts';
import {
  beginRootKeyChange,
  destroyRootKey,
  finishRootKeyChange,
  keyLevelOf,
  openKeys,
  sealRootKey,
} from '../device/root-key.ts';
import { openTpm, type Tpm } from '../device/tpm.ts';
import { describeWith } from './outside.ts';
import { runProgram } from './peers/process.ts';
import { startSoftwareTpm } from './peers/software-tpm.ts';

const secret = Buffer.alloc(keyLength, 7);

/** A TPM in software, whose state lies in a folder. */
interface SoftwareTpm {
  tpm: Tpm;
  tcti: string;
  stop(): Promise<void>;
}

let folder: string;
let machine: SoftwareTpm;
let machines = 0;
const running: SoftwareTpm[] = [];

/** Starts the TPM of a machine; its folder must be absolute, or swtpm begins in failure mode. */
async function start(name: string): Promise<SoftwareTpm> {
  const state = join(folder, name);
  mkdirSync(state, { recursive: true });
  const [port, program] = await startSoftwareTpm(state);
  const tcti = `swtpm:host=127.0.0.1,port=${port}`;
  const started = { tpm: openTpm(tcti), tcti, stop: () => program.stop() };
  running.push(started);
  return started;
}

async function tool(program: string, ...args: string[]): Promise<void> {
  const ended = await runProgram(program, args, 30_000, { TPM2TOOLS_TCTI: machine.tcti });
  expect(ended).toMatchObject({ code: 0 });
}

const extend = () => tool('tpm2_pcrextend', `7:sha256=${'ab'.repeat(32)}`);

describeWith(['swtpm', 'tpm2_unseal'], 'a root key in a TPM', () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'scanside-swtpm-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    machine = await start(`machine-${machines++}`);
  });
  afterEach(() => Promise.all(running.splice(0).map((each) => each.stop())));

  it('is given out again, also after a restart, and leaves no object behind', async () => {
    const { tpm, stop } = await start('restarted');
    const sealed = tpm.seal(secret, 'sha256:0,7');
    for (let time = 0; time < 4; time++) expect(tpm.unseal(sealed)).toEqual(secret);
    expect(Buffer.from(sealed.privatePart, 'base64').includes(secret)).toBe(false);
    await stop();
    const again = await start('restarted');
    expect(again.tpm.unseal(sealed)).toEqual(secret);
  });

  it('is refused with TPM_STATE_CHANGED when a register is another', async () => {
    const sealed = machine.tpm.seal(secret, 'sha256:0,7');
    await extend();
    expect(() => machine.tpm.unseal(sealed)).toThrow(/^TPM_STATE_CHANGED: .*: tpm2_unseal: 0x99D$/);
  });

  it('is given out when a register is another that it was not sealed for', async () => {
    const sealed = machine.tpm.seal(secret, 'sha256:0');
    await extend();
    expect(machine.tpm.unseal(sealed)).toEqual(secret);
  });

  it('is refused with TPM_OTHER by the TPM of another machine', async () => {
    const sealed = machine.tpm.seal(secret, 'sha256:0,7');
    const other = await start('other');
    expect(() => other.tpm.unseal(sealed)).toThrow(/^TPM_OTHER: .*: tpm2_load: 0x1DF$/);
  });

  it('is refused with TPM_CLEARED when the TPM was cleared', async () => {
    const sealed = machine.tpm.seal(secret, 'sha256:0,7');
    await tool('tpm2_clear', '-c', 'p');
    expect(() => machine.tpm.unseal(sealed)).toThrow(/^TPM_CLEARED: .*: tpm2_load: 0x1DF$/);
  });

  it('is refused with TPM_UNAVAILABLE where no TPM answers', async () => {
    const sealed = machine.tpm.seal(secret, 'sha256:0,7');
    await machine.stop();
    expect(() => machine.tpm.unseal(sealed)).toThrow('TPM_UNAVAILABLE');
  });

  it('takes the place of the key file, opens what that has wrapped, and can be destroyed', () => {
    const keys = join(folder, 'keys');
    const wrapped = openKeyFile(disk, keys).wrap('test', secret);
    expect(keyLevelOf(disk, keys)).toBe('file');
    sealRootKey(disk, keys, machine.tpm);
    expect([keyLevelOf(disk, keys), readdirSync(keys)]).toEqual(['tpm', ['device.tpm']]);
    expect(openKeys(disk, keys, true, machine.tpm).unwrap('test', wrapped)).toEqual(secret);
    destroyRootKey(disk, keys);
    expect(readdirSync(keys)).toEqual([]);
    expect(() => openKeys(disk, keys, true, machine.tpm)).toThrow('ROOT_KEY_MISSING');
  });

  it('is followed by another in the TPM, and what was begun and cut off is taken up', () => {
    const keys = join(folder, 'changed');
    const wrapped = openKeyFile(disk, keys).wrap('test', secret);
    sealRootKey(disk, keys, machine.tpm);
    beginRootKeyChange(disk, keys, machine.tpm);
    const { old, next } = beginRootKeyChange(disk, keys, machine.tpm);
    expect(old.unwrap('test', wrapped)).toEqual(secret);
    const anew = next.wrap('test', secret);
    finishRootKeyChange(disk, keys);
    expect(readdirSync(keys)).toEqual(['device.tpm', 'identity.key']);
    const opened = openKeys(disk, keys, true, machine.tpm);
    expect(opened.unwrap('test', anew)).toEqual(secret);
    expect(() => opened.unwrap('test', wrapped)).toThrow('KEY_UNUSABLE');
  });

  it('is not changed by a TPM that does not answer', async () => {
    const keys = join(folder, 'unchanged');
    openKeyFile(disk, keys);
    sealRootKey(disk, keys, machine.tpm);
    await machine.stop();
    expect(() => beginRootKeyChange(disk, keys, machine.tpm)).toThrow('TPM_UNAVAILABLE');
    expect(readdirSync(keys)).toEqual(['device.tpm']);
  });

  it('stays in its file when the TPM does not take it', async () => {
    const keys = join(folder, 'kept');
    openKeyFile(disk, keys);
    await machine.stop();
    expect(() => sealRootKey(disk, keys, machine.tpm)).toThrow('TPM_UNAVAILABLE');
    expect(readdirSync(keys)).toEqual(['device.key']);
  });
});
