import { join } from 'node:path';
import { directorTarget } from '../trust/assignment.ts';
import { keyIdOf, type PublicKey } from '../trust/public-key.ts';
import { storedName } from '../trust/target.ts';
import type { FleetChange, FleetState } from './fleet-folder.ts';
import { stagedFile } from './fleet-folder.ts';
import { KeySealer, plainKeyFile } from './key-file.ts';
import {
  describe,
  type Envelope,
  type Family,
  type RoleKeys,
  roleOf,
  rootMetadata,
  type Signed,
  targetsMetadata,
} from './metadata.ts';
import type { OnlineKeys } from './release.ts';
import { createSigningKey, type SigningKey, signWith } from './signing-key.ts';

export interface CeremonyOptions {
  /** Families of models: the names of their bundles. */
  families: string[];
  /** Public keys of signers who have made theirs themselves; where there are none, three are made. */
  rootKeys: PublicKey[];
  targetsKeys: PublicKey[];
  /** How many of the keys have to sign root, and how many targets. */
  threshold: number;
  passphrase: string;
  /** Milliseconds since 1970 UTC. */
  now: number;
}

/** What a key ceremony gives: keys by the name of their file, and the first metadata with what signatures there can be. */
export interface Ceremony {
  offline: ReadonlyMap<string, SigningKey>;
  online: OnlineKeys & { director: SigningKey };
  state: FleetState;
  change: FleetChange;
}

const usualSigners = 3;
const familySigners = 2;

/** Makes the keys and the first metadata of a repository. Nothing is written, and no network is needed. */
export function holdCeremony(options: CeremonyOptions): Ceremony {
  const offline = new Map<string, SigningKey>();
  const make = (name: string, count: number): PublicKey[] =>
    Array.from({ length: count }, (_, at) => {
      const key = createSigningKey();
      offline.set(`${name}-${at + 1}`, key);
      return key.publicKey;
    });
  const signersOf = (name: string, given: PublicKey[]): RoleKeys => ({
    keys: given.length ? given : make(name, usualSigners),
    threshold: options.threshold,
  });
  const [root, targets] = [
    signersOf('root', options.rootKeys),
    signersOf('targets', options.targetsKeys),
  ];
  const families = options.families.map((name) => ({
    name,
    keys: make(`family-${name}`, familySigners),
    threshold: 1,
  }));
  const online = {
    snapshot: createSigningKey(),
    timestamp: createSigningKey(),
    director: createSigningKey(),
  };
  const director = Buffer.from(
    JSON.stringify({ schema: 1, threshold: 1, keys: [online.director.publicKey] }),
  );
  const top = {
    root,
    targets,
    snapshot: alone(online.snapshot),
    timestamp: alone(online.timestamp),
  };
  const staged = firstMetadata(top, families, director, options.now, [...offline.values()]);
  const state = { published: new Map(), staged };
  return { offline, online, state, change: writesOf(staged, director, offline, online, options) };
}

function alone({ publicKey }: SigningKey): RoleKeys {
  return { keys: [publicKey], threshold: 1 };
}

function firstMetadata(
  top: Parameters<typeof rootMetadata>[2],
  families: Family[],
  director: Buffer,
  now: number,
  keys: SigningKey[],
): Map<string, Envelope> {
  const signed = (what: Signed, by: PublicKey[]): Envelope => {
    const ids = new Set(by.map(keyIdOf));
    const own = keys.filter(({ keyId }) => ids.has(keyId));
    return { signed: what, signatures: own.map((key) => signWith(key, what)) };
  };
  const first = { [directorTarget]: describe(director) };
  return new Map([
    ['root', signed(rootMetadata(1, now, top), top.root.keys)],
    ['targets', signed(targetsMetadata(1, now, first, families), top.targets.keys)],
    ...families.map(
      (family) => [roleOf(family), signed(targetsMetadata(1, now, {}), family.keys)] as const,
    ),
  ]);
}

function writesOf(
  staged: ReadonlyMap<string, Envelope>,
  director: Buffer,
  offline: Ceremony['offline'],
  online: Ceremony['online'],
  { passphrase }: CeremonyOptions,
): FleetChange {
  const sealer = offline.size ? new KeySealer(passphrase) : undefined;
  const name = storedName({ path: directorTarget, hashes: describe(director).hashes });
  return {
    writes: [
      ...[...offline].map(
        ([name, key]) => [keyPath(name), sealer!.seal(name, key)] as [string, string],
      ),
      ...Object.entries(online).map(
        ([name, key]) => [onlineKeyPath(name), plainKeyFile(name, key)] as [string, string],
      ),
      [targetPath(name), director],
      ...[...staged].map(([role, envelope]) => stagedFile(role, envelope)),
    ],
    removals: [],
  };
}

/** Where a key of a person lies until that person takes it away. */
export function keyPath(name: string): string {
  return join('keys', `${name}.key`);
}

/** Where a key lies that a program signs with by itself. */
export function onlineKeyPath(name: string): string {
  return join('online', `${name}.key`);
}

/** Where the bytes of a target lie, by the name under which they are asked for. */
export function targetPath(storedName: string): string {
  return join('repository', 'targets', storedName);
}
