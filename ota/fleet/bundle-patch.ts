import { storedName } from '../trust/target.ts';
import { targetPath } from './ceremony.ts';
import type { Target } from './metadata.ts';

/** Makes what `zstd --patch-from` makes, of a public file below the fleet's folder; undefined where it cannot. */
export type MakePatch = (basePath: string, content: Uint8Array) => Uint8Array | undefined;

/** A file that a patch may start from: its hash, and where its bytes lie below the fleet's folder. */
export interface PatchBase {
  sha256: string;
  path: string;
}

/** Bytes below which a file is fetched whole, and the share of a file above which a patch is not worth its place. */
const smallest = 64 * 1024;
const worthwhile = 0.7;

/**
 * What a device is likely to have when it comes to a release: the same file of the release before. Undefined where there is
 * none, or where it is the very same. `targets`: of the family; `counter`: of the new release.
 */
export function patchBase(
  targets: Readonly<Record<string, Target>>,
  { name, file, counter }: { name: string; file: string; counter: number },
  sha256: string,
): PatchBase | undefined {
  const releases = Object.values(targets).flatMap(({ custom }) => {
    const { version, counter: of } = custom ?? {};
    return typeof of === 'number' && of < counter ? [{ version: String(version), of }] : [];
  });
  for (const { version } of releases.sort((a, b) => b.of - a.of)) {
    const path = `models/${name}/${version}/${file}`;
    const target = targets[path];
    if (!target) continue;
    if (target.hashes.sha256 === sha256) return undefined;
    return { sha256: target.hashes.sha256, path: targetPath(storedName({ path, ...target })) };
  }
  return undefined;
}

/** The patch that makes a file of another one; undefined where it would save too little. */
export function worthwhilePatch(
  base: PatchBase | undefined,
  content: Uint8Array,
  make: MakePatch,
): Uint8Array | undefined {
  if (!base || content.length < smallest) return undefined;
  const patch = make(base.path, content);
  return patch && patch.length < worthwhile * content.length ? patch : undefined;
}
