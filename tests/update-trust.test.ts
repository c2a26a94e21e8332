import { describe, expect, it } from 'vitest';
import { createSigningKey } from '../ota/fleet/signing-key.ts';
import { checkRoot } from '../ota/trust/trust.ts';
import { folder, UpdateDevice } from './update-device.ts';
import { chest2, day, hour, publishedRepository, release, start } from './update-repository.ts';

const first = { root: 1, timestamp: 1, snapshot: 1, targets: 1 };

function setUp() {
  const repository = publishedRepository();
  return { repository, device: new UpdateDevice(repository) };
}

describe('a device', () => {
  it('finds a release with its length, its hash and what was signed with it', async () => {
    const { repository, device } = setUp();
    const { find, versions, rootCheckedAt } = await device.trust.refresh(repository);
    const { length, hashes, custom } = (await find(chest2))!;
    expect({ length, hashes, custom }).toEqual(release('chest', 2));
    expect(versions.get('models.chest')?.version).toBe(1);
    expect(rootCheckedAt).toBe(start);
  });

  it('takes what is newer and keeps it over a restart', async () => {
    const { repository, device } = setUp();
    expect(await device.refresh()).toEqual(first);
    repository.publish();
    expect(await device.refresh()).toEqual({ root: 1, timestamp: 2, snapshot: 2, targets: 2 });
    expect(device.believed).toEqual({ root: 1, timestamp: 2, snapshot: 2, targets: 2 });
  });

  it('writes nothing where nothing is newer', async () => {
    const { device } = setUp();
    await device.refresh();
    const before = device.disk.list(folder);
    await device.refresh();
    expect(device.disk.list(folder)).toEqual(before);
  });

  it('does not ask for what it has', async () => {
    const { repository, device } = setUp();
    await device.refresh();
    const asked: string[] = [];
    await device.refresh({
      fetch: (name) => {
        asked.push(name);
        return repository.fetch(name);
      },
    });
    expect(asked).toEqual(['2.root.json', 'timestamp.json']);
  });

  it('follows the roots to new keys of every role', async () => {
    const { repository, device } = setUp();
    await device.refresh();
    const former = repository.keys.root;
    repository.keys.root = [former[0]!, createSigningKey(), createSigningKey()];
    for (const role of ['targets', 'snapshot', 'timestamp'] as const)
      repository.keys[role] = repository.keys[role].map(createSigningKey);
    repository.publishRoot(former);
    repository.publish();
    expect(await device.refresh()).toEqual({ root: 2, timestamp: 2, snapshot: 2, targets: 2 });
  });

  it('lets versions that a thief has driven up start anew under new keys', async () => {
    const { repository, device } = setUp();
    Object.assign(repository.versions, { timestamp: 9e6, snapshot: 9e6 });
    repository.publish();
    await device.refresh();
    repository.keys.timestamp = [createSigningKey()];
    repository.keys.snapshot = [createSigningKey()];
    Object.assign(repository.versions, { timestamp: 10, snapshot: 10, targets: 10 });
    repository.publishRoot();
    repository.publish();
    expect(await device.refresh()).toMatchObject({ root: 2, timestamp: 11, snapshot: 11 });
  });

  it('keeps a new root also where nothing else is to be had, so that a revoked key is revoked', async () => {
    const { repository, device } = setUp();
    await device.refresh();
    repository.keys.timestamp = [createSigningKey()];
    repository.publishRoot();
    await expect(device.refresh()).rejects.toMatchObject({ code: 'UPDATE_UNSIGNED' });
    expect(device.believed).toMatchObject({ root: 2 });
    expect(device.floors.floor?.roles.get('root')?.version).toBe(2);
  });

  it('goes on from where the time has stopped it, once its clock is right', async () => {
    const { device } = setUp();
    await device.refresh();
    device.now = start - 40 * day;
    await expect(device.refresh()).rejects.toMatchObject({ code: 'UPDATE_TIME_UNTRUSTED' });
    device.now = start + hour;
    expect(await device.refresh()).toEqual(first);
  });

  it('is not bound for ever by a clock that ran ahead', async () => {
    const { repository, device } = setUp();
    await device.refresh();
    device.now = start + 400 * day;
    await expect(device.refresh()).rejects.toMatchObject({ code: 'UPDATE_EXPIRED' });
    device.now = repository.now = start + hour;
    repository.publish();
    expect(await device.refresh()).toMatchObject({ timestamp: 2 });
  });

  it('changes nothing that is believed where metadata has expired, and goes on when it is renewed', async () => {
    const { repository, device } = setUp();
    await device.refresh();
    const [disk, floor] = [contents(device), device.floors.floor];
    device.now = repository.now = start + 30 * day;
    await expect(device.refresh()).rejects.toMatchObject({ code: 'UPDATE_EXPIRED' });
    expect([contents(device), device.floors.floor]).toEqual([disk, floor]);
    repository.publish();
    expect(await device.refresh()).toMatchObject({ timestamp: 2 });
  });

  it('knows what is no root before it is set up with it', () => {
    const { repository, device } = setUp();
    expect(() => checkRoot(device.factoryRoot)).not.toThrow();
    for (const bytes of [Buffer.alloc(0), repository.files.get('timestamp.json')!])
      expect(() => checkRoot(bytes)).toThrow(/^UPDATE_ROOT_UNUSABLE/);
  });
});

describe('a device whose metadata is damaged', () => {
  const damages: [string, (bytes: Buffer) => Buffer][] = [
    ['empty', () => Buffer.alloc(0)],
    ['cut off', (bytes) => bytes.subarray(0, bytes.length / 2)],
    ['zeros', (bytes) => Buffer.alloc(bytes.length)],
    ['another text', () => Buffer.from('{"signed":{"_type":"root"},"signatures":[]}')],
  ];
  const files = ['root', 'timestamp', 'snapshot', 'targets', 'models.chest'].map(
    (name) => `2.${name}.json`,
  );
  const rows = [...files, 'current'].flatMap((file) =>
    damages.map(([name, damage]) => ({ file, name, damage })),
  );

  it.each(rows)('is well again after a refresh: $file is $name', async ({ file, damage }) => {
    const { repository, device } = setUp();
    const { find } = await device.trust.refresh(repository);
    await find(chest2);
    const path = `${folder}/${file}`;
    device.disk.replace(path, damage(device.disk.readBytes(path)));
    const again = await device.trust.refresh(repository);
    expect((await again.find(chest2))?.hashes).toEqual(release('chest', 2).hashes);
    expect(device.believed).toEqual({ ...first, 'models.chest': 1 });
  });

  it('starts from the root that it was made with where all is gone', async () => {
    const { repository, device } = setUp();
    for (let count = 0; count < 5; count++) repository.publishRoot();
    repository.publish();
    await device.refresh();
    for (const name of device.disk.list(folder)) device.disk.remove(`${folder}/${name}`);
    expect(await device.refresh()).toMatchObject({ root: 6, timestamp: 2 });
  });
});

function contents({ disk }: UpdateDevice): Record<string, string> {
  const names = disk.list(folder);
  return Object.fromEntries(
    names.map((name) => [name, String(disk.readBytes(`${folder}/${name}`))]),
  );
}
