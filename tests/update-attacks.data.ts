import type { ErrorCode } from '../device/errors.ts';
import { createSigningKey } from '../ota/fleet/signing-key.ts';
import { Random } from './random-pdu.ts';
import { folder, type UpdateDevice } from './update-device.ts';
import {
  chest2,
  day,
  hour,
  publishedRepository,
  release,
  start,
  type UpdateRepository,
} from './update-repository.ts';

/** What happens between a device's first refresh, which is well, and the second, which is attacked. */
export interface Attack {
  name: string;
  code: ErrorCode;
  /** Before the first refresh. */
  before?(repository: UpdateRepository, device: UpdateDevice): void;
  attack(repository: UpdateRepository, device: UpdateDevice): unknown;
  /** The target that is asked for after the refresh; without it the refresh itself is refused. */
  target?: string;
}

const stranger = createSigningKey();

/** Publishes once more, so that there is something older to go back to. */
function publishTwice(repository: UpdateRepository): Map<string, Buffer> {
  const old = repository.copy();
  repository.publish();
  return old;
}

let old: Map<string, Buffer>;

export const attacks: Attack[] = [
  // Arbitrary software: metadata that the right keys did not sign.
  {
    name: 'a timestamp is signed by a stranger',
    code: 'UPDATE_UNSIGNED',
    attack: (repository) => {
      repository.keys.timestamp = [stranger];
      repository.publishTimestamp();
    },
  },
  {
    name: 'a snapshot is signed by the timestamp’s key',
    code: 'UPDATE_UNSIGNED',
    attack: (repository) => {
      repository.keys.snapshot = repository.keys.timestamp;
      repository.publishSnapshot();
    },
  },
  {
    name: 'targets are signed by one of two keys',
    code: 'UPDATE_UNSIGNED',
    attack: (repository) => {
      repository.keys.targets = repository.keys.targets.slice(0, 1);
      repository.publish();
    },
  },
  {
    name: 'targets bear one signature under two names',
    code: 'UPDATE_UNSIGNED',
    attack: (repository) => {
      const [first, second] = repository.keys.targets;
      repository.keys.targets = [first!, { ...first!, keyId: second!.keyId }];
      repository.publish();
    },
  },
  {
    name: 'targets bear one signature twice',
    code: 'UPDATE_MALFORMED',
    attack: (repository) => {
      repository.publishTargets('targets');
      const name = `${repository.versions['targets']}.targets.json`;
      repository.alter(name, ({ signatures }) => {
        signatures[1] = signatures[0]!;
        signatures.length = 2;
      });
      repository.publishSnapshot();
    },
  },
  {
    name: 'a signed file is changed afterwards',
    code: 'UPDATE_UNSIGNED',
    attack: (repository) => {
      repository.publishTimestamp();
      repository.alter('timestamp.json', ({ signed }) => {
        signed.expires = '2036-01-01T00:00:00Z';
      });
    },
  },
  {
    name: 'a root is signed by one of two keys',
    code: 'UPDATE_UNSIGNED',
    attack: (repository) => {
      repository.keys.root = repository.keys.root.slice(0, 1);
      repository.publishRoot();
    },
  },
  {
    name: 'a root is signed by its own new keys only',
    code: 'UPDATE_UNSIGNED',
    attack: (repository) => {
      repository.keys.root = [stranger, createSigningKey()];
      repository.publishRoot();
    },
  },
  {
    name: 'a root is signed by the old keys only',
    code: 'UPDATE_UNSIGNED',
    attack: (repository) => {
      const former = repository.keys.root;
      repository.keys.root = [stranger, createSigningKey()];
      repository.publishRoot(former);
      repository.alter('2.root.json', ({ signatures }) => void signatures.splice(0, 2));
    },
  },
  {
    name: 'a key that a new root has revoked signs on',
    code: 'UPDATE_UNSIGNED',
    attack: (repository) => {
      const revoked = repository.keys.timestamp;
      repository.keys.timestamp = [createSigningKey()];
      repository.publishRoot();
      repository.keys.timestamp = revoked;
      repository.publishTimestamp();
    },
  },
  {
    name: 'a family of models signs for another family’s target',
    code: 'TARGET_UNKNOWN',
    target: 'models/head/9.0.0/manifest.json',
    attack: (repository) => {
      repository.targets['models.chest']!['models/head/9.0.0/manifest.json'] = release('head', 9);
      repository.publish();
    },
  },
  {
    name: 'a family of models signs for the director’s keys',
    code: 'TARGET_UNKNOWN',
    target: 'director.json',
    attack: (repository) => {
      const { targets } = repository;
      targets['models.chest']!['director.json'] = targets['targets']!['director.json']!;
      delete targets['targets']!['director.json'];
      repository.publish();
    },
  },
  {
    name: 'a family’s metadata is signed by another family’s key',
    code: 'UPDATE_UNSIGNED',
    target: chest2,
    attack: (repository) => {
      repository.publishTargets('targets');
      repository.familyKeys['chest'] = repository.familyKeys['head']!;
      repository.publishTargets('models.chest');
      repository.publishSnapshot();
    },
  },
  {
    name: 'a family delegates to the role snapshot, whose key is stolen',
    code: 'UPDATE_MALFORMED',
    target: 'models/chest/3.0.0/manifest.json',
    attack: (repository) => {
      const [stolen] = repository.keys.snapshot;
      repository.publishTargets('models.chest', (signed) => ({
        ...signed,
        delegations: {
          keys: { [stolen!.keyId]: stolen!.publicKey },
          roles: [
            {
              name: 'snapshot',
              keyids: [stolen!.keyId],
              threshold: 1,
              terminating: true,
              paths: ['models/*/*/*'],
            },
          ],
        },
      }));
      repository.publishSnapshot();
    },
  },

  // Rollback: what was signed once, and is old.
  {
    name: 'the old timestamp comes again',
    code: 'UPDATE_ROLLED_BACK',
    before: (repository) => void (old = publishTwice(repository)),
    attack: (repository) => void repository.files.set('timestamp.json', old.get('timestamp.json')!),
  },
  {
    name: 'the whole old repository comes again',
    code: 'UPDATE_ROLLED_BACK',
    before: (repository) => void (old = publishTwice(repository)),
    attack: (repository) => void (repository.files = old),
  },
  {
    name: 'the old repository comes again and the device’s metadata is gone',
    code: 'UPDATE_ROLLED_BACK',
    before: (repository) => void (old = publishTwice(repository)),
    attack: (repository, device) => {
      repository.files = old;
      for (const name of device.disk.list(folder)) device.disk.remove(`${folder}/${name}`);
    },
  },
  {
    name: 'the old repository comes again and the device’s metadata is the old one too',
    code: 'UPDATE_ROLLED_BACK',
    attack: async (repository, device) => {
      const [server, disk] = [repository.copy(), device.disk.afterPowerCut(new Random(1))];
      repository.publish();
      await device.refresh();
      device.disk = disk;
      repository.files = server;
    },
  },
  {
    name: 'the device’s root is exchanged on the disk for one that has signed itself',
    code: 'UPDATE_UNSIGNED',
    attack: (repository, device) => {
      repository.files = publishedRepository().files;
      device.disk.replace(`${folder}/1.root.json`, repository.files.get('1.root.json')!);
    },
  },
  {
    name: 'a new timestamp names an old snapshot',
    code: 'UPDATE_ROLLED_BACK',
    before: (repository) => void publishTwice(repository),
    attack: (repository) => {
      repository.versions['snapshot'] = 1;
      repository.publishTimestamp();
    },
  },
  {
    name: 'a new snapshot names old targets',
    code: 'UPDATE_ROLLED_BACK',
    before: (repository) => void publishTwice(repository),
    attack: (repository) => {
      repository.versions['targets'] = 1;
      repository.publishSnapshot();
    },
  },
  {
    name: 'a new snapshot names an old family',
    code: 'UPDATE_ROLLED_BACK',
    before: (repository) => void publishTwice(repository),
    attack: (repository) => {
      repository.versions['models.chest'] = 1;
      repository.publishSnapshot();
    },
  },
  {
    name: 'a new snapshot has forgotten a family',
    code: 'UPDATE_MIXED',
    attack: (repository) => {
      delete repository.targets['models.head'];
      repository.publishSnapshot();
    },
  },
  {
    name: 'a root skips a version',
    code: 'UPDATE_ROLLED_BACK',
    attack: (repository) => {
      repository.next('root');
      const root = repository.publishRoot();
      repository.files.set('2.root.json', root);
    },
  },
  {
    name: 'the old root comes again under the next number',
    code: 'UPDATE_ROLLED_BACK',
    attack: ({ files }) => void files.set('2.root.json', files.get('1.root.json')!),
  },
  {
    name: 'newer roots are hidden from a device that has lost its metadata',
    code: 'UPDATE_ROLLED_BACK',
    before: (repository) => {
      old = repository.copy();
      repository.publishRoot();
    },
    attack: (repository, device) => {
      repository.files = old;
      for (const name of device.disk.list(folder)) device.disk.remove(`${folder}/${name}`);
    },
  },

  // Freeze and clock.
  {
    name: 'the repository is frozen until its timestamp has expired',
    code: 'UPDATE_EXPIRED',
    attack: (_, device) => void (device.now = start + 3 * day),
  },
  {
    name: 'a stolen timestamp key renews an expired snapshot',
    code: 'UPDATE_EXPIRED',
    attack: (repository, device) => {
      device.now = repository.now = start + 8 * day;
      repository.publishTimestamp();
    },
  },
  {
    name: 'stolen online keys renew expired targets',
    code: 'UPDATE_EXPIRED',
    attack: (repository, device) => {
      device.now = repository.now = start + 91 * day;
      repository.publishSnapshot();
    },
  },
  {
    name: 'the root has expired',
    code: 'UPDATE_EXPIRED',
    attack: (repository, device) => {
      device.now = repository.now = start + 366 * day;
      repository.publish();
    },
  },
  {
    name: 'a family’s metadata has expired',
    code: 'UPDATE_EXPIRED',
    target: chest2,
    attack: (repository, device) => {
      device.now = repository.now = start + 91 * day;
      repository.publishTargets('targets');
      repository.publishSnapshot();
    },
  },
  {
    name: 'the clock has gone back behind what has certainly passed',
    code: 'UPDATE_TIME_UNTRUSTED',
    attack: (_, device) => void (device.now = start - 40 * day),
  },
  {
    name: 'the clock has gone back to when a frozen repository was fresh',
    code: 'UPDATE_TIME_UNTRUSTED',
    before: (_, device) => void (device.now = start + day),
    attack: (_, device) => void (device.now = start + hour),
  },
  {
    name: 'the clock stands before the time at which the timestamp was signed',
    code: 'UPDATE_TIME_UNTRUSTED',
    attack: (repository) => {
      repository.now = start + day;
      repository.publish();
    },
  },

  // Mix-and-match.
  {
    name: 'targets are of another time than the snapshot says',
    code: 'UPDATE_MIXED',
    attack: (repository) => {
      repository.publishTargets('targets');
      repository.publishSnapshot();
      repository.files.set('2.targets.json', repository.files.get('1.targets.json')!);
    },
  },
  {
    name: 'a snapshot is of another time than the timestamp says',
    code: 'UPDATE_MIXED',
    attack: (repository) => {
      repository.publishSnapshot();
      repository.files.set('2.snapshot.json', repository.files.get('1.snapshot.json')!);
    },
  },
  {
    name: 'a snapshot without hashes names targets of another version',
    code: 'UPDATE_MIXED',
    attack: (repository) => {
      repository.publishSnapshot((signed) => ({
        ...signed,
        meta: { ...(signed['meta'] as object), 'targets.json': { version: 2 } },
      }));
      repository.files.set('2.targets.json', repository.files.get('1.targets.json')!);
    },
  },
  {
    name: 'a file of another role stands in for the timestamp',
    code: 'UPDATE_MALFORMED',
    attack: ({ files }) => void files.set('timestamp.json', files.get('1.snapshot.json')!),
  },

  // Endless data and nonsense.
  {
    name: 'a timestamp is longer than any may be',
    code: 'UPDATE_TOO_LONG',
    attack: ({ files }) => void files.set('timestamp.json', Buffer.alloc(16_385, ' ')),
  },
  {
    name: 'a root is longer than any may be',
    code: 'UPDATE_TOO_LONG',
    attack: ({ files }) => void files.set('2.root.json', Buffer.alloc(512_001, ' ')),
  },
  {
    name: 'a snapshot is longer than its signer said',
    code: 'UPDATE_TOO_LONG',
    attack: (repository) => {
      repository.publishSnapshot();
      const bytes = repository.files.get('2.snapshot.json')!;
      repository.files.set('2.snapshot.json', Buffer.concat([bytes, Buffer.from(' ')]));
    },
  },
  {
    name: 'a stolen timestamp key announces a snapshot without end',
    code: 'UPDATE_TOO_LONG',
    attack: (repository) => {
      repository.publishTimestamp((signed) => ({
        ...signed,
        meta: { 'snapshot.json': { version: 2, length: 1e12 } },
      }));
      repository.files.set('2.snapshot.json', Buffer.alloc(2_000_001, ' '));
    },
  },
  {
    name: 'a proxy answers with a page of its own',
    code: 'UPDATE_MALFORMED',
    attack: ({ files }) => void files.set('timestamp.json', Buffer.from('<html>Sign in</html>')),
  },
  {
    name: 'a root is empty',
    code: 'UPDATE_MALFORMED',
    attack: ({ files }) => void files.set('2.root.json', Buffer.alloc(0)),
  },
  {
    name: 'a version is no number',
    code: 'UPDATE_MALFORMED',
    attack: (repository) =>
      repository.publishTimestamp((signed) => ({ ...signed, version: '99' as unknown as number })),
  },
  {
    name: 'a role is signed for by no key at all',
    code: 'UPDATE_MALFORMED',
    attack: (repository) => {
      repository.thresholds.timestamp = 0;
      repository.publishRoot();
    },
  },
  {
    name: 'a file that must be there is kept from the device',
    code: 'UPDATE_UNREACHABLE',
    attack: ({ files }) => void files.delete('timestamp.json'),
  },

  // The device itself.
  {
    name: 'the floor was removed from a device that was set up',
    code: 'UPDATE_FLOOR_MISSING',
    attack: (_, device) => {
      device.provisioned = true;
      device.floors.floor = undefined;
    },
  },
];
