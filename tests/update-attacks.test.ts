import { describe, expect, it } from 'vitest';
import { ScansideError } from '../device/errors.ts';
import { describe as describeFile } from '../ota/fleet/metadata.ts';
import { judgeAssignment, readDirector, rememberAssignment } from '../ota/trust/assignment.ts';
import { verifyTarget } from '../ota/trust/target.ts';
import {
  committed,
  director,
  type FalseAssignment,
  falseAssignments,
  fresh,
  itemOf,
} from './false-assignments.data.ts';
import { attacks } from './update-attacks.data.ts';
import { UpdateDevice } from './update-device.ts';
import {
  assign,
  chest1,
  chest2,
  directorFile,
  manifestOf,
  publishedRepository,
  release,
} from './update-repository.ts';

describe('a repository or network that attacks', () => {
  it.each(attacks)('is refused where $name: $code', async ({ code, before, attack, target }) => {
    const repository = publishedRepository();
    const device = new UpdateDevice(repository);
    before?.(repository, device);
    await device.refresh();
    const known = device.floors.floor!;
    await attack(repository, device);
    await expect(attempt(device, target)).rejects.toMatchObject({ code });
    for (const [role, { version }] of device.floors.floor?.roles ?? [])
      expect(version).toBeGreaterThanOrEqual(known.roles.get(role)?.version ?? 0);
  });
});

async function attempt({ trust, source }: UpdateDevice, target?: string): Promise<void> {
  const { find } = await trust.refresh(source);
  if (target && !(await find(target))) throw new ScansideError('TARGET_UNKNOWN', target);
}

/** What a device says to an assignment. */
async function judge({ bytes, memory = fresh, director: file }: Partial<FalseAssignment>) {
  const repository = publishedRepository();
  repository.targets['targets']!['director.json'] = describeFile(directorFile(director));
  repository.publish();
  const device = new UpdateDevice(repository);
  const { find } = await device.trust.refresh(repository);
  const keys = readDirector(file ?? directorFile(director));
  const context = { device: 'ct-1', director: keys, now: device.now, memory, find };
  return judgeAssignment(bytes ?? assign(director), context);
}

describe('a false assignment', () => {
  it.each(falseAssignments)('is refused where $name: $code', async ({ code, ...row }) => {
    await expect(judge(row)).rejects.toMatchObject({ code });
  });

  it('is told from a right one', async () => {
    expect(await judge({})).toMatchObject({ device: 'ct-1', seq: 7, mode: 'install' });
  });

  it('is told from a right one that comes again', async () => {
    const bytes = assign(director);
    const memory = rememberAssignment(fresh, bytes, await judge({ bytes }));
    expect(await judge({ bytes, memory })).toMatchObject({ seq: 7 });
  });

  it('is told from the way back to what ran before', async () => {
    const bytes = assign(director, {
      mode: 'rollback',
      assignments: [itemOf('chest', 1, chest1)],
    });
    const groups = { chest: { committed: committed(2), previous: committed(1) } };
    expect(await judge({ bytes, memory: { ...fresh, groups } })).toMatchObject({ seq: 7 });
  });
});

describe('the bytes of a target', () => {
  const signed = async (target = release('chest', 2)) => {
    const repository = publishedRepository();
    repository.targets['models.chest']![chest2] = target;
    repository.publish();
    const { find } = await new UpdateDevice(repository).trust.refresh(repository);
    return (await find(chest2))!;
  };

  it('are taken where they are what was signed for', async () => {
    const target = await signed();
    expect(() => verifyTarget(target, manifestOf('chest', 2))).not.toThrow();
  });

  it.each([
    ['are cut off', Buffer.from(manifestOf('chest', 2).subarray(1))],
    ['go on', Buffer.concat([manifestOf('chest', 2), Buffer.from(' ')])],
    ['are others of the same length', manifestOf('chest', 1)],
  ])('are refused where they %s: TARGET_CHANGED', async (_, bytes) => {
    const target = await signed();
    expect(() => verifyTarget(target, bytes)).toThrow(/^TARGET_CHANGED/);
  });

  it('are refused where they were signed for without a hash: TARGET_CHANGED', async () => {
    const target = await signed({ ...release('chest', 2), hashes: {} as { sha256: string } });
    expect(() => verifyTarget(target, manifestOf('chest', 2))).toThrow(/^TARGET_CHANGED/);
  });
});
