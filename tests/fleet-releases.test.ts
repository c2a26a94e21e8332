import { createHash } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { applyDelta } from '../ota/agent/delta.ts';
import { planUpdate } from '../ota/agent/plan.ts';
import { storedName } from '../ota/trust/target.ts';
import { MemoryDisk } from './faults/memory-disk.ts';
import {
  begin,
  bundle,
  contents,
  folder,
  newDevice,
  run,
  secret,
  signAs,
  source,
  useFleetDesk,
} from './fleet-desk.ts';
import { describeWith } from './outside.ts';

useFleetDesk();

// Every key is opened with a passphrase, which takes its time and memory on a machine that is busy.
vi.setConfig({ testTimeout: 120_000 });

describe('scanside fleet root', () => {
  const rootIds = (version: number): string[] =>
    JSON.parse(readFileSync(join(folder, 'repository', 'metadata', `${version}.root.json`), 'utf8'))
      .signed.roles.root.keyids;

  it('replaces the keys of root one by one, and a device that was away for three roots follows', async () => {
    begin();
    const [away, there] = [newDevice(), newDevice()];
    await Promise.all([away.refresh(source), there.refresh(source)]);
    const made: string[] = [];
    for (const [at, id] of rootIds(1).entries()) {
      const sealed = ['--passphrase-file', secret, '--json'];
      const { out } = await run('root', 'rotate', '--key-id', id, ...sealed);
      made.push(JSON.parse(out).key.slice('keys/'.length, -'.key'.length));
      const former = at === 2 ? made[1]! : `root-${at + 2}`;
      const other = at === 0 ? 'root-3' : made[0]!;
      expect((await signAs('root', former)).code).toBe(3);
      expect((await signAs('root', other)).code).toBe(0);
      expect((await run('publish')).code).toBe(0);
      if (at === 0) await there.refresh(source);
    }
    for (const device of [away, there, newDevice()])
      expect((await device.refresh(source)).versions.get('root')?.version).toBe(4);
    expect(rootIds(4).filter((id) => rootIds(1).includes(id))).toEqual([]);
  });

  it('wants both the old and the new threshold for a root', async () => {
    begin();
    const files = ['--passphrase-file', secret, '--json'];
    const added = JSON.parse((await run('root', 'add-key', '--threshold', '3', ...files)).out);
    expect(added.wanted.root.map(({ threshold }: { threshold: number }) => threshold)).toEqual([
      2, 3,
    ]);
    await signAs('root', 'root-1');
    expect((await signAs('root', 'root-2')).code).toBe(3);
    expect((await run('publish')).error).toContain('root lacks 1');
    expect((await signAs('root', added.key.slice(5, -4))).code).toBe(0);
    expect((await run('publish')).code).toBe(0);
    expect((await newDevice().refresh(source)).versions.get('root')?.version).toBe(2);
    const [first = ''] = rootIds(2);
    const removed = await run(
      'root',
      'remove-key',
      '--key-id',
      first,
      '--threshold',
      '2',
      '--json',
    );
    expect(JSON.parse(removed.out).wanted.root[1].keyIds).not.toContain(first);
  });

  it('gives targets other signers, who have to sign what is there', async () => {
    begin();
    const root = JSON.parse(
      readFileSync(join(folder, 'repository', 'metadata', '1.root.json'), 'utf8'),
    );
    const id = root.signed.roles.targets.keyids[0];
    const files = ['--passphrase-file', secret, '--json'];
    const { out } = await run('root', 'rotate', '--role', 'targets', '--key-id', id, ...files);
    for (const name of ['root-1', 'root-2']) await signAs('root', name);
    expect((await run('publish')).error).toContain('targets lacks 2');
    expect((await signAs('targets', 'targets-1')).error).toContain('FLEET_KEY_UNUSABLE');
    await signAs('targets', JSON.parse(out).key.slice(5, -4));
    expect((await signAs('targets', 'targets-2')).code).toBe(0);
    expect((await run('publish')).code).toBe(0);
    expect((await newDevice().refresh(source)).versions.get('targets')?.version).toBe(2);
  });

  it.each([
    [['rotate', '--key-id', 'ff'], 1, 'ff does not sign for root'],
    [['remove-key', '--key-id', 'FIRST', '--threshold', '3'], 1, '3 have to sign'],
    [['rotate'], 2, '--key-id is missing'],
    [['add-key', '--role', 'snapshot'], 2, '--role must be one of root, targets'],
    [['burn'], 2, 'which is it'],
  ])('refuses to change a root by %j: %i', async (args, code, words) => {
    begin();
    const given = args.map((arg) => (arg === 'FIRST' ? rootIds(1)[0]! : arg));
    const before = contents();
    const [verb = '', ...more] = given;
    const ended = await run('root', verb, ...more, '--passphrase-file', secret);
    expect([ended.code, ended.error]).toEqual([code, expect.stringContaining(words)]);
    expect(contents()).toEqual(before);
  });
});

describeWith(['zstd'], 'scanside fleet and patches', () => {
  /** The bundle again with its last twentieth of weights changed, as the next version. */
  function retrain(): string {
    const next = `${secret}-bundle`;
    cpSync(bundle, next, { recursive: true });
    const listed = JSON.parse(readFileSync(join(next, 'manifest.json'), 'utf8'));
    const name = Object.keys(listed.files).find((file) => file.endsWith('.onnx'))!;
    const bytes = readFileSync(join(next, name));
    // A graph ends with names of its inputs and outputs; weights are changed before them.
    const [from, until] = [Math.floor(bytes.length * 0.9), Math.floor(bytes.length * 0.95)];
    for (let at = from; at < until; at += 4) bytes[at]! ^= 1;
    writeFileSync(join(next, name), bytes);
    listed.files[name].sha256 = createHash('sha256').update(bytes).digest('hex');
    listed.identity.version = '1.0.1';
    writeFileSync(join(next, 'manifest.json'), JSON.stringify(listed));
    return next;
  }

  it('publishes a patch from the release before, which a device follows; or none where none is wanted', async () => {
    begin();
    const publish = async (from: string, ...args: string[]) => {
      const { out } = await run('publish', '--bundle', from, '--json', ...args);
      await signAs('models.chest-demo', 'family-chest-demo-1');
      expect((await run('publish')).code).toBe(0);
      return JSON.parse(out);
    };
    await publish(bundle);
    const next = retrain();
    expect(
      (await run('publish', '--bundle', next, '--no-patches', '--dry-run', '--json')).out,
    ).toContain('"patches":{}');
    const { patches } = await publish(next);
    const [file = ''] = Object.keys(patches);
    const { patch, full } = patches[file];
    expect(patch / full).toBeLessThan(0.1);
    const { find } = await newDevice().refresh(source);
    const item = {
      group: 'chest-demo',
      target: 'models/chest-demo/1.0.1/manifest.json',
      sha256: '',
      length: 0,
    };
    const target = (await find(item.target))!;
    const stored = (of: string) => readFileSync(join(folder, 'repository', 'targets', of));
    const plan = await planUpdate(item, target, stored(storedName(target)), find);
    const planned = plan.files.find(({ name }) => name === file)!;
    const files = new MemoryDisk();
    files.replace('/patch', stored(planned.patch!.blob.stored));
    const base = readFileSync(join(bundle, file));
    const delta = { base, patch: '/patch', path: '/made' };
    expect(planned.patch!.base).toBe(createHash('sha256').update(base).digest('hex'));
    expect(await applyDelta(files, delta, planned.blob)).toBe(true);
  });
});
