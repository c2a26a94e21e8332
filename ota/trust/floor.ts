/** The lowest version of a role that is still believed, and under which keys it was seen. */
export interface RoleFloor {
  version: number;
  /** Names the keys that guarded the version. With other keys it starts anew. */
  keys: string;
}

/** Versions by role, such as `timestamp` or `models.chest`. */
export type Versions = ReadonlyMap<string, RoleFloor>;

/**
 * What a device has seen and never goes back behind. It lies apart from the metadata, in a database of its own, so that
 * whoever removes or exchanges the metadata's files gains nothing.
 */
export interface Floor {
  roles: Versions;
  /** SHA-256 of the root metadata that was believed last, hexadecimal; empty before the first. */
  rootHash: string;
  /** Wall time, milliseconds since 1970 UTC, that has certainly passed. */
  time: number;
}

/** Where the floor lies. */
export interface FloorStore {
  read(): Floor | undefined;
  /** Durable on return. */
  write(floor: Floor): void;
}

/** A device that has seen nothing yet. `builtAt`: when its software was made. */
export function newFloor(builtAt: number): Floor {
  return { roles: new Map(), rootHash: '', time: builtAt };
}

/**
 * Whether a role's version lies below the floor. Where the root has given the role other keys, the floor does not bind:
 * whoever once had the old ones could have driven the version up for ever (TUF 5.3.11).
 */
export function isBelow(floor: Floor, role: string, { version, keys }: RoleFloor): boolean {
  const known = floor.roles.get(role);
  return known !== undefined && known.keys === keys && version < known.version;
}

/** The floor after some metadata was believed. Nothing of it sinks. */
export function raiseFloor(floor: Floor, to: Floor): Floor {
  return {
    roles: new Map([...floor.roles, ...to.roles]),
    rootHash: to.rootHash || floor.rootHash,
    time: Math.max(floor.time, to.time),
  };
}
