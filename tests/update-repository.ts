import { sign } from 'node:crypto';
import type { Envelope, Family, RoleKeys, Signed, Target, TopRole } from '../ota/fleet/metadata.ts';
import {
  describe,
  roleOf,
  rootMetadata,
  snapshotMetadata,
  targetsMetadata,
  timestampMetadata,
  write,
} from '../ota/fleet/metadata.ts';
import { createSigningKey, type SigningKey, signWith } from '../ota/fleet/signing-key.ts';
import { type Assignment, assignmentType } from '../ota/trust/assignment.ts';
import { signedBytes } from '../ota/trust/dsse.ts';
import { fileOf } from '../ota/trust/generations.ts';
import type { MetadataSource } from '../ota/trust/metadata-source.ts';

/** Wall time at which the story of every test begins: 1 January 2027. */
export const start = 1_798_761_600_000;
export const hour = 3600_000;
export const day = 24 * hour;

/** A publisher who holds all keys, so that a test may also be whoever has stolen some. */
export class UpdateRepository implements MetadataSource {
  readonly keys: Record<TopRole, SigningKey[]> = {
    root: makeKeys(3),
    targets: makeKeys(3),
    snapshot: makeKeys(1),
    timestamp: makeKeys(1),
  };
  readonly thresholds: Record<TopRole, number> = { root: 2, targets: 2, snapshot: 1, timestamp: 1 };
  readonly familyKeys: Record<string, SigningKey[]> = { chest: makeKeys(2), head: makeKeys(2) };
  readonly director = createSigningKey();
  /** Targets by role. */
  readonly targets: Record<string, Record<string, Target>> = {
    targets: {},
    'models.chest': {},
    'models.head': {},
  };
  /** Files on the web server, by name. */
  files = new Map<string, Buffer>();
  readonly versions: Record<string, number> = {};
  now = start;

  fetch(name: string): Promise<Buffer | undefined> {
    return Promise.resolve(this.files.get(name));
  }

  /** Everything as it lies on the web server now. */
  copy(): Map<string, Buffer> {
    return new Map(this.files);
  }

  /** Signs a new root; `former` are those who signed the one before (TUF 5.3.4). */
  publishRoot(former: SigningKey[] = []): Buffer {
    const version = this.next('root');
    const roles = Object.fromEntries(
      Object.entries(this.keys).map(([role, keys]) => [
        role,
        {
          keys: keys.map(({ publicKey }) => publicKey),
          threshold: this.thresholds[role as TopRole],
        },
      ]),
    ) as Record<TopRole, RoleKeys>;
    const signed = rootMetadata(version, this.now, roles);
    return this.put(`${version}.root.json`, signed, [...this.keys.root, ...former]);
  }

  /** Signs targets, families, snapshot and timestamp. */
  publish(): void {
    for (const role of Object.keys(this.targets)) this.publishTargets(role);
    this.publishSnapshot();
  }

  publishTargets(role: string, change: (signed: Signed) => Signed = (same) => same): void {
    const version = this.next(role);
    const families = role === 'targets' ? this.families : [];
    const signed = targetsMetadata(version, this.now, this.targets[role] ?? {}, families);
    this.put(`${version}.${fileOf(role)}`, change(signed), this.keysOf(role));
  }

  publishSnapshot(change: (signed: Signed) => Signed = (same) => same): void {
    const names = Object.keys(this.targets).map((role) => [
      `${role}.json`,
      this.describe(role, fileOf(role)),
    ]);
    const version = this.next('snapshot');
    const signed = snapshotMetadata(version, this.now, Object.fromEntries(names));
    this.put(`${version}.snapshot.json`, change(signed), this.keys.snapshot);
    this.publishTimestamp();
  }

  publishTimestamp(change: (signed: Signed) => Signed = (same) => same): void {
    const snapshot = this.describe('snapshot', 'snapshot.json');
    const signed = timestampMetadata(this.next('timestamp'), this.now, snapshot);
    this.put('timestamp.json', change(signed), this.keys.timestamp);
  }

  /** Puts a file on the server that these keys have signed. */
  put(name: string, signed: Signed, keys: SigningKey[]): Buffer {
    const once = [...new Map(keys.map((key) => [key.keyId, key])).values()];
    const signatures = once.map((key) => signWith(key, signed));
    this.files.set(name, write({ signed, signatures }));
    return this.files.get(name)!;
  }

  /** Changes what a file says and leaves its signatures. */
  alter(name: string, change: (envelope: Envelope) => void): void {
    const envelope = JSON.parse(this.files.get(name)!.toString()) as Envelope;
    change(envelope);
    this.files.set(name, write(envelope));
  }

  get families(): Family[] {
    return Object.entries(this.familyKeys).map(([name, keys]) => ({
      name,
      keys: keys.map(({ publicKey }) => publicKey),
      threshold: 1,
    }));
  }

  keysOf(role: string): SigningKey[] {
    const family = this.families.find((each) => roleOf(each) === role);
    return family ? this.familyKeys[family.name]! : this.keys[role as TopRole];
  }

  next(role: string): number {
    return (this.versions[role] = (this.versions[role] ?? 0) + 1);
  }

  describe(role: string, file: string) {
    const version = this.versions[role]!;
    return { version, ...describe(this.files.get(`${version}.${file}`)!) };
  }
}

function makeKeys(count: number): SigningKey[] {
  return Array.from({ length: count }, createSigningKey);
}

/** A repository that has published two releases of a chest model and one of a head model. */
export function publishedRepository(): UpdateRepository {
  const repository = new UpdateRepository();
  const { targets, director } = repository;
  targets['targets']!['director.json'] = describe(directorFile(director));
  targets['models.chest']![chest1] = release('chest', 1);
  targets['models.chest']![chest2] = release('chest', 2);
  targets['models.head']!['models/head/1.0.0/manifest.json'] = release('head', 1);
  repository.publishRoot();
  repository.publish();
  return repository;
}

export const chest1 = 'models/chest/1.0.0/manifest.json';
export const chest2 = 'models/chest/2.0.0/manifest.json';

/** The manifest of a release; its bytes do not matter here. */
export function manifestOf(group: string, counter: number): Buffer {
  return Buffer.from(`manifest of ${group}, release ${counter}`);
}

export function release(group: string, counter: number): Target {
  return { ...describe(manifestOf(group, counter)), custom: { group, counter } };
}

export function directorFile(...keys: SigningKey[]): Buffer {
  const publicKeys = keys.map(({ publicKey }) => publicKey);
  return Buffer.from(JSON.stringify({ schema: 1, threshold: 1, keys: publicKeys }));
}

/** An assignment as the director sends it. */
export function assign(key: SigningKey, change: Partial<Assignment> = {}): Buffer {
  const { length, hashes } = release('chest', 2);
  const item = { group: 'chest', target: chest2, sha256: hashes.sha256, length };
  const assignment: Assignment = {
    schema: 1,
    device: 'ct-1',
    seq: 7,
    issued: start,
    expires: start + day,
    mode: 'install',
    assignments: [item],
    ...change,
  };
  return envelop(key, assignmentType, Buffer.from(JSON.stringify(assignment)));
}

/** A DSSE envelope. */
export function envelop(key: SigningKey, payloadType: string, payload: Buffer): Buffer {
  const sig = sign(null, signedBytes(payloadType, payload), key.privateKey).toString('base64');
  const signatures = [{ keyid: key.keyId, sig }];
  const envelope = { payloadType, payload: payload.toString('base64'), signatures };
  return Buffer.from(JSON.stringify(envelope));
}
