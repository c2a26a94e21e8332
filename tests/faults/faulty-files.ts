import type { Files } from '../../device/files.ts';
import { failure, type MemoryDisk } from './memory-disk.ts';

/** `short`: half of the bytes are written, then there is no space. `power`: nothing works any more from there on. */
export const faultKinds = ['ENOSPC', 'EIO', 'short', 'power'] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  kind: FaultKind;
  /** The operation that fails first, counted from 1. */
  at: number;
  /** How many fail from there on. */
  lasts: number;
}

/** A disk on which operations fail. `count` is how many there were. */
export interface FaultyFiles extends Files {
  readonly count: number;
}

/** Every operation of `disk` is counted, and those that `fault` names fail as a full or a broken disk makes them fail. */
export function faultyFiles(disk: MemoryDisk, fault?: Fault): FaultyFiles {
  let count = 0;
  const call = (name: keyof Files, args: unknown[]): unknown => {
    count += 1;
    const perform = (...given: unknown[]) =>
      (disk[name] as (...all: unknown[]) => unknown).apply(disk, given);
    if (!fault || !isHit(fault, count)) return perform(...args);
    spoil(disk, fault.kind, name, args);
    const error = failure(fault.kind === 'EIO' || fault.kind === 'power' ? 'EIO' : 'ENOSPC');
    if (name === 'sync' || name === 'syncFolder') return Promise.reject(error);
    throw error;
  };
  return new Proxy({} as FaultyFiles, {
    get: (_target, name) =>
      name === 'count' ? count : (...args: unknown[]) => call(name as keyof Files, args),
  });
}

function isHit({ kind, at, lasts }: Fault, count: number): boolean {
  return count >= at && (kind === 'power' || count < at + lasts);
}

/** What an operation does although it fails. */
function spoil(disk: MemoryDisk, kind: FaultKind, name: keyof Files, args: unknown[]): void {
  if (name === 'close') disk.close(args[0] as number);
  if (name === 'sync' && kind !== 'power') disk.giveUp(args[0] as number);
  if (name !== 'write' || kind !== 'short') return;
  const [fd, buffer, start, end] = args as [number, Uint8Array, number, number];
  disk.write(fd, buffer, start, start + Math.floor((end - start) / 2));
}
